/**
 * A file of the user's makes way only where the user knows of it.
 */
import { extname } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';

/**
 * @param known the file that may be written over: the one that a document was opened from, or that the user agreed to lose
 * @throws {UserError} file/taken, if another file is at the path; `details.free` is a path beside it where none is
 */
export async function refuseOther(files: Files, path: string, known: string | undefined): Promise<void> {
  if ((await files.status(path))?.kind !== 'file') return;
  if (known !== undefined && (await files.relation(path, known)) === 'same') return;
  throw new UserError({
    code: 'file/taken',
    what: `A file named ${files.baseName(path)} is there already`,
    where: path,
    fix: 'Save under another name, or let the new file take the place of the old one.',
    details: { path, free: await freePath(files, path) },
  });
}

/** The path where nothing lies there, else with the first number behind its name that is free. */
export async function freePath(files: Files, path: string): Promise<string> {
  const ending = extname(path);
  const stem = path.slice(0, path.length - ending.length);
  for (let number = 1; ; number++) {
    const one = number === 1 ? path : `${stem}-${number}${ending}`;
    if ((await files.status(one)) === undefined) return one;
  }
}
