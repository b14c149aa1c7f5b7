import { expect, test } from 'vitest';
import { leftOf, trainingCommand } from '../../../scripts/base-model/stages.ts';

test('a training is begun, gone on with where it was interrupted, and left alone when it is done', () => {
  expect(leftOf({ hasResult: false, hasState: false })).toBe('all');
  expect(leftOf({ hasResult: false, hasState: true })).toBe('the rest');
  // The state is kept when a run is done, and may be deleted.
  expect(leftOf({ hasResult: true, hasState: true })).toBe('nothing');
  expect(leftOf({ hasResult: true, hasState: false })).toBe('nothing');
});

test('what was interrupted is resumed', () => {
  expect(trainingCommand('job.toml', 'all')).toEqual(['train', 'job.toml']);
  expect(trainingCommand('job.toml', 'the rest')).toEqual(['train', 'job.toml', '--resume']);
});
