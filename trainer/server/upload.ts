/**
 * Pictures and captions that come through the browser, into a folder of a dataset that is open.
 */
import { createWriteStream } from 'node:fs';
import { link, rm, unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { extname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../base/errors.ts';

const ENDINGS = ['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.avif', '.txt', '.caption', '.cap'];
/** Bytes of one file. */
export const LARGEST_UPLOAD = 256 * 2 ** 20;
const LONGEST_NAME = 200;

/**
 * @param folder that may be written to: whoever calls has checked it
 * @returns the path of the new file
 * @throws {UserError} upload/..., if the name or the size will not do, or the file is there already
 */
export async function receiveFile(request: IncomingMessage, folder: string, name: string): Promise<string> {
  const isPlain = name.length <= LONGEST_NAME && /^(?!\.)[^\p{Cc}<>:"/\\|?*]+$/u.test(name);
  if (!isPlain || !ENDINGS.includes(extname(name).toLowerCase())) {
    throw refusal('upload/name', `"${name.slice(0, 100)}" is no name of a picture or a caption`);
  }
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_UPLOAD) throw tooLarge();
  const path = join(folder, name);
  const part = `${path}.${process.pid}.part`;
  try {
    await pipeline(request, limited(LARGEST_UPLOAD), createWriteStream(part, { flags: 'wx' }));
    // Unlike a rename, this fails where a file of the name is.
    await link(part, path);
    await unlink(part);
  } catch (error) {
    await rm(part, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw refusal('upload/taken', `A file of the name ${name} is there already`);
  }
  return path;
}

function limited(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Uint8Array, _encoding, done) => {
      bytes += chunk.length;
      if (bytes > most) done(tooLarge());
      else done(null, chunk);
    },
  });
}

const tooLarge = (): UserError => refusal('upload/too-large', 'A file of more than 256 MB is not taken');

const refusal = (code: 'upload/name' | 'upload/taken' | 'upload/too-large', what: string): UserError =>
  new UserError({
    code,
    what,
    fix: 'Pictures (PNG, JPEG, WebP, BMP, AVIF) and captions (.txt) of a dataset are taken.',
  });
