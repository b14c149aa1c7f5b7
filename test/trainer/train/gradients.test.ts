import { expect, test } from 'vitest';
import { f32 } from '../../../trainer/base/tensor.ts';
import type { Fetches } from '../../../trainer/exec/executor.ts';
import { createBuilder } from '../../../trainer/graph/builder.ts';
import { layOut } from '../../../trainer/optim/parameters.ts';
import { addGradients, lossOf } from '../../../trainer/train/gradients.ts';
import { gradientName } from '../../../trainer/train/step-graph.ts';

const LAYOUT = layOut([
  { name: 'unet/a', part: 'unet', shape: [2] },
  { name: 'unet/not reached', part: 'unet', shape: [1] },
  { name: 'unet/b', part: 'unet', shape: [1, 2] },
]);
const g = createBuilder();
const step = { parameters: new Map(['unet/a', 'unet/b'].map((name) => [name, g.parameter(name, [2])])) };

const pass = (a: readonly number[], b: readonly number[]): Fetches => ({
  [gradientName('unet/a')]: f32([2], a),
  [gradientName('unet/b')]: f32([1, 2], b),
  loss: f32([], [0.5]),
});

test('the first pass makes the vector, the next ones add to it in place, and what is not reached has 0', () => {
  const first = addGradients(undefined, LAYOUT, step, pass([1, 2], [3, 4]));
  expect([...first]).toEqual([1, 2, 0, 3, 4]);
  const second = addGradients(first, LAYOUT, step, pass([10, 20], [30, 40]));
  expect(second).toBe(first);
  expect([...second]).toEqual([11, 22, 0, 33, 44]);
});

test('a pass is not changed by those after it: the engine may use its memory again', () => {
  const results = pass([1, 2], [3, 4]);
  const sum = addGradients(undefined, LAYOUT, step, results);
  addGradients(sum, LAYOUT, step, results);
  expect([...(results[gradientName('unet/a')]?.data ?? [])]).toEqual([1, 2]);
});

test('a gradient that the graph does not give is a mistake of ours', () => {
  const { [gradientName('unet/b')]: _, ...others } = pass([1, 2], [3, 4]);
  expect(() => addGradients(undefined, LAYOUT, step, others)).toThrow('the gradient of unet/b');
});

test('the loss is one number', () => {
  expect(lossOf(pass([1, 2], [3, 4]))).toBe(0.5);
});
