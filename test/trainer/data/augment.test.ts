import { describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import type { Picture } from '../../../trainer/base/ports.ts';
import { createGenerator } from '../../../trainer/base/random.ts';
import {
  augmentationOf,
  augmentedPixels,
  changeColours,
  drawColour,
  pixelsOf,
  type ColourChange,
} from '../../../trainer/data/augment.ts';
import { createPlacer } from '../../../trainer/data/buckets.ts';
import type { DatasetImage } from '../../../trainer/data/dataset.ts';
import { cropPicture, resizePicture } from '../../../trainer/data/resample.ts';
import { DEFAULT_BUCKETS } from '../../support/buckets.ts';

const place = createPlacer({ ...DEFAULT_BUCKETS, resolution: { width: 512, height: 512 } });
const size = { width: 1000, height: 512 };
const wide: DatasetImage = {
  ...size,
  path: '/wide',
  bytes: 1,
  caption: '',
  captionFrom: 'file',
  subset: 0,
  repeats: 1,
  isRegularisation: false,
  placement: must(place(size), 'placement'), // resized to 704x360 for bucket 704x320
};
const all = { seed: 7, flip: true, randomCrop: true, colour: true };
const drawAt = (position: number, options = all) => augmentationOf({ image: 0, position }, wide, options);

const pixels = (...bytes: readonly number[]): Picture => ({
  width: bytes.length / 3,
  height: 1,
  data: Uint8Array.from(bytes),
});
const changed = (change: ColourChange, ...bytes: readonly number[]): number[] => [
  ...changeColours(pixels(...bytes), change).data,
];

describe('the choices of a visit', () => {
  const many = Array.from({ length: 3000 }, (_, position) => drawAt(position));

  test('depend on the position alone', () => {
    for (const position of [0, 5, 2999]) expect(drawAt(position)).toEqual(many[position]);
    expect(drawAt(5, { ...all, seed: 8 })).not.toEqual(many[5]);
  });

  test('mirror one time in two, and cut at every place within the picture', () => {
    // 3000 coins: mean 1500, standard deviation 27.
    expect(Math.abs(many.filter(({ flipped }) => flipped).length - 1500)).toBeLessThan(5 * 27);
    const { bucket, resized } = wide.placement;
    const tops = many.map(({ crop }) => crop.top);
    expect([Math.min(...tops), Math.max(...tops)]).toEqual([0, resized.height - bucket.height]);
    expect(new Set(tops).size).toBe(resized.height - bucket.height + 1);
    expect(new Set(many.map(({ crop }) => crop.left))).toEqual(new Set([0]));
  });

  test('are drawn from streams of their own: switching colours on moves no cut and no mirror', () => {
    for (let position = 0; position < 50; position++) {
      const { colour, ...rest } = must(many[position], 'a visit');
      expect(drawAt(position, { ...all, colour: false })).toEqual(rest);
      expect(drawAt(position, { ...all, flip: false, randomCrop: false }).colour).toEqual(colour);
    }
  });

  test('leave crops alone when only flipping is on, so that cached latents fit', () => {
    const drawn = drawAt(1, { ...all, randomCrop: false, colour: false });
    const { bucket, resized } = wide.placement;
    expect(drawn.crop.top).toBe(Math.floor((resized.height - bucket.height) / 2));
    expect(drawn.colour).toBeUndefined();
  });
});

test('colours change one time in three, hue and gamma alike, within the bounds of sd-scripts', () => {
  const rng = createGenerator(1);
  const drawn = Array.from({ length: 9000 }, () => drawColour(rng)).filter((change) => change !== undefined);
  // 9000 times 0.33: mean 2970, standard deviation 45; half of them turn the hue: 1485, 35.
  expect(Math.abs(drawn.length - 2970)).toBeLessThan(5 * 45);
  const degrees = drawn.flatMap((change) => (change.kind === 'hue' ? [change.degrees] : []));
  const exponents = drawn.flatMap((change) => (change.kind === 'gamma' ? [change.exponent] : []));
  expect(Math.abs(degrees.length - 1485)).toBeLessThan(5 * 35);
  const range = (values: readonly number[]): number[] => [Math.min(...values), Math.max(...values)];
  // Some 1500 even draws come within a hundredth of both ends.
  const [lowest = NaN, highest = NaN] = range(degrees);
  expect(lowest).toBeGreaterThanOrEqual(-16);
  expect(lowest).toBeLessThan(-15.8);
  expect(highest).toBeGreaterThan(15.8);
  expect(highest).toBeLessThan(16);
  const [darkest = NaN, brightest = NaN] = range(exponents);
  expect(darkest).toBeGreaterThanOrEqual(0.95);
  expect(darkest).toBeLessThan(0.951);
  expect(brightest).toBeGreaterThan(1.049);
  expect(brightest).toBeLessThan(1.05);
});

describe('a turned hue', () => {
  test('moves along the hexagon of HSV', () => {
    // 16 of the 60 degrees from red to yellow: 255 · 16/60 = 68. Back towards magenta likewise.
    expect(changed({ kind: 'hue', degrees: 16 }, 255, 0, 0)).toEqual([255, 68, 0]);
    expect(changed({ kind: 'hue', degrees: -16 }, 255, 0, 0)).toEqual([255, 0, 68]);
    expect(changed({ kind: 'hue', degrees: 15 }, 0, 255, 0, 0, 0, 255)).toEqual([0, 255, 64, 64, 0, 255]);
  });

  test('is that of Python’s colorsys, in every sixth of the circle', () => {
    // colorsys.rgb_to_hsv, h + degrees/360, colorsys.hsv_to_rgb, rounded.
    const picture = [200, 120, 40, 10, 200, 90, 30, 60, 250, 90, 20, 160];
    const forth = [200, 147, 40, 10, 200, 122, 37, 30, 250, 113, 20, 160];
    const back = [200, 77, 40, 10, 200, 39, 30, 119, 250, 53, 20, 160];
    expect(changed({ kind: 'hue', degrees: 10 }, ...picture)).toEqual(forth);
    expect(changed({ kind: 'hue', degrees: -16 }, ...picture)).toEqual(back);
  });

  test('leaves greys as they are, and comes back to every colour after a whole circle', () => {
    expect(changed({ kind: 'hue', degrees: 12.3 }, 0, 0, 0, 77, 77, 77, 255, 255, 255)).toEqual([
      0, 0, 0, 77, 77, 77, 255, 255, 255,
    ]);
    const random = [...createGenerator(2).uniforms(3000)].map((value) => Math.floor(256 * value));
    expect(changed({ kind: 'hue', degrees: 360 }, ...random)).toEqual(random);
  });
});

test('gamma raises bytes to a power, as sd-scripts does', () => {
  // 255^0.95 = 193.3, 128^0.95 = 100.4; 128^1.05 = 163.1, 195^1.05 = 253.8, 196^1.05 = 255.2: cut off.
  expect(changed({ kind: 'gamma', exponent: 0.95 }, 0, 1, 128, 255, 255, 255)).toEqual([0, 1, 100, 193, 193, 193]);
  expect(changed({ kind: 'gamma', exponent: 1.05 }, 0, 1, 128, 195, 196, 255)).toEqual([0, 1, 163, 253, 255, 255]);
});

test('pixels are what the VAE takes: planes of -1 to 1, mirrored and coloured where asked, the picture unharmed', () => {
  const picture = pixels(255, 0, 0, 0, 0, 255);
  expect(pixelsOf(picture, { flipped: false })).toEqual({
    dtype: 'f32',
    shape: [3, 1, 2],
    data: Float32Array.of(1, -1, -1, -1, -1, 1),
  });
  expect([...pixelsOf(picture, { flipped: true }).data]).toEqual([-1, 1, -1, -1, 1, -1]);
  const turned = pixelsOf(picture, { flipped: true, colour: { kind: 'hue', degrees: 15 } });
  expect([...turned.data]).toEqual([...pixelsOf(pixels(64, 0, 255, 255, 64, 0), { flipped: false }).data]);
  expect([...picture.data]).toEqual([255, 0, 0, 0, 0, 255]);
});

test('a visit shows the part of the resized picture that was drawn', async () => {
  const random = createGenerator(3).uniforms(3 * size.width * size.height);
  const whole: Picture = { ...size, data: Uint8Array.from(random, (value) => 256 * value) };
  const asked: string[] = [];
  const pictures = {
    load: (path: string, resized: typeof size, crop: Parameters<typeof cropPicture>[1]) => {
      asked.push(path);
      return Promise.resolve(cropPicture(resizePicture(whole, resized), crop));
    },
  };
  const { crop } = drawAt(3);
  const shown = await augmentedPixels(pictures, wide, { crop, flipped: false });
  expect(asked).toEqual(['/wide']);
  expect(shown.shape).toEqual([3, 320, 704]);
  const resized = resizePicture(whole, wide.placement.resized);
  // The first pixel of the visit is the one in the corner of the cut.
  const corner = 3 * (crop.top * resized.width + crop.left);
  expect(shown.data[0]).toBeCloseTo((resized.data[corner] ?? NaN) / 127.5 - 1, 6);
  expect(crop.top).toBeGreaterThan(0);
});
