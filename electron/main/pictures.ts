/**
 * The scheme media://, by which the window shows pictures of the user. Which ones is the service's decision: it knows
 * the folders that were opened, and answers with the file to read.
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { refusal } from './pages.ts';
import type { Located } from './trainer-watch.ts';

export const PICTURE_SCHEME = 'media';

export interface PictureRequest {
  readonly path: string;
  readonly size: number | undefined;
}

/** Reads `media://local/?path=...&size=...`; nothing for any other address. */
export function readPictureAddress(address: string): PictureRequest | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== `${PICTURE_SCHEME}:` || url.host !== 'local' || !/^\/?$/.test(url.pathname)) return undefined;
  const path = url.searchParams.get('path') ?? '';
  const size = url.searchParams.get('size');
  if (!isAbsolute(path) || path.includes('\0')) return undefined;
  if (size !== null && !/^\d{2,4}$/.test(size)) return undefined;
  return { path, size: size === null ? undefined : Number(size) };
}

export interface PictureSource {
  readonly locate: (path: string, size: number | undefined) => Promise<Located | undefined>;
  /** Scheme and host of our pages: they alone may read what they show, to make a picture of it. */
  readonly origin: string;
}

/** Answers requests of media://. */
export async function servePicture({ locate, origin }: PictureSource, request: Request): Promise<Response> {
  const wanted = request.method === 'GET' ? readPictureAddress(request.url) : undefined;
  if (wanted === undefined) return refusal(400);
  const found = await locate(wanted.path, wanted.size);
  if (found === undefined || !found.type.startsWith('image/')) return refusal(403);
  try {
    const headers = {
      'content-type': found.type,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
      'access-control-allow-origin': origin,
    };
    return new Response(await readFile(found.file), { headers });
  } catch {
    return refusal(404);
  }
}
