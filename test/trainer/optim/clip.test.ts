import { expect, test } from 'vitest';
import { clipFactor, gradientNorm } from '../../../trainer/optim/clip.ts';

test('the norm is that of all gradients as one vector', () => {
  expect(gradientNorm([Float32Array.of(2, 3), Float32Array.of(6)])).toBe(7);
  expect(gradientNorm([])).toBe(0);
});

test('the sum of a million small squares does not drown in rounding', () => {
  // In f32 the sum would stop growing at 2^24 times a term.
  expect(gradientNorm([new Float32Array(4_000_000).fill(1)])).toBe(2000);
});

test('gradients above the limit are scaled to it', () => {
  const factor = clipFactor(7, 1);
  // PyTorch's 1e-6 beside the norm of 7 leaves 1.4e-7 of the limit unused; f32 rounds by 6e-8.
  expect(Math.abs(gradientNorm([Float32Array.of(2 * factor, 3 * factor, 6 * factor)]) - 1)).toBeLessThan(3e-7);
});

test('gradients below the limit stay as they are, and a limit of 0 is none', () => {
  expect(clipFactor(0.5, 1)).toBe(1);
  expect(clipFactor(7, 0)).toBe(1);
});

test('a norm that is not finite does not pass as a usable factor', () => {
  expect(clipFactor(NaN, 1)).toBeNaN();
  expect(clipFactor(Infinity, 1)).toBe(0);
});

test('the four sums that are kept side by side leave no element out, whatever the length', () => {
  // 1² + 2² + … + n² = n(n + 1)(2n + 1)/6
  for (let n = 0; n <= 9; n++) {
    const gradient = Float32Array.from({ length: n }, (_, index) => index + 1);
    expect(gradientNorm([gradient])).toBe(Math.sqrt((n * (n + 1) * (2 * n + 1)) / 6));
  }
});
