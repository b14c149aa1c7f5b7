import { expect, test } from 'vitest';
import { f32 } from '../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../trainer/exec/reference/index.ts';
import { averageScalars, movingAverage } from '../../../trainer/optim/average.ts';

const shareAt = (decay: number, step: number): number => averageScalars(decay, step).share.data[0] ?? Number.NaN;

test('the average moves by its share towards the parameter', async () => {
  await using program = await createReferenceExecutor().compile(movingAverage());
  const { average } = await program.run({
    average: f32([3], [0, 10, -4]),
    parameter: f32([3], [1, 10, 4]),
    share: f32([1], [0.25]),
  });
  // By hand: 0 + (1 - 0)/4, no change, -4 + 8/4.
  expect([...(average?.data ?? [])]).toEqual([0.25, 10, -2]);
});

test('the first step takes the parameter over, the next ones forget fast, later ones as the decay says', () => {
  expect(shareAt(0.999, 1)).toBe(1);
  // 1 - step/(step + 9) = 9/(step + 9), until that is below 1 - decay.
  expect(shareAt(0.999, 2)).toBeCloseTo(9 / 11, 6);
  expect(shareAt(0.999, 91)).toBeCloseTo(0.09, 6);
  expect(shareAt(0.999, 100_000)).toBeCloseTo(0.001, 6);
  expect(shareAt(0.5, 3)).toBeCloseTo(0.75, 6);
  expect(shareAt(0.5, 100)).toBe(0.5);
});

test('a decay of 0 keeps no memory', () => {
  expect([1, 2, 1000].map((step) => shareAt(0, step))).toEqual([1, 1, 1]);
});

test('a decay of 1 would never move, and steps count from 1', () => {
  expect(() => averageScalars(1, 1)).toThrow('decay 1');
  expect(() => averageScalars(0.9, 0)).toThrow('step 0');
});
