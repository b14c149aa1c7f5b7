import { expect, test } from 'vitest';
import { figureLines, figuresOf, growthLines } from '../../../trainer/cli/bench/figures.ts';
import type { Measurement } from '../../../trainer/cli/bench/measurement.ts';

const measured = (resolution: number, change: Partial<Measurement> = {}): Measurement => ({
  case: { checkpoint: 'a.safetensors', resolution, batch: 1, gradientCheckpointing: false, steps: 3 },
  stepSeconds: [4, 2, 1.6],
  startSeconds: 2.5,
  operations: 400e9,
  yardstick: 300e9,
  peakMemory: 4.2e9,
  ...change,
});

test('a figure is met or missed by its goal, and the first step does not count as speed', () => {
  const byName = new Map(figuresOf([measured(256)]).map((figure) => [figure.name, figure]));
  // 400 GFLOP in 1.6 s are 250 GFLOP/s, 0.83 of the product's 300.
  const speed = byName.get('speed of a step over a 2048³ matrix product, 256 px');
  expect(speed?.value).toBeCloseTo(400 / 1.6 / 300, 12);
  expect(speed?.met).toBe(false);
  expect(byName.get('a step, 256 px')).toMatchObject({ value: 1.6, met: true });
  expect(byName.get('peak memory, 256 px')).toMatchObject({ value: 4.2, met: false });
  expect(byName.has('a step, 512 px')).toBe(false);
});

test('a missed goal is printed as missed', () => {
  expect(figureLines(figuresOf([measured(256)]))).toMatch(/peak memory, 256 px +4\.20 GB +<= 4\.1 +missed/);
});

test('growth is told as ratios to the first case', () => {
  const lines = growthLines([measured(256), measured(512, { stepSeconds: [9, 8], peakMemory: 5.04e9 })]);
  expect(lines).toMatch(/512 px, batch 1 +8\.00 s +5\.00 +5\.04 GB +1\.20/);
});
