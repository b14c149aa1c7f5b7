/**
 * Small versions of pictures, for a page full of them.
 */
import sharp, { type Sharp } from 'sharp';
import { createPictures } from './pictures.ts';

const QUALITY = 82;
const WHITE = '#ffffff';

/**
 * WebP, upright, that fits a square of `side` pixels and is never larger than the picture.
 *
 * @throws {UserError} images/...
 */
export async function thumbnail(path: string, side: number): Promise<Uint8Array> {
  const pictures = createPictures();
  const { format, width, height } = await pictures.inspect(path);
  if (format !== 'bmp') return small(sharp(path, { failOn: 'none' }).autoOrient(), side);
  // The library reads no bitmaps.
  const whole = { left: 0, top: 0, width, height };
  const { data } = await pictures.load(path, { width, height }, whole);
  return small(sharp(data, { raw: { width, height, channels: 3 } }), side);
}

const small = (image: Sharp, side: number): Promise<Uint8Array> =>
  image
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: WHITE })
    .webp({ quality: QUALITY })
    .toBuffer();
