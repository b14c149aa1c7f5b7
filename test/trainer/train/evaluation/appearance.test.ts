import { expect, test } from 'vitest';
import type { Picture } from '../../../../trainer/base/ports.ts';
import { createGenerator } from '../../../../trainer/base/random.ts';
import { rootMeanSquare } from '../../../../trainer/metrics/neighbours.ts';
import {
  appearanceOf,
  backgroundOf,
  contentBox,
  mirroredAppearance,
} from '../../../../trainer/train/evaluation/appearance.ts';
import { latentGrid } from '../../../../trainer/train/evaluation/latent-grid.ts';
import { f32 } from '../../../../trainer/base/tensor.ts';

const SIDE = 64;
type Colour = readonly [number, number, number];

/** Two bars that cross, one longer than the other. */
function cross(colour: Colour, left: number, top: number, size: number, background: Colour = [255, 255, 255]): Picture {
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, at) => background[at % 3] as number);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const inked = Math.abs(x - size / 2) < size / 8 || Math.abs(y - size / 4) < size / 8;
      if (inked) data.set(colour, 3 * ((top + y) * SIDE + left + x));
    }
  }
  return { width: SIDE, height: SIDE, data };
}

const RED: Colour = [220, 30, 30];

test('a thing looks the same wherever it stands and however large it is', () => {
  const look = appearanceOf(cross(RED, 4, 6, 32));
  const moved = rootMeanSquare(look, appearanceOf(cross(RED, 20, 28, 32)));
  const larger = rootMeanSquare(look, appearanceOf(cross(RED, 4, 4, 48)));
  const other = rootMeanSquare(look, appearanceOf(cross([30, 30, 220], 4, 6, 32)));
  expect(moved).toBeLessThan(1e-6);
  // Edges fall between pixels in another way.
  expect(larger).toBeLessThan(other / 3);
});

test('a mirror image has the mirrored appearance', () => {
  const picture = cross(RED, 4, 6, 32);
  const data = new Uint8Array(picture.data.length);
  for (let place = 0; place < SIDE * SIDE; place++) {
    const opposite = place - (place % SIDE) + SIDE - 1 - (place % SIDE);
    data.set(picture.data.subarray(3 * opposite, 3 * opposite + 3), 3 * place);
  }
  const look = appearanceOf(picture);
  // Rounding to 8 bits after the shrinking, by one level at most.
  expect(rootMeanSquare(mirroredAppearance(look), appearanceOf({ ...picture, data }))).toBeLessThan(1 / 255);
  expect(rootMeanSquare(look, mirroredAppearance(look))).toBeGreaterThan(0.01);
});

test('grain and single specks are no part of the thing', () => {
  const picture = cross(RED, 20, 20, 24);
  const clean = contentBox(picture, backgroundOf(picture));
  const grain = createGenerator(1).uniforms(picture.data.length);
  const data = picture.data.map((value, index) => Math.min(255, Math.max(0, value + 30 * ((grain[index] ?? 0) - 0.5))));
  data.set([0, 0, 0], 3 * (60 * SIDE + 60));
  const grainy = { ...picture, data };
  expect(contentBox(grainy, backgroundOf(grainy))).toEqual(clean);
});

test('a picture of one colour is looked at whole', () => {
  const plain = cross([9, 9, 9], 0, 0, 8, [9, 9, 9]);
  expect(contentBox(plain, backgroundOf(plain))).toEqual({ left: 0, top: 0, width: SIDE, height: SIDE });
  expect(new Set(appearanceOf(plain))).toEqual(new Set([Math.fround(9 / 255)]));
});

test('the features of latents are means and deviations of their fields', () => {
  // Two channels of 8 x 8: the first counts its columns, the second is 5 all over.
  const data = Array.from({ length: 128 }, (_, at) => (at < 64 ? at % 8 : 5));
  const grid = latentGrid(f32([2, 8, 8], data));
  expect(grid).toHaveLength(2 * 16 * 2);
  expect([...grid.subarray(0, 4)]).toEqual([0.5, 2.5, 4.5, 6.5]);
  expect([...grid.subarray(16, 18)]).toEqual([5, 5]);
  expect([...grid.subarray(32, 34), ...grid.subarray(48, 50)]).toEqual([0.5, 0.5, 0, 0]);
});

test('latents of fewer places than fields have features too', () => {
  const grid = latentGrid(f32([1, 2, 3], [1, 2, 3, 4, 5, 6]));
  expect(grid.every(Number.isFinite)).toBe(true);
  expect(grid).toHaveLength(32);
});
