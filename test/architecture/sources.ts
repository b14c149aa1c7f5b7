/**
 * Reads our sources the way the rules need them: imports, and names that stand for Node, time or chance.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, posix } from 'node:path';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  readonly typesOnly: boolean;
}

/** All TypeScript files below a folder of the repository, sorted. */
export function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join(folder, path.replaceAll('\\', '/')))
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('node_modules'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Static, dynamic and re-exported imports. */
export function importsOf(source: Source): readonly Import[] {
  const found: Import[] = [];
  visit(source, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const typesOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      found.push({ from: node.moduleSpecifier.text, typesOnly });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ from: node.moduleSpecifier.text, typesOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const target = node.arguments[0];
      found.push({ from: target && ts.isStringLiteral(target) ? target.text : '(computed)', typesOnly: false });
    }
  });
  return found;
}

/** Which of `names` ("Math.random", "new Date", "process") the code uses; strings, comments and its own names aside. */
export function namesUsed(source: Source, names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  const own = new Set<string>();
  visit(source, (node) => {
    if (ts.isPropertyAccessExpression(node)) used.add(`${node.expression.getText()}.${node.name.text}`);
    if (ts.isNewExpression(node) && (node.arguments?.length ?? 0) === 0) used.add(`new ${node.expression.getText()}`);
    if (ts.isIdentifier(node) && !isMember(node)) (isFree(node) ? used : own).add(node.text);
  });
  return names.filter((name) => used.has(name) && !own.has(name));
}

/** Not the name of a declaration. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  return !('name' in parent && parent.name === node) && !ts.isTypeReferenceNode(parent);
}

/** The `b` of `a.b`. */
function isMember(node: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

function visit(source: Source, look: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    look(node);
    ts.forEachChild(node, walk);
  };
  walk(ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true));
}
