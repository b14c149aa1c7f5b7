/**
 * The folders that a window may show pictures of and change captions in. Links are followed before anything is compared,
 * so that none leads out of a folder.
 */
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';

export interface AllowedFolders {
  allow(folder: string): Promise<void>;
  /**
   * The path itself, links followed.
   *
   * @throws {UserError} media/not-allowed, file/missing
   */
  require(path: string): Promise<string>;
}

export function allowedFolders(): AllowedFolders {
  const folders = new Set<string>();
  return {
    allow: async (folder) => {
      folders.add(await realpath(resolve(folder)).catch(() => resolve(folder)));
    },
    require: async (path) => {
      const real = await realpath(resolve(path)).catch(() => undefined);
      if (real === undefined) {
        throw new UserError({
          code: 'file/missing',
          what: 'There is no such file',
          where: path,
          fix: 'It may have been moved or deleted: scan the folder again.',
        });
      }
      if ([...folders].some((folder) => isInside(folder, real))) return real;
      throw new UserError({
        code: 'media/not-allowed',
        what: 'The file is in no folder that was opened here',
        where: path,
        fix: 'Open the dataset or the run that it belongs to first.',
      });
    },
  };
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!/^\.\.([/\\]|$)/.test(way) && !isAbsolute(way));
}
