/**
 * Folders for pickers, and pictures for pages.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Handlers } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import type { FileStatus } from '../base/ports.ts';
import type { Surroundings } from './surroundings.ts';

export function filesHandlers({
  machine,
  allowed,
}: Surroundings): Pick<Handlers, 'files.list' | 'files.status' | 'media.allow' | 'media.locate'> {
  const { files, home, bundledPath } = machine;
  return {
    'files.list': async ({ path }) => {
      const wanted = path === '' ? home : resolve(home, bundledPath(path));
      const folder = (await files.status(wanted))?.kind === 'folder' ? wanted : dirname(wanted);
      const entries = await files.list(folder);
      const parent = dirname(folder);
      return {
        folder,
        ...(parent === folder ? {} : { parent }),
        entries: entries
          .filter(({ name }) => !name.startsWith('.') || basename(wanted).startsWith('.'))
          .map(({ name, kind }) => ({ name, kind, path: join(folder, name) })),
      };
    },
    'files.status': async ({ path }) => {
      const status = await files.status(resolve(home, bundledPath(path)));
      return status === undefined ? { kind: 'nothing' } : { kind: status.kind, bytes: status.size };
    },
    'media.allow': async ({ folder }) => {
      await allowed.allow(bundledPath(folder));
      return {};
    },
    'media.locate': async ({ path, size }) => {
      const file = await allowed.require(path);
      const type = TYPES.get(extname(file).toLowerCase());
      const status = await files.status(file);
      if (type === undefined || status?.kind !== 'file') throw notAPicture(path);
      if (size === undefined) return { file, type };
      return { file: await thumbnailOf(machine, file, status, size), type: 'image/webp' };
    },
  };
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.webp', 'image/webp'],
  ['.bmp', 'image/bmp'],
  ['.avif', 'image/avif'],
]);

/** Kept as files: the name changes with the picture, so that an old one is never shown. */
async function thumbnailOf(
  { files, cacheFolder, thumbnail }: Surroundings['machine'],
  path: string,
  { size: length, modified }: FileStatus,
  side: number,
): Promise<string> {
  const name = createHash('sha256')
    .update(JSON.stringify([path, length, modified, side]))
    .digest('hex');
  const folder = join(cacheFolder, 'thumbnails', name.slice(0, 2));
  const file = join(folder, `${name}.webp`);
  if ((await files.status(file)) === undefined) {
    const bytes = await thumbnail(path, side);
    await files.makeFolder(folder);
    await files.write(file, bytes);
  }
  return file;
}

const notAPicture = (where: string): UserError =>
  new UserError({
    code: 'media/not-a-picture',
    what: 'Only pictures are shown here (PNG, JPEG, WebP, BMP, AVIF), and this is none',
    where,
    fix: 'Open the file with another program.',
  });
