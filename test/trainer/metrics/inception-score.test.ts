import { expect, test } from 'vitest';
import { inceptionScore } from '../../../trainer/metrics/inception-score.ts';

const certain = (label: number, classes: number): Float32Array =>
  Float32Array.from({ length: classes }, (_, index) => (index === label ? 100 : 0));

test('pictures that are clearly of each class once score the number of classes', () => {
  const logits = Array.from({ length: 5 }, (_, label) => certain(label, 5));
  expect(inceptionScore(logits, 1)).toMatchObject({ deviation: 0, splits: 1 });
  expect(inceptionScore(logits, 1).mean).toBeCloseTo(5, 10);
});

test('pictures of one class, or of none, score 1', () => {
  expect(inceptionScore([certain(2, 4), certain(2, 4)], 1).mean).toBeCloseTo(1, 12);
  expect(inceptionScore([new Float32Array(4), new Float32Array(4)], 1).mean).toBeCloseTo(1, 12);
});

test('each split is scored by itself', () => {
  const logits = [certain(0, 3), certain(1, 3), certain(2, 3), certain(2, 3)];
  const score = inceptionScore(logits, 2);
  // The first half is of two classes, the second of one.
  expect(score.mean).toBeCloseTo(1.5, 10);
  expect(score.deviation).toBeCloseTo(0.5, 10);
});

test('certainty beyond what a number holds is no NaN', () => {
  const sure = (label: number): Float32Array =>
    Float32Array.from({ length: 2 }, (_, i) => (i === label ? 5000 : -5000));
  expect(inceptionScore([sure(0), sure(1)], 1).mean).toBeCloseTo(2, 10);
});
