/**
 * Where the window's parts say something in English themselves, which renderer/text is for.
 */
import ts from 'typescript';
import type { Source } from './sources.ts';

export interface Words {
  readonly line: number;
  readonly text: string;
}

/** Attributes that people read or hear. */
const SAID = ['alt', 'aria-label', 'aria-valuetext', 'body', 'description', 'detail', 'label', 'placeholder', 'title'];
/** Calls whose words are for us. */
const OURS = /(^|\.)(assert|must|Error|InternalError|matches|closest|querySelector(All)?)$/;
const WORD = /\p{L}{2}/u;
/** Pieces of a drawing that is written as text. */
const MARKUP = /<[a-z/]|[a-z-]+="/;
const SENTENCE = /\p{L}{2,}.* \p{L}{2,}|\p{L}{2,}\.$/u;

/** @param known values that look like words, as those of the contract */
export function wordsIn({ path, text }: Source, known: ReadonlySet<string>): readonly Words[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Words[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    const said = saidBy(node);
    const isFault = said !== undefined && !known.has(said) && (isShown(node) ? WORD : SENTENCE).test(said);
    if (isFault && !isOurs(node) && !MARKUP.test(said)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ line: line + 1, text: said.trim() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The text of a literal, or of the fixed pieces of a template. */
function saidBy(node: ts.Node): string | undefined {
  if (ts.isJsxText(node) || ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) return node.text;
  return undefined;
}

/** Whether it comes to stand in the page: between tags, or in an attribute that is said. */
function isShown(node: ts.Node): boolean {
  if (ts.isJsxText(node)) return true;
  for (let inner = node, outer = node.parent; outer !== undefined; inner = outer, outer = outer.parent) {
    if (ts.isJsxAttribute(outer)) return SAID.includes(outer.name.getText());
    if (ts.isJsxExpression(outer)) {
      if (!ts.isJsxAttribute(outer.parent)) return true;
    } else if (!passesOn(outer, inner)) return false;
  }
  return false;
}

/** Whether what is inside becomes a part of what is outside. */
function passesOn(outer: ts.Node, inner: ts.Node): boolean {
  if (ts.isBinaryExpression(outer)) {
    const { kind } = outer.operatorToken;
    return kind === ts.SyntaxKind.PlusToken || outer.right === inner ? !isComparison(kind) : false;
  }
  if (ts.isConditionalExpression(outer)) return outer.condition !== inner;
  if (ts.isCallExpression(outer)) return outer.arguments.includes(inner as ts.Expression);
  return ts.isTemplateExpression(outer) || ts.isTemplateSpan(outer) || ts.isParenthesizedExpression(outer);
}

const isComparison = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.LessThanToken && kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken;

function isOurs(node: ts.Node): boolean {
  const { parent } = node;
  const isCall = ts.isCallExpression(parent) || ts.isNewExpression(parent);
  return isCall && OURS.test(parent.expression.getText());
}
