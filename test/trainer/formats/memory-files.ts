/**
 * Files that live in memory, for tests: paths are joined with "/", writing replaces.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Chunks, Files } from '../../../trainer/base/ports.ts';
import type { EncodedSafetensors } from '../../../trainer/formats/safetensors/write.ts';

export function memoryFiles(content: Readonly<Record<string, Uint8Array | string>> = {}): Files {
  const stored = new Map<string, Uint8Array>();
  for (const [path, data] of Object.entries(content)) {
    stored.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data);
  }
  const get = (path: string): Uint8Array => {
    const data = stored.get(path);
    if (data === undefined) {
      throw new UserError({ code: 'file/missing', what: 'There is no such file', where: path, fix: 'Check the path.' });
    }
    return data;
  };
  return {
    join: (...parts) => parts.join('/'),
    baseName: (path) => path.slice(path.lastIndexOf('/') + 1),
    folderOf: (path) => path.slice(0, Math.max(0, path.lastIndexOf('/'))),
    resolve: (path) => path,
    status: (path) => Promise.resolve(statusOf(stored, path)),
    list: (folder) => Promise.resolve(entriesOf(stored, folder)),
    read: (path) => Promise.resolve(get(path)),
    readRange: (path, offset, length) => Promise.resolve(get(path).slice(offset, offset + length)),
    write: async (path, chunks) => void stored.set(path, await gathered(chunks)),
    writeFolder: async (path, contents) => {
      const made: [string, Uint8Array][] = [];
      for (const [name, chunks] of contents) made.push([`${path}/${name}`, await gathered(chunks)]);
      removeBelow(stored, path);
      for (const [place, data] of made) stored.set(place, data);
    },
    append: () => Promise.resolve(),
    move: (path, to) => {
      stored.set(to, get(path));
      return Promise.resolve(void stored.delete(path));
    },
    makeFolder: () => Promise.resolve(),
    remove: (path) => Promise.resolve(void stored.delete(path)),
    removeFolder: (path) => Promise.resolve(removeBelow(stored, path)),
    relation: (path, other) => Promise.resolve(path === other ? 'same' : 'apart'),
    sha256: (path, offset = 0, length) => {
      const data = get(path);
      const part = data.subarray(offset, length === undefined ? data.length : offset + length);
      return Promise.resolve(createHash('sha256').update(part).digest('hex'));
    },
    freeSpace: () => Promise.resolve(undefined),
    onSameDisk: () => Promise.resolve(true),
  };
}

async function gathered(chunks: Chunks): Promise<Uint8Array> {
  if (chunks instanceof Uint8Array) return Uint8Array.from(chunks);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
  return concatenate(parts);
}

function removeBelow(stored: Map<string, Uint8Array>, folder: string): void {
  for (const key of stored.keys()) if (key.startsWith(`${folder}/`)) stored.delete(key);
}

function statusOf(stored: ReadonlyMap<string, Uint8Array>, path: string): Awaited<ReturnType<Files['status']>> {
  const data = stored.get(path);
  if (data !== undefined) return { kind: 'file', size: data.length, modified: 0 };
  return [...stored.keys()].some((key) => key.startsWith(`${path}/`))
    ? { kind: 'folder', size: 0, modified: 0 }
    : undefined;
}

function entriesOf(stored: ReadonlyMap<string, Uint8Array>, folder: string): Awaited<ReturnType<Files['list']>> {
  const kinds = new Map<string, 'file' | 'folder'>();
  for (const path of stored.keys()) {
    if (!path.startsWith(`${folder}/`)) continue;
    const [first = '', ...deeper] = path.slice(folder.length + 1).split('/');
    kinds.set(first, deeper.length > 0 ? 'folder' : 'file');
  }
  return [...kinds].map(([name, kind]) => ({ name, kind })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

export const fileBytes = (encoded: EncodedSafetensors): Uint8Array =>
  concatenate([encoded.header, ...encoded.chunks()]);

/** A safetensors file with any header, true or false: `dataBytes` zeros follow it. */
export function rawSafetensors(header: string | Uint8Array, dataBytes: number, statedLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, statedLength ?? BigInt(text.length), true);
  return concatenate([length, text, new Uint8Array(dataBytes)]);
}
