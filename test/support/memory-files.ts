/**
 * The Files port in memory, for tests of code that must not know Node. Paths use "/" and start with it.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../trainer/base/errors.ts';
import type { Chunks, Files } from '../../trainer/base/ports.ts';

export interface MemoryFiles extends Files {
  readonly contents: Map<string, Uint8Array>;
}

/** @param tree path to content; a path that ends in "/" is an empty folder */
export function memoryFiles(tree: Readonly<Record<string, string | Uint8Array>>): MemoryFiles {
  const contents = new Map<string, Uint8Array>();
  const folders = new Set<string>(['/']);
  const addFolders = (path: string): void => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) folders.add(path.slice(0, at));
  };
  const put = (path: string, content: string | Uint8Array): void => {
    addFolders(path);
    if (!path.endsWith('/')) contents.set(path, typeof content === 'string' ? Buffer.from(content) : content);
  };
  for (const [path, content] of Object.entries(tree)) put(path, content);

  const get = (path: string): Uint8Array => {
    const found = contents.get(path);
    if (found !== undefined) return found;
    throw new UserError({ code: 'file/missing', what: 'There is no such file', where: path, fix: 'Check the name.' });
  };
  const removeAll = (path: string): void => {
    for (const key of contents.keys()) if (key === path || key.startsWith(`${path}/`)) contents.delete(key);
    for (const key of folders) if (key === path || key.startsWith(`${path}/`)) folders.delete(key);
  };
  return {
    contents,
    join: (...parts) => parts.join('/').replaceAll(/\/+/g, '/'),
    baseName: (path) => path.slice(path.lastIndexOf('/') + 1),
    folderOf: (path) => path.slice(0, path.lastIndexOf('/')) || '/',
    resolve: (path) => path,
    status: (path) => {
      const file = contents.get(path);
      if (file !== undefined) return Promise.resolve({ kind: 'file', size: file.length, modified: 0 });
      return Promise.resolve(folders.has(path) ? { kind: 'folder', size: 0, modified: 0 } : undefined);
    },
    list: (folder) => {
      const start = folder === '/' ? '/' : `${folder}/`;
      const inside = (paths: Iterable<string>): string[] =>
        [...paths].filter(
          (path) => path.startsWith(start) && path !== folder && !path.slice(start.length).includes('/'),
        );
      const names = (paths: Iterable<string>, kind: 'file' | 'folder') =>
        inside(paths).map((path) => ({ name: path.slice(start.length), kind }));
      const entries = [...names(contents.keys(), 'file'), ...names(folders, 'folder')];
      return Promise.resolve(entries.sort((a, b) => (a.name < b.name ? -1 : 1)));
    },
    read: async (path) => get(path),
    readRange: async (path, offset, length) => get(path).subarray(offset, offset + length),
    write: async (path, chunks) => put(path, await gathered(chunks)),
    writeFolder: async (path, inside, keepOld) => {
      const made: [string, Uint8Array][] = [];
      for (const [name, chunks] of inside) made.push([`${path}/${name}`, await gathered(chunks)]);
      for (const [place, content] of keepOld === undefined ? [] : contents) {
        if (place.startsWith(`${path}/`)) put(keepOld + place.slice(path.length), content);
      }
      removeAll(path);
      for (const [place, content] of made) put(place, content);
    },
    append: async (path, text) => put(path, Buffer.concat([contents.get(path) ?? Buffer.alloc(0), Buffer.from(text)])),
    move: async (path, to) => {
      put(to, get(path));
      contents.delete(path);
    },
    makeFolder: async (path) => {
      addFolders(`${path}/`);
    },
    remove: async (path) => removeAll(path),
    removeFolder: async (path) => removeAll(path),
    relation: (path, other) => {
      if (path === other) return Promise.resolve('same');
      if (path.startsWith(`${other}/`)) return Promise.resolve('inside');
      return Promise.resolve(other.startsWith(`${path}/`) ? 'around' : 'apart');
    },
    sha256: async (path) => createHash('sha256').update(get(path)).digest('hex'),
    freeSpace: () => Promise.resolve(undefined),
    onSameDisk: () => Promise.resolve(true),
  };
}

async function gathered(chunks: Chunks): Promise<Uint8Array> {
  if (chunks instanceof Uint8Array) return Uint8Array.from(chunks);
  const parts: Uint8Array[] = [];
  // Copies: whoever makes chunks may use their memory again.
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
  return Buffer.concat(parts);
}
