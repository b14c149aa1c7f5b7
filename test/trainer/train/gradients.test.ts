import { expect, test } from 'vitest';
import { f32 } from '../../../trainer/base/tensor.ts';
import type { Fetches } from '../../../trainer/exec/executor.ts';
import { layOut } from '../../../trainer/optim/parameters.ts';
import { lossOf, sumGradients } from '../../../trainer/train/gradients.ts';
import { gradientName } from '../../../trainer/train/step-graph.ts';

const LAYOUT = layOut([
  { name: 'unet/a', part: 'unet', shape: [2] },
  { name: 'unet/not reached', part: 'unet', shape: [1] },
  { name: 'unet/b', part: 'unet', shape: [1, 2] },
]);
const step = { learning: new Set(['unet/a', 'unet/b']) };

const pass = (a: readonly number[], b: readonly number[]): Fetches => ({
  [gradientName('unet/a')]: f32([2], a),
  [gradientName('unet/b')]: f32([1, 2], b),
  loss: f32([], [0.5]),
});

test('the first pass replaces what was there, the next ones add to it, and what is not reached is left alone', () => {
  const sum = Float32Array.of(9, 9, 0, 9, 9);
  sumGradients(sum, LAYOUT, step, pass([1, 2], [3, 4]), true);
  expect([...sum]).toEqual([1, 2, 0, 3, 4]);
  sumGradients(sum, LAYOUT, step, pass([10, 20], [30, 40]), false);
  expect([...sum]).toEqual([11, 22, 0, 33, 44]);
});

test('a pass is not changed by those after it: the engine may use its memory again', () => {
  const results = pass([1, 2], [3, 4]);
  const sum = new Float32Array(LAYOUT.size);
  sumGradients(sum, LAYOUT, step, results, true);
  sumGradients(sum, LAYOUT, step, results, false);
  expect([...(results[gradientName('unet/a')]?.data ?? [])]).toEqual([1, 2]);
});

test('a gradient that the graph does not give is a mistake of ours', () => {
  const onlyOne = { [gradientName('unet/a')]: f32([2], [1, 2]) };
  const sum = new Float32Array(LAYOUT.size);
  expect(() => sumGradients(sum, LAYOUT, step, onlyOne, true)).toThrow('the gradient of unet/b');
});

test('the loss is one number', () => {
  expect(lossOf(pass([1, 2], [3, 4]))).toBe(0.5);
});
