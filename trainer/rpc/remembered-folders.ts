/**
 * The folders where runs were started or that were added, so that they are found again another day.
 */
import type { Files } from '../base/ports.ts';

const MOST = 100;

export interface RememberedFolders {
  all(): Promise<readonly string[]>;
  add(folder: string): Promise<void>;
  forget(folder: string): Promise<void>;
}

export function rememberedFolders(files: Files, configFolder: string): RememberedFolders {
  const path = files.join(configFolder, 'run-folders.txt');
  const all = async (): Promise<readonly string[]> => {
    if ((await files.status(path)) === undefined) return [];
    const lines = new TextDecoder().decode(await files.read(path)).split('\n');
    return [...new Set(lines.filter((line) => line !== ''))];
  };
  const others = async (folder: string): Promise<readonly string[]> =>
    (await all()).filter((other) => other !== folder);
  const write = async (folders: readonly string[]): Promise<void> => {
    await files.makeFolder(configFolder);
    await files.write(path, new TextEncoder().encode(folders.map((folder) => `${folder}\n`).join('')));
  };
  return {
    all,
    add: async (folder) => write([folder, ...(await others(folder))].slice(0, MOST)),
    forget: async (folder) => write(await others(folder)),
  };
}
