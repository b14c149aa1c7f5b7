/**
 * Pictures and captions that come through the browser, into a folder of a dataset that is open. Names come from strangers:
 * none leads out of the folder, and none is the twin of another, which a file system that ignores case would take for it.
 */
import { createWriteStream } from 'node:fs';
import { link, mkdir, readdir, rm, stat, unlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DEEPEST_SENT_FILE, isCaptionName, isPictureName, LARGEST_SENT_FILE } from '../api/dataset-files.ts';
import { UserError } from '../base/errors.ts';

const LONGEST_NAME = 200;
/** Names that are no files on Windows, with any extension. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

export interface FilePlace {
  /** That may be written to: whoever calls has checked it. */
  readonly folder: string;
  /** Folders between that and the file, with "/"; made where they are missing. */
  readonly below: string;
  readonly name: string;
}

/**
 * @param requireAllowed the folder itself, links followed, where it may be written to
 * @returns the path of the new file
 * @throws {UserError} upload/..., if the name or the size will not do, or the file is there already
 */
export async function receiveFile(
  request: IncomingMessage,
  { folder, below, name }: FilePlace,
  requireAllowed: (folder: string) => Promise<string>,
): Promise<string> {
  const folders = below === '' ? [] : below.split('/');
  if (!isPlain(name) || !(isPictureName(name) || isCaptionName(name))) {
    throw refusal('upload/name', `"${name.slice(0, 100)}" is no name of a picture or a caption`);
  }
  if (folders.length > DEEPEST_SENT_FILE || !folders.every(isPlain)) {
    throw refusal('upload/name', `"${below.slice(0, 100)}" is no folder of a dataset`);
  }
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_SENT_FILE) throw tooLarge();
  let place = folder;
  for (const one of folders) place = await requireAllowed(await folderIn(place, one));
  if ((await twinIn(place, name)) !== undefined) throw taken(name);
  const path = join(place, name);
  const part = `${path}.${process.pid}.part`;
  try {
    await pipeline(request, limited(LARGEST_SENT_FILE), createWriteStream(part, { flags: 'wx' }));
    // Unlike a rename, this fails where a file of the name is.
    await link(part, path);
    await unlink(part);
  } catch (error) {
    await rm(part, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw taken(name);
  }
  return path;
}

const isPlain = (name: string): boolean =>
  name.length <= LONGEST_NAME && /^(?!\.)[^\p{Cc}<>:"/\\|?*]*[^\p{Cc}<>:"/\\|?*. ]$/u.test(name) && !DEVICES.test(name);

/** Where case or the spelling of an accent does not count, they are one name. */
const folded = (name: string): string => name.normalize('NFC').toLowerCase();

async function twinIn(folder: string, name: string): Promise<string | undefined> {
  const names = await readdir(folder);
  return names.includes(name) ? name : names.find((other) => folded(other) === folded(name));
}

async function folderIn(parent: string, name: string): Promise<string> {
  const twin = await twinIn(parent, name);
  const path = join(parent, name);
  if (twin === undefined) await mkdir(path, { recursive: true });
  else if (twin !== name || !(await stat(path)).isDirectory()) throw taken(name);
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

const taken = (name: string): UserError =>
  new UserError({
    code: 'upload/taken',
    what: `A file of the name ${name}, or one that differs in capital letters alone, is there already`,
    fix: 'Nothing is written over: rename the file and send it again, if it is another one.',
  });

const refusal = (code: 'upload/name' | 'upload/too-large', what: string): UserError =>
  new UserError({
    code,
    what,
    fix: 'Pictures (PNG, JPEG, WebP, BMP, AVIF) and captions (.txt, .caption, .cap) of a dataset are taken.',
  });
