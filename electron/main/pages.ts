/**
 * The scheme app://, by which the window loads its own pages, and what those pages may load.
 */
import { readFile } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';

export const PAGE_SCHEME = 'app';
export const PAGE_HOST = 'loom';
export const START_PAGE = `${PAGE_SCHEME}://${PAGE_HOST}/index.html`;

/** Nothing from elsewhere, no script that is not a file of ours, no form that sends, no frame around us. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // React and Mantine set styles on elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' media: data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * The file that an address of ours stands for: always below `root`, of a type that pages have.
 *
 * @returns nothing for any other address
 */
export function pageFile(root: string, address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== `${PAGE_SCHEME}:` || url.host !== PAGE_HOST) return undefined;
  const path = decoded(url.pathname);
  // A backslash parts folders on Windows alone, a colon names a drive or a stream there.
  if (path === undefined || /[\0\\:]/.test(path)) return undefined;
  const file = resolve(root, `.${path === '/' ? '/index.html' : path}`);
  const below = relative(root, file);
  if (below === '' || below === '..' || below.startsWith(`..${sep}`)) return undefined;
  return TYPES[extname(file).toLowerCase()] === undefined ? undefined : join(root, below);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Answers requests of app://. */
export async function servePage(root: string, request: Request): Promise<Response> {
  const file = request.method === 'GET' ? pageFile(root, request.url) : undefined;
  if (file === undefined) return refusal(404);
  try {
    const type = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
    return new Response(await readFile(file), { headers: { 'content-type': type, ...PAGE_HEADERS } });
  } catch {
    return refusal(404);
  }
}

export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

export const refusal = (status: number): Response => new Response(null, { status, headers: PAGE_HEADERS });

/** Scheme and host of an address: Node gives no `origin` for schemes of one's own. */
export function originOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}
