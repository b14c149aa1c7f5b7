import { describe, expect, test } from 'vitest';
import { Metrics, smoothed } from '../../../renderer/run/metrics.ts';

const row = (step: number, loss = 1): Parameters<Metrics['append']>[0] => ({
  step,
  loss,
  averageLoss: loss,
  seconds: 0.5,
  lr: { unet: 1e-4 },
});

describe('Metrics', () => {
  test('grows past its first room and loses nothing', () => {
    const metrics = new Metrics();
    for (let step = 1; step <= 5000; step++) metrics.append(row(step, step));
    expect(metrics.length).toBe(5000);
    expect(metrics.column('loss')[4321]).toBe(4322);
    expect(metrics.last('elapsed')).toBe(2500);
  });

  test('a run that went back to a saved state replaces the steps after it', () => {
    const metrics = new Metrics();
    for (const step of [1, 2, 3, 4]) metrics.append(row(step, 1));
    metrics.append(row(3, 9));
    expect(metrics.length).toBe(3);
    expect(metrics.last('loss')).toBe(9);
  });

  test('speed is steps over the time that the last ones took', () => {
    const metrics = new Metrics();
    expect(metrics.speed()).toBeUndefined();
    for (let step = 1; step <= 30; step++) metrics.append(row(step));
    expect(metrics.speed()).toBeCloseTo(2, 12);
  });
});

describe('smoothed', () => {
  test('starts at the first value, not at 0, and settles on a constant', () => {
    expect([...smoothed(Float64Array.of(3, 3, 3), 3, 0.99)].map((value) => Number(value.toFixed(9)))).toEqual([
      3, 3, 3,
    ]);
  });

  test('weight 0 leaves everything as it is', () => {
    expect([...smoothed(Float64Array.of(1, 5, 2), 3, 0)]).toEqual([1, 5, 2]);
  });

  test('two values with weight 0.5 give the corrected mean', () => {
    // m = 0.5 * (0.5 * 1) + 0.5 * 4 = 2.25; divided by 1 - 0.25.
    expect(smoothed(Float64Array.of(1, 4), 2, 0.5)[1]).toBeCloseTo(3, 12);
  });
});
