import { describe, expect, test } from 'vitest';
import { duration, epochs, fileSize, rate, speed, timeLeft } from '../../../renderer/text/amounts.ts';
import { problemCount } from '../../../renderer/text/frame.ts';
import { epochSum, trialText, wholeRun } from '../../../renderer/text/plan.ts';
import { firstStart } from '../../../renderer/text/train.ts';

const STEPS = {
  images: 12,
  regularisationImages: 0,
  trainingSamples: 480,
  regularisationSamples: 0,
  batchSize: 2,
  accumulation: 1,
  batchesPerEpoch: 240,
  stepsPerEpoch: 240,
  epochs: 7,
  totalSteps: 1600,
};
const said = (steps: typeof STEPS): string =>
  epochSum(steps)
    .map(({ text }) => text)
    .join('');

describe('the sum of a run', () => {
  test('of one of each reads as one', () => {
    const one = { images: 1, trainingSamples: 1, regularisationSamples: 1, regularisationImages: 1, stepsPerEpoch: 1 };
    expect(said({ ...STEPS, ...one })).toBe('1 image + 1 class image ÷ batch 2 = 1 step an epoch');
    expect(firstStart.body(1, 1)).toContain('the bundled model 1 picture for 1 step.');
  });

  test('reads as people add', () => {
    expect(said(STEPS)).toBe('12 images × 40 repeats ÷ batch 2 = 240 steps an epoch');
    expect(wholeRun({ steps: STEPS, lrCurve: [], fileBytes: 19e6, saves: 7 })).toBe(
      '1600 steps = 6.7 epochs. Saves 7 files of 19 MB.',
    );
  });

  test('what a trial took is told with the kind of memory that was measured', () => {
    const result = { secondsPerStep: 2, totalSteps: 30, seconds: 60, memory: 3e9, available: 8e9, table: {} };
    expect(trialText.result({ ...result, engine: 'cpu' })).toContain('3.0 GB of 8.0 GB memory');
    // A graphics card has memory of its own, which is another.
    expect(trialText.result({ ...result, engine: 'webgpu' })).toContain('3.0 GB of 8.0 GB main memory');
  });

  test('names class images and accumulation where there are any', () => {
    const steps = {
      ...STEPS,
      regularisationImages: 200,
      regularisationSamples: 480,
      accumulation: 2,
      stepsPerEpoch: 240,
    };
    expect(said(steps)).toBe(
      '12 images × 40 repeats + 480 class images ÷ batch 2 ÷ 2 accumulated = 240 steps an epoch',
    );
  });
});

test('durations are rounded as people speak', () => {
  expect([3, 42, 410, 3600, 7900, 90_000].map(duration)).toEqual([
    'a few seconds',
    '45 s',
    '7 min',
    '1 h',
    '2 h 10 min',
    '25 h',
  ]);
  expect(timeLeft(410)).toBe('about 7 min left');
});

test('units stand with every number', () => {
  expect([fileSize(540_000), fileSize(1.9e7), fileSize(12)]).toEqual(['540 kB', '19 MB', '12 B']);
  expect([speed(1.9), speed(0.31)]).toEqual(['1.9 steps/s', '3.2 s/step']);
  expect([rate(1e-4), rate(5.4e-5), rate(0)]).toEqual(['1e-4', '5.4e-5', '0']);
  expect([epochs(13.04), epochs(6.67)]).toEqual(['13', '6.7']);
});

test('the problems bar says whether training can start', () => {
  expect(problemCount(0, 3, 1)).toBe('3 warnings, 1 note. Training can start.');
  expect(problemCount(1, 0, 0)).toBe('1 error. Training cannot start.');
});
