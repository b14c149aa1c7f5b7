/** Room on the disk for class images. */
import { UserError } from '../../base/errors.ts';
import type { Files, PictureSize } from '../../base/ports.ts';
import { plural } from '../../data/report.ts';
import { megabytes } from '../run-folder.ts';

/** A PNG of noise is no smaller than its pixels. */
const BYTES_OF_PIXEL = 3;
const BYTES_BESIDE = 8192;

/** Bytes on the disk, at most. */
export const bytesOfPictures = (sizes: readonly PictureSize[]): number =>
  sizes.reduce((sum, { width, height }) => sum + BYTES_OF_PIXEL * width * height + BYTES_BESIDE, 0);

/** @throws {UserError} file/no-space */
export async function requireRoom(files: Files, folder: string, missing: readonly PictureSize[]): Promise<void> {
  const free = await files.freeSpace(folder);
  const needed = bytesOfPictures(missing);
  if (free === undefined || free >= needed) return;
  throw new UserError({
    code: 'file/no-space',
    what: `${plural(missing.length, 'class image')} ${missing.length === 1 ? 'takes' : 'take'} up to ${megabytes(needed)}, but the disk has only ${megabytes(free, Math.floor)} left`,
    where: folder,
    fix: 'Free some space, choose another reg_data_dir, or ask for fewer with num_class_images.',
    details: { needed, free },
  });
}
