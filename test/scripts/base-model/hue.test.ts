import { expect, test } from 'vitest';
import { colourOf, dominantHue, HUE_NAMES, recolour } from '../../../scripts/base-model/hue.ts';
import { must } from '../../../trainer/base/errors.ts';
import { painted, pixelOf, type Pixel } from './drawings.ts';

const RED: Pixel = [220, 40, 35, 255];
const LIGHT_RED: Pixel = [245, 75, 65, 255];
const LEAF: Pixel = [60, 170, 70, 255];
const BLACK: Pixel = [10, 10, 10, 255];
const WHITE: Pixel = [255, 255, 255, 255];
const NOTHING: Pixel = [0, 0, 0, 0];

/** Two rows of leaf, then red with a light side, an eye of black and white, and nothing around. */
const apple = painted(10, 10, (x, y) => {
  if (x === 0 || x === 9) return NOTHING;
  if (y < 2) return LEAF;
  if (y === 5 && x === 4) return BLACK;
  if (y === 5 && x === 5) return WHITE;
  return x < 4 ? LIGHT_RED : RED;
});

test('the dominant hue is that of most pixels, and its share leaves out what is invisible', () => {
  const dominant = must(dominantHue(apple), 'dominant');
  // Red lies at 1.6 and 3.3 degrees; bins are 5 degrees wide.
  expect(Math.abs(dominant.hue - 2.5)).toBeLessThanOrEqual(5);
  expect(dominant.share).toBeCloseTo((8 * 8 - 2) / 80, 10);
  expect(colourOf(apple)).toBe('red');
});

test('a recoloured drawing measures as the colour it was given, whichever it is', () => {
  const dominant = must(dominantHue(apple), 'dominant');
  for (const name of HUE_NAMES) expect(colourOf(recolour(apple, dominant, name))).toBe(name);
});

test('recolouring leaves other hues, black, white and the outline as they were', () => {
  const blue = recolour(apple, must(dominantHue(apple), 'dominant'), 'blue');
  expect(pixelOf(blue, 3, 1)).toEqual([...LEAF]);
  expect(pixelOf(blue, 4, 5)).toEqual([...BLACK]);
  expect(pixelOf(blue, 5, 5)).toEqual([...WHITE]);
  expect(pixelOf(blue, 0, 5)).toEqual([...NOTHING]);
  const [red, , strength] = pixelOf(blue, 7, 7);
  expect(must(strength, 'blue')).toBeGreaterThan(2 * must(red, 'red'));
});

test('light and shade stay: what was lighter is lighter afterwards', () => {
  const blue = recolour(apple, must(dominantHue(apple), 'dominant'), 'blue');
  const light = Math.max(...pixelOf(blue, 2, 7).slice(0, 3));
  const dark = Math.max(...pixelOf(blue, 7, 7).slice(0, 3));
  expect(light).toBeGreaterThan(dark);
});

test('what is gray has no hue but a name; what is striped has neither', () => {
  const elephant = painted(10, 10, () => [130, 132, 135, 255]);
  expect(dominantHue(elephant)).toBeUndefined();
  expect(colourOf(elephant)).toBe('gray');
  const stripes: Pixel[] = [[230, 30, 30, 255], [250, 150, 20, 255], [250, 220, 40, 255], LEAF, [50, 110, 220, 255]];
  const rainbow = painted(10, 10, (_, y) => must(stripes[Math.floor(y / 2)], 'stripe'));
  expect(colourOf(rainbow)).toBeUndefined();
});
