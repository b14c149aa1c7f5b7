import { expect, test } from 'vitest';
import { erf } from '../../../../trainer/exec/reference/erf.ts';

/** Python 3.11, `math.erf`. */
const EXPECTED = [
  [1e-300, 1.1283791670955126e-300],
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [0.9, 0.7969082124228322],
  [1.0, 0.8427007929497149],
  [1.5, 0.9661051464753108],
  [2.0, 0.9953222650189527],
  [2.5, 0.999593047982555],
  [2.99, 0.9999764743969194],
  [3.0, 0.9999779095030014],
  [3.5, 0.9999992569016276],
  [4.0, 0.9999999845827421],
  [5.0, 0.9999999999984626],
  [5.9, 0.9999999999999999],
  [7.0, 1.0],
  [30.0, 1.0],
] as const;

// exp(-x²) alone costs x² half units in the last place: 3e-16 at 2.5.
test('erf agrees with the C library to 1e-15 of its value, on both sides of the switch at 3', () => {
  for (const [x, expected] of EXPECTED) {
    expect(Math.abs(erf(x) - expected) / expected, `erf(${x})`).toBeLessThanOrEqual(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  }
});

test('erf keeps zero, infinity and NaN', () => {
  expect(erf(0)).toBe(0);
  expect(erf(Infinity)).toBe(1);
  expect(erf(NaN)).toBeNaN();
});
