import { expect, test } from 'vitest';
import { hasFrozenTarget, passRows, picked, rowsAtMost } from '../../../trainer/train/preservation.ts';

const job = {
  prior_loss_weight: 0.5,
  prior_target: 'noise',
  diff_output_preservation_class: undefined,
  trigger_words: undefined,
  train_batch_size: 4,
} as const;
const PICTURE = { isRegularisation: false };
const CLASS_IMAGE = { isRegularisation: true };
const captions = ['a sks dog', 'a dog', 'sks dog, sitting'];
const batch = [PICTURE, CLASS_IMAGE, PICTURE];

test('regularisation images weigh prior_loss_weight and are trained towards themselves', () => {
  expect(passRows(job, batch, captions)).toEqual([
    { sample: 0, caption: 'a sks dog', weight: 1, preserved: false },
    { sample: 1, caption: 'a dog', weight: 0.5, preserved: false },
    { sample: 2, caption: 'sks dog, sitting', weight: 1, preserved: false },
  ]);
  expect(hasFrozenTarget(job)).toBe(false);
  expect(rowsAtMost(job)).toBe(4);
});

test('prior_target = "frozen_model" preserves the regularisation images, and no picture', () => {
  const frozen = { ...job, prior_target: 'frozen_model' } as const;
  expect(passRows(frozen, batch, captions).map(({ preserved }) => preserved)).toEqual([false, true, false]);
  expect(hasFrozenTarget(frozen)).toBe(true);
});

test('diff_output_preservation_class adds a copy of each picture, and the mean over all rows counts each picture as before', () => {
  const preserving = { ...job, diff_output_preservation_class: 'dog', trigger_words: 'sks dog' };
  const rows = passRows(preserving, batch, captions);
  const scale = 5 / 3;
  expect(rows).toEqual([
    { sample: 0, caption: 'a sks dog', weight: scale, preserved: false },
    { sample: 1, caption: 'a dog', weight: 0.5 * scale, preserved: false },
    { sample: 2, caption: 'sks dog, sitting', weight: scale, preserved: false },
    { sample: 0, caption: 'a dog', weight: 0.5 * scale, preserved: true },
    { sample: 2, caption: 'dog, sitting', weight: 0.5 * scale, preserved: true },
  ]);
  // A loss of 1 each: (1 + 0.5 + 1) / 3 for the batch, and 0.5 · (1 + 1) / 3 for its copies.
  const mean = rows.reduce((sum, { weight }) => sum + weight, 0) / rows.length;
  expect(mean).toBeCloseTo(2.5 / 3 + 1 / 3, 12);
  expect(hasFrozenTarget(preserving)).toBe(true);
  expect(rowsAtMost(preserving)).toBe(8);
});

test('copies have the numbers of their samples', () => {
  const rows = passRows({ ...job, diff_output_preservation_class: 'dog' }, batch, captions);
  expect([...picked(Float32Array.of(1, 2, 3, 4, 5, 6), rows, 3)]).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 5, 6]);
});
