/**
 * Files and folders of the machine. Every failure is a `UserError` that says what to do; a file is written beside its
 * place and renamed, so that nobody ever sees half of it.
 */
import { createHash } from 'node:crypto';
import { rmSync, type Stats } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { Chunks, FileEntry, Files, FileStatus, FolderContents } from '../base/ports.ts';
import { fileError, systemCode, type FileAction } from './file-errors.ts';
import { relationOf } from './relation.ts';

/** What is used of Node's file functions; tests pass some that fail. */
export type FileSystem = Pick<
  typeof nodeFiles,
  'appendFile' | 'mkdir' | 'open' | 'readdir' | 'readFile' | 'realpath' | 'rename' | 'rm' | 'stat' | 'statfs'
>;

/** Bytes asked of the system in one call: some systems refuse 2 GiB and more. */
const LARGEST_CALL = 1 << 28;
const HASH_BLOCK = 1 << 20;
const ALL_INSIDE = { force: true, recursive: true } as const;

export function machineFiles(system: FileSystem = nodeFiles): Files {
  return {
    join: (...parts) => join(...parts),
    baseName: (path) => basename(path),
    folderOf: (path) => dirname(path),
    resolve: (path) => resolve(path),
    status: (path) => explained('read', path, () => statusOf(system, path)),
    list: (folder) => explained('read', folder, () => entriesOf(system, folder)),
    read: (path) => explained('read', path, () => system.readFile(path)),
    readRange: (path, offset, length) => explained('read', path, () => readRange(system, path, offset, length)),
    write: (path, chunks) => explained('write', path, () => replace(system, path, chunks)),
    writeFolder: (path, contents, keepOld) =>
      explained('write', path, () => replaceFolder(system, path, contents, keepOld)),
    append: (path, text) => explained('write', path, () => system.appendFile(path, text)),
    move: (path, to) => explained('write', to, () => system.rename(path, to)),
    makeFolder: (path) => explained('write', path, () => makeFolder(system, resolve(path))),
    remove: (path) => explained('write', path, () => system.rm(path, { force: true })),
    removeFolder: (path) => explained('write', path, () => system.rm(path, ALL_INSIDE)),
    relation: (path, other) => explained('read', path, () => relationOf(system, path, other)),
    sha256: (path, offset, length) => explained('read', path, () => sha256(system, path, offset, length)),
    freeSpace: (folder) => freeSpace(system, folder),
    onSameDisk: (folder, other) =>
      explained('read', folder, async () => (await diskOf(system, folder)) === (await diskOf(system, other))),
  };
}

async function explained<T>(action: FileAction, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, action, path);
  }
}

async function statusOf(system: FileSystem, path: string): Promise<FileStatus | undefined> {
  const stats = await found(system, path);
  return stats && { kind: stats.isDirectory() ? 'folder' : 'file', size: stats.size, modified: stats.mtimeMs };
}

async function found(system: FileSystem, path: string): Promise<Stats | undefined> {
  try {
    return await system.stat(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function entriesOf(system: FileSystem, folder: string): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  for (const entry of await system.readdir(folder, { withFileTypes: true })) {
    const kind = entry.isSymbolicLink() ? await kindBehind(system, join(folder, entry.name)) : kindOf(entry);
    if (kind !== undefined) entries.push({ name: entry.name, kind });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A pipe, a socket or a device is neither: reading one may never end. */
function kindOf(entry: Pick<Stats, 'isFile' | 'isDirectory'>): FileEntry['kind'] | undefined {
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : undefined;
}

/** Nothing where the link leads nowhere, in a circle, or to what may not be looked at: it spoils no folder. */
async function kindBehind(system: FileSystem, link: string): Promise<FileEntry['kind'] | undefined> {
  try {
    return kindOf(await system.stat(link));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * The folder, and those around it. Node's own `recursive` never ends where the system takes no folders (/proc), and says
 * of a read-only disk that the folder is missing (seen in 20.20).
 */
async function makeFolder(system: FileSystem, path: string, parentsTried = false): Promise<void> {
  try {
    await system.mkdir(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && !parentsTried && dirname(path) !== path) {
      await makeFolder(system, dirname(path));
      return makeFolder(system, path, true);
    }
    if ((await found(system, path))?.isDirectory() !== true) throw error;
  }
}

async function readRange(system: FileSystem, path: string, offset: number, length: number): Promise<Uint8Array> {
  await using file = await system.open(path, 'r');
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(LARGEST_CALL, length - done);
    const { bytesRead } = await file.read(bytes, done, wanted, offset + done);
    if (bytesRead === 0) throw endedEarly(path, offset + done, offset + length);
    done += bytesRead;
  }
  return bytes;
}

function endedEarly(path: string, end: number, expected: number): UserError {
  return new UserError({
    code: 'file/unreadable',
    what: `The file ends at byte ${end}, but ${expected} bytes were expected`,
    where: path,
    fix: 'It was cut off or changed while it was read: copy or download it again.',
    details: { found: end, expected },
  });
}

let temporaryFiles = 0;
/** Removed when the process ends in the middle of writing them. */
const unfinished = new Set<string>();
process.once('exit', () => {
  for (const path of unfinished) rmSync(path, ALL_INSIDE);
});

async function replace(system: FileSystem, path: string, chunks: Chunks): Promise<void> {
  await besideFirst(system, path, async (beside) => {
    await writeAll(system, beside, chunks);
    await system.rename(beside, path);
  });
}

async function replaceFolder(
  system: FileSystem,
  path: string,
  contents: FolderContents,
  keepOld: string | undefined,
): Promise<void> {
  await besideFirst(system, path, async (beside) => {
    await system.mkdir(beside);
    for (const [name, chunks] of contents) {
      const place = join(beside, name);
      await makeFolder(system, dirname(place));
      await writeAll(system, place, chunks);
    }
    await takePlace(system, beside, path, keepOld);
  });
}

/** No system swaps two folders in one go: between two renames, the old one waits under a name that tells what it is. */
async function takePlace(system: FileSystem, beside: string, path: string, keepOld: string | undefined): Promise<void> {
  if ((await found(system, path))?.isDirectory() !== true) return system.rename(beside, path);
  const old = keepOld ?? join(dirname(path), `${basename(path)}.old-${process.pid}-${++temporaryFiles}`);
  await system.rename(path, old);
  try {
    await system.rename(beside, path);
  } catch (error) {
    await system.rename(old, path);
    throw error;
  }
  if (keepOld === undefined) await system.rm(old, ALL_INSIDE);
}

/** Gives `work` a name beside `path` to write to and rename from; whatever happens, nothing stays under that name. */
async function besideFirst(system: FileSystem, path: string, work: (beside: string) => Promise<void>): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}-${++temporaryFiles}.part`);
  unfinished.add(beside);
  try {
    await work(beside);
  } catch (error) {
    await system.rm(beside, ALL_INSIDE).catch(() => undefined);
    throw error;
  } finally {
    unfinished.delete(beside);
  }
  await keepName(system, dirname(path));
}

/** Removes what a process that was ended in the middle of its writing has left in a folder. */
export async function removeParts(folder: string, pid: number): Promise<void> {
  const names = await nodeFiles.readdir(folder).catch(() => []);
  const isPart = (name: string): boolean => name.startsWith('.') && name.endsWith('.part') && name.includes(`.${pid}-`);
  for (const name of names.filter(isPart)) await nodeFiles.rm(join(folder, name), ALL_INSIDE);
}

async function writeAll(system: FileSystem, path: string, chunks: Chunks): Promise<void> {
  await using file = await system.open(path, 'w');
  for await (const chunk of chunks instanceof Uint8Array ? [chunks] : chunks) await writeChunk(file, chunk);
  await file.sync();
}

async function writeChunk(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.byteLength) {
    const { bytesWritten } = await file.write(chunk, done, Math.min(LARGEST_CALL, chunk.byteLength - done));
    done += bytesWritten;
  }
}

/** Makes a rename outlast a power cut. Windows and some network disks can not; there the file is whole, but may keep its old content. */
async function keepName(system: FileSystem, folder: string): Promise<void> {
  try {
    await using handle = await system.open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

async function sha256(system: FileSystem, path: string, offset = 0, length?: number): Promise<string> {
  await using file = await system.open(path, 'r');
  const hash = createHash('sha256');
  const block = new Uint8Array(HASH_BLOCK);
  const end = length === undefined ? Number.POSITIVE_INFINITY : offset + length;
  for (let position = offset; position < end;) {
    const { bytesRead } = await file.read(block, 0, Math.min(HASH_BLOCK, end - position), position);
    if (bytesRead === 0 && length === undefined) break;
    if (bytesRead === 0) throw endedEarly(path, position, end);
    hash.update(block.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash.digest('hex');
}

/** A folder that does not exist yet will be on the volume of its nearest parent that does. */
async function freeSpace(system: FileSystem, folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await system.statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(resolve(folder));
    return systemCode(error) === 'ENOENT' && parent !== folder ? freeSpace(system, parent) : undefined;
  }
}

/** The system's number of the disk; of a folder that does not exist yet, that of its nearest parent that does. */
async function diskOf(system: FileSystem, folder: string): Promise<number | undefined> {
  const parent = dirname(resolve(folder));
  const there = await found(system, folder);
  return there === undefined && parent !== folder ? diskOf(system, parent) : there?.dev;
}
