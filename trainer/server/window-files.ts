/**
 * The built window: every file below its folder by its path, and nothing else.
 */
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.ico', 'image/x-icon'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.ttf', 'font/ttf'],
  ['.webp', 'image/webp'],
  ['.woff', 'font/woff'],
  ['.woff2', 'font/woff2'],
]);

export interface WindowFile {
  readonly file: string;
  readonly type: string;
  /** Its name changes with its content. */
  readonly lasting: boolean;
}

/** @param path of the URL, still encoded */
export async function windowFile(folder: string, path: string): Promise<WindowFile | undefined> {
  const name = decoded(path === '/' ? '/index.html' : path);
  if (name === undefined || /[\0\\]|(^|\/)\.\.?(\/|$)|\/\./.test(name)) return undefined;
  const type = TYPES.get(extname(name).toLowerCase());
  if (type === undefined) return undefined;
  try {
    const root = await realpath(folder);
    // Links are followed first, so that none leads out.
    const file = await realpath(join(root, name));
    if (!file.startsWith(root + sep) || !(await stat(file)).isFile()) return undefined;
    return { file, type, lasting: name.startsWith('/assets/') };
  } catch {
    return undefined;
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
