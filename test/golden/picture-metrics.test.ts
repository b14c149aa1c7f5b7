/**
 * Fréchet distance and inception score against their definitions in NumPy and SciPy.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { frechetDistance } from '../../trainer/metrics/frechet.ts';
import { inceptionScore } from '../../trainer/metrics/inception-score.ts';
import { goldenTensors } from './math-goldens.ts';

interface Expected {
  readonly frechet: Readonly<Record<'a_b' | 'a_a' | 'a_few', number>>;
  readonly inception: Readonly<Record<'splits_1' | 'splits_10', { readonly mean: number; readonly std: number }>>;
}

const path = new URL('./full/metrics.json', import.meta.url);
const expected = JSON.parse(readFileSync(path, 'utf8')) as Expected;
const tensors = goldenTensors('../full/metrics.safetensors');

function rowsOf(name: string, size: number): Float32Array[] {
  const data = must(tensors.get(name), name);
  return Array.from({ length: data.length / size }, (_, row) => data.subarray(row * size, (row + 1) * size));
}

const [a, b, few] = ['a', 'b', 'few'].map((name) => rowsOf(name, 24)) as [
  Float32Array[],
  Float32Array[],
  Float32Array[],
];

describe('Fréchet distance', () => {
  // Both sides compute in f64; SciPy's root of a matrix loses about half of the digits where it is singular (few).
  test('of two sets', () => expect(frechetDistance(a, b)).toBeCloseTo(expected.frechet.a_b, 9));
  test('of a set and itself', () => expect(frechetDistance(a, a)).toBeCloseTo(expected.frechet.a_a, 9));
  test('of a set and one of fewer rows than features', () =>
    expect(Math.abs(frechetDistance(a, few) - expected.frechet.a_few)).toBeLessThan(1e-5));
});

describe('inception score', () => {
  const logits = rowsOf('logits', 17);
  test.each([1, 10] as const)('in %i splits', (splits) => {
    const score = inceptionScore(logits, splits);
    expect(score.mean).toBeCloseTo(expected.inception[`splits_${splits}`].mean, 6);
    expect(score.deviation).toBeCloseTo(expected.inception[`splits_${splits}`].std, 6);
  });
});
