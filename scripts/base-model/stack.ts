/** Two drawings as one sprite: glasses on a face, a heart on a gift. */
import { must } from '../../trainer/base/errors.ts';
import { resize, trim, type Sprite } from './sprite.ts';

/** Where the upper sprite comes and how wide it is, in shares of the lower one's box. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Which height of the upper sprite comes to y: 0 its upper edge, 0.5 its middle, 1 its lower edge. */
  readonly anchor: number;
}

/** The lower sprite with the upper one over it; as large as both need. */
export async function stack(lower: Sprite, upper: Sprite, spot: Spot): Promise<Sprite> {
  const width = Math.max(1, Math.round(spot.width * lower.width));
  const height = Math.max(1, Math.round((width * upper.height) / upper.width));
  const left = Math.round(spot.x * lower.width - width / 2);
  const top = Math.round(spot.y * lower.height - height * spot.anchor);
  const [right, bottom] = [Math.max(lower.width, left + width), Math.max(lower.height, top + height)];
  const [shiftX, shiftY] = [Math.max(0, -left), Math.max(0, -top)];
  const [wide, high] = [right + shiftX, bottom + shiftY];
  const whole: Sprite = { width: wide, height: high, rgba: new Uint8Array(wide * high * 4) };
  over(whole, lower, shiftX, shiftY);
  over(whole, await resize(upper, width, height), left + shiftX, top + shiftY);
  return trim(whole);
}

/**
 * Porter and Duff's "over", straight alpha: a = au + al (1 - au), c = (cu au + cl al (1 - au)) / a.
 * @see Porter and Duff 1984, Compositing Digital Images
 */
function over(whole: Sprite, part: Sprite, left: number, top: number): void {
  for (let y = 0; y < part.height; y++) {
    for (let x = 0; x < part.width; x++) {
      const from = (y * part.width + x) * 4;
      const to = ((top + y) * whole.width + left + x) * 4;
      const upper = must(part.rgba[from + 3], 'alpha') / 255;
      const lower = (must(whole.rgba[to + 3], 'alpha') / 255) * (1 - upper);
      const alpha = upper + lower;
      if (alpha === 0) continue;
      for (let c = 0; c < 3; c++) {
        const mixed = must(part.rgba[from + c], 'upper') * upper + must(whole.rgba[to + c], 'lower') * lower;
        whole.rgba[to + c] = Math.round(mixed / alpha);
      }
      whole.rgba[to + 3] = Math.round(alpha * 255);
    }
  }
}
