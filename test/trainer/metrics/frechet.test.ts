import { expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { frechetDistance } from '../../../trainer/metrics/frechet.ts';

const draw = (count: number, size: number, seed: number): Float32Array[] => {
  const generator = createGenerator(seed);
  return Array.from({ length: count }, () => generator.normals(size));
};

test('a shift alone counts as its square', () => {
  const set = draw(50, 6, 1);
  const shifted = set.map((feature) => feature.map((value) => value + 3));
  // Six features moved by 3; the features are f32, so their differences are off by 1e-7.
  expect(frechetDistance(set, shifted)).toBeCloseTo(6 * 9, 4);
});

test('a stretch alone counts as the square of what the deviations grew by', () => {
  const set = draw(50, 1, 2);
  const mean = set.reduce((sum, [value = 0]) => sum + value / 50, 0);
  const variance = set.reduce((sum, [value = 0]) => sum + (value - mean) ** 2 / 49, 0);
  const stretched = set.map((feature) => feature.map((value) => mean + 3 * (value - mean)));
  expect(frechetDistance(set, stretched)).toBeCloseTo(4 * variance, 4);
});

test('a set is at no distance from itself, nor from itself in another order, however few or many there are', () => {
  for (const count of [2, 5, 40]) {
    const set = draw(count, 10, 3);
    // Rounding: 1e-16 of a trace of 10, some times.
    expect(frechetDistance(set, set.toReversed())).toBeLessThan(1e-12);
  }
});

test('the distance is the same both ways, and whether or not a set is larger than its features are', () => {
  const [few, many] = [draw(7, 12, 4), draw(100, 12, 5)];
  const distance = frechetDistance(few, many);
  expect(frechetDistance(many, few)).toBeCloseTo(distance, 10);
  expect(distance).toBeGreaterThan(1);
});
