import { expect, test } from 'vitest';
import { lossPoints, lossRange, logTicks, roundTicks } from '../../../renderer/charts/loss-points.ts';
import { Metrics, smoothed } from '../../../renderer/run/metrics.ts';

function metricsOf(count: number): Metrics {
  const metrics = new Metrics();
  for (let step = 1; step <= count; step++) {
    metrics.append({ step, loss: 1 / step, averageLoss: 1 / step, seconds: 1, lr: { unet: 1e-4 } });
  }
  return metrics;
}

test('a chart of 100,000 steps draws no more points than it asked for', () => {
  const metrics = metricsOf(100_000);
  const smooth = smoothed(metrics.column('loss'), metrics.length, 0.9);
  const points = lossPoints(metrics, smooth, { from: 0, to: 100_000, points: 600 });
  expect(points.length).toBeLessThanOrEqual(600);
  expect(points[0]?.step).toBe(1);
  expect(points.at(-1)?.step).toBe(100_000);
});

test('a closer look draws the steps of that part, with one beyond each end so that the line goes on', () => {
  const metrics = metricsOf(1000);
  const points = lossPoints(metrics, smoothed(metrics.column('loss'), 1000, 0), { from: 100, to: 110, points: 600 });
  expect(points.map(({ step }) => step)).toEqual([99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110]);
});

test('one bad step in a thousand does not press the curve flat', () => {
  const points = Array.from({ length: 1000 }, (_, index) => ({
    step: index,
    loss: index === 500 ? 1000 : 0.1,
    smooth: 0.1,
    rate: 0,
    elapsed: 0,
  }));
  expect(lossRange(points)[1]).toBeLessThan(0.2);
});

test('ticks are round and inside', () => {
  expect(roundTicks(0, 300, 4)).toEqual([0, 100, 200, 300]);
  expect(roundTicks(0.048, 0.19, 4)).toEqual([0.05, 0.1, 0.15]);
  expect(logTicks(0.04, 0.3)).toEqual([0.05, 0.1, 0.2]);
});
