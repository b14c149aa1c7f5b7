/**
 * Where a checkpoint may be written: over an older one of ours, never over what it is made from, never over a folder
 * that holds something else.
 */
import { UserError } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';

/** Either tells that a folder holds a model, or a part of one. */
const MODEL_FILES = ['model_index.json', 'config.json'];

/** Absolute paths of what a checkpoint is made from. */
export interface MadeFrom {
  /** Files and folders that are read. */
  readonly sources: readonly string[];
  /** Folders of a user's model: nothing is written into them. */
  readonly closed?: readonly string[];
}

/** @throws {UserError} `checkpoint/overwrites-source` if writing to `path` would change one of them or take it away */
function checkSources(files: Files, path: string, { sources, closed = [] }: MadeFrom): void {
  const target = files.resolve(path);
  const clash =
    sources.find((source) => isWithin(files, source, target)) ??
    closed.find((folder) => isWithin(files, target, folder));
  if (clash === undefined) return;
  throw new UserError({
    code: 'checkpoint/overwrites-source',
    what: `The model would be written over what it is made from (${clash})`,
    where: path,
    fix: 'Choose another name or folder to write to: the files you start from are never changed.',
  });
}

/**
 * For a target that is a file.
 * @throws {UserError} `checkpoint/overwrites-source`, `checkpoint/target-taken`
 */
export async function checkFileTarget(files: Files, path: string, madeFrom: MadeFrom): Promise<void> {
  checkSources(files, path, madeFrom);
  if ((await files.status(path))?.kind === 'folder') throw takenError(path, 'file', 'a folder');
}

/**
 * For a target that is a folder.
 * @throws {UserError} `checkpoint/overwrites-source`, `checkpoint/target-taken`
 */
export async function checkFolderTarget(files: Files, path: string, madeFrom: MadeFrom): Promise<void> {
  checkSources(files, path, madeFrom);
  const status = await files.status(path);
  if (status === undefined) return;
  const inside = status.kind === 'folder' ? (await files.list(path)).map(({ name }) => name) : [];
  const isReplaceable = inside.length === 0 || inside.some((name) => MODEL_FILES.includes(name));
  if (status.kind === 'folder' && isReplaceable) return;
  const found =
    status.kind === 'folder' ? `a folder that is no model (with ${inside.slice(0, 3).join(', ')})` : 'a file';
  throw takenError(path, 'folder', found);
}

const takenError = (path: string, kind: 'file' | 'folder', found: string): UserError =>
  new UserError({
    code: 'checkpoint/target-taken',
    what: `A ${kind} with the model is to be written here, but there is ${found}`,
    where: path,
    fix: 'Choose another name, or move what is there away.',
  });

/** Letter case makes no other name on some disks, so it makes none here. */
function isWithin(files: Files, path: string, folder: string): boolean {
  const wanted = folder.toLowerCase();
  for (let at = path, around = files.folderOf(at); ; at = around, around = files.folderOf(at)) {
    if (at.toLowerCase() === wanted) return true;
    if (around === at) return false;
  }
}
