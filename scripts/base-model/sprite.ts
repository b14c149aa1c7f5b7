/**
 * Sprites: drawings as pixels with transparency, cut to what is visible.
 *
 * A drawing is rasterised at twice the side of a picture of the dataset, turned and mirrored while it is still a
 * vector drawing, and made small by Lanczos afterwards: fine lines stay smooth.
 */
import sharp from 'sharp';
import type { Drawing } from './packages.ts';

/** 8 bits a channel; red, green, blue, alpha (straight, not premultiplied), row after row. */
export interface Sprite {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface Pose {
  /** Clockwise. Only vector drawings can be turned. */
  readonly degrees: number;
  readonly mirrored: boolean;
}

export const UPRIGHT: Pose = { degrees: 0, mirrored: false };

const RASTER_SIDE = 256;
/** Room around a turned drawing, as a share of its side: a square turned by 10 degrees sticks out by 0.08. */
const MARGIN = 0.12;
/** Alpha below this is no longer seen on white. */
const VISIBLE = 8;

/** @throws Error if nothing of the drawing is visible */
export async function rasterise(drawing: Drawing, pose: Pose = UPRIGHT): Promise<Sprite> {
  const source = drawing.kind === 'svg' ? Buffer.from(svgFile(drawing, pose)) : drawing.path;
  const raster = sharp(source).resize(RASTER_SIDE, RASTER_SIDE, { fit: 'contain', background: '#0000' }).ensureAlpha();
  const { data, info } = await raster
    .flop(drawing.kind === 'file' && pose.mirrored)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return trim({ width: info.width, height: info.height, rgba: data });
}

function svgFile(drawing: Drawing & { kind: 'svg' }, { degrees, mirrored }: Pose): string {
  const { width, height, body } = drawing;
  const [x, y] = [width * MARGIN, height * MARGIN];
  const mirror = mirrored ? `translate(${width} 0) scale(-1 1)` : '';
  const box = `${-x} ${-y} ${width + 2 * x} ${height + 2 * y}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${RASTER_SIDE}" height="${RASTER_SIDE}" viewBox="${box}">` +
    `<g transform="rotate(${degrees} ${width / 2} ${height / 2}) ${mirror}">${body}</g></svg>`
  );
}

/** The smallest part that holds every visible pixel. */
export function trim(sprite: Sprite): Sprite {
  const { width, height, rgba } = sprite;
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((rgba[(y * width + x) * 4 + 3] ?? 0) < VISIBLE) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) throw new Error('nothing of the drawing is visible');
  return crop(sprite, { left, top, width: right - left + 1, height: bottom - top + 1 });
}

function crop(sprite: Sprite, box: { left: number; top: number; width: number; height: number }): Sprite {
  const rgba = new Uint8Array(box.width * box.height * 4);
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * sprite.width + box.left) * 4;
    rgba.set(sprite.rgba.subarray(start, start + box.width * 4), y * box.width * 4);
  }
  return { width: box.width, height: box.height, rgba };
}

/** Lanczos3, in premultiplied colours. */
export async function resize(sprite: Sprite, width: number, height: number): Promise<Sprite> {
  const raw = { width: sprite.width, height: sprite.height, channels: 4 } as const;
  const pixels = sharp(sprite.rgba, { raw }).resize(width, height, { fit: 'fill', kernel: 'lanczos3' });
  return { width, height, rgba: await pixels.raw().toBuffer() };
}
