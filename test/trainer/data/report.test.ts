import { expect, test } from 'vitest';
import { stepArithmetic, type DatasetReport } from '../../../trainer/data/report.ts';

/** Of the sum, only what it reads. */
const sumOf = (steps: Partial<DatasetReport['steps']>, accumulation = 1): string => {
  const none = {
    trainingSamples: 1,
    regularisationSamples: 0,
    batchesPerEpoch: 1,
    stepsPerEpoch: 1,
    epochs: 1,
    totalSteps: 1,
  };
  return stepArithmetic({ steps: { ...none, ...steps }, batchSize: 1, accumulation } as DatasetReport);
};

test('the sum of one step is said of one', () => {
  expect(sumOf({})).toBe('An epoch shows 1 picture, repeats included, in 1 batch of up to 1. 1 step is 1 epoch.');
  expect(sumOf({}, 2)).toContain('by accumulation 2: 1 step.');
});

test('the sum of several is said of several', () => {
  const several = { trainingSamples: 6, batchesPerEpoch: 6, stepsPerEpoch: 3, epochs: 2, totalSteps: 6 };
  expect(sumOf(several, 2)).toBe(
    'An epoch shows 6 pictures, repeats included, in 6 batches of up to 1, by accumulation 2: 3 steps. 6 steps are 2 epochs.',
  );
});
