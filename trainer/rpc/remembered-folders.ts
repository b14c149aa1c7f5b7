/**
 * The folders where runs were started, so that they are found again another day.
 */
import type { Files } from '../base/ports.ts';

const MOST = 100;

export interface RememberedFolders {
  all(): Promise<readonly string[]>;
  add(folder: string): Promise<void>;
}

export function rememberedFolders(files: Files, configFolder: string): RememberedFolders {
  const path = files.join(configFolder, 'run-folders.txt');
  const all = async (): Promise<readonly string[]> => {
    if ((await files.status(path)) === undefined) return [];
    const lines = new TextDecoder().decode(await files.read(path)).split('\n');
    return [...new Set(lines.filter((line) => line !== ''))];
  };
  return {
    all,
    add: async (folder) => {
      const others = (await all()).filter((other) => other !== folder);
      await files.makeFolder(configFolder);
      await files.write(path, new TextEncoder().encode(`${[folder, ...others].slice(0, MOST).join('\n')}\n`));
    },
  };
}
