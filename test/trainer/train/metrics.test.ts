import { expect, test } from 'vitest';
import { appendMetrics, averageOf, takeUpMetrics } from '../../../trainer/train/metrics.ts';
import { memoryFiles } from '../../support/memory-files.ts';

const metrics = (step: number, loss: number) => ({
  step,
  epoch: 1,
  loss,
  averageLoss: loss,
  lr: { unet: 1e-4 },
  gradNorm: 0.5,
  seconds: 1,
});

test('a resumed run cuts off what it will do again, and half a line', async () => {
  const files = memoryFiles({});
  for (const step of [1, 2, 3]) await appendMetrics(files, '/m', metrics(step, step / 10));
  await files.append('/m', '{"step":4,"lo');
  expect(await takeUpMetrics(files, '/m', 2)).toEqual([0.1, 0.2]);
  const lines = new TextDecoder()
    .decode(await files.read('/m'))
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([metrics(1, 0.1), metrics(2, 0.2)]);
});

test('a run that starts anew leaves no lines of an earlier one', async () => {
  const files = memoryFiles({});
  await appendMetrics(files, '/m', metrics(1, 0.1));
  expect(await takeUpMetrics(files, '/m', 0)).toEqual([]);
  expect(await files.status('/m')).toBeUndefined();
});

test("the average is over the last epoch's number of steps", () => {
  expect(averageOf([9, 1, 2, 3], 3)).toBe(2);
  expect(averageOf([4, 2], 3)).toBe(3);
});
