import { expect, test } from 'vitest';
import { clipFactor, clipGradients, gradientNorm } from '../../../trainer/optim/clip.ts';

test('the norm is that of all gradients as one vector', () => {
  expect(gradientNorm([Float32Array.of(2, 3), Float32Array.of(6)])).toBe(7);
  expect(gradientNorm([])).toBe(0);
});

test('the sum of a million small squares does not drown in rounding', () => {
  // In f32 the sum would stop growing at 2^24 times a term.
  expect(gradientNorm([new Float32Array(4_000_000).fill(1)])).toBe(2000);
});

test('gradients above the limit are scaled to it, and their norm before that is returned', () => {
  const gradients = [Float32Array.of(2, 3), Float32Array.of(6)];
  expect(clipGradients(gradients, 1)).toBe(7);
  // PyTorch's 1e-6 beside the norm of 7 leaves 1.4e-7 of the limit unused; f32 rounds by 6e-8.
  expect(Math.abs(gradientNorm(gradients) - 1)).toBeLessThan(3e-7);
});

test('gradients below the limit stay as they are, and a limit of 0 is none', () => {
  const gradients = [Float32Array.of(0.3, 0.4)];
  expect(clipGradients(gradients, 1)).toBeCloseTo(0.5, 7);
  expect(clipGradients(gradients, 0)).toBeCloseTo(0.5, 7);
  expect(gradients).toEqual([Float32Array.of(0.3, 0.4)]);
});

test('a norm that is not finite does not pass as a usable factor', () => {
  expect(clipFactor(NaN, 1)).toBeNaN();
  expect(clipFactor(Infinity, 1)).toBe(0);
});
