import { describe, expect, test } from 'vitest';
import { downsample, firstAtLeast } from '../../../renderer/charts/downsample.ts';

const rising = (count: number): Float64Array => Float64Array.from({ length: count }, (_, index) => index);

describe('downsample', () => {
  test('few enough points are all kept', () => {
    expect([...downsample([0, 1, 2], [5, 6, 7], 10)]).toEqual([0, 1, 2]);
  });

  test('keeps the first and the last point, in order, and as many as wanted', () => {
    const kept = [...downsample(rising(1000), rising(1000), 50)];
    expect(kept).toHaveLength(50);
    expect([kept[0], kept.at(-1)]).toEqual([0, 999]);
    expect([...kept].sort((one, other) => one - other)).toEqual(kept);
    expect(new Set(kept).size).toBe(50);
  });

  test('a single spike among 100,000 equal values survives', () => {
    const y = new Float64Array(100_000);
    y[61_803] = 1;
    expect([...downsample(rising(100_000), y, 300)]).toContain(61_803);
  });

  test('takes the point with the largest triangle of each bucket', () => {
    // Buckets of 5 points with 2 between the ends wanted: [1], [2, 3]. Against the mean of the next bucket (2.5, 0) and the
    // point before (0, 0) only height counts: 1 has none to compete with; of 2 and 3 the height 3 wins.
    expect([...downsample([0, 1, 2, 3, 4], [0, 1, 0.5, 3, 0], 4)]).toEqual([0, 1, 3, 4]);
  });

  test('looks at the asked part only', () => {
    const kept = [...downsample(rising(1000), rising(1000), 20, 100, 200)];
    expect([Math.min(...kept), Math.max(...kept)]).toEqual([100, 199]);
  });

  test('values that are no numbers do not break it', () => {
    const y = rising(100).map((value) => (value % 3 === 0 ? Number.NaN : value));
    expect(downsample(rising(100), y, 10)).toHaveLength(10);
  });
});

test('firstAtLeast finds the place of a step that is not there', () => {
  expect(firstAtLeast([10, 20, 30], 15)).toBe(1);
  expect(firstAtLeast([10, 20, 30], 31)).toBe(3);
  expect(firstAtLeast([10, 20, 30, 0, 0], 25, 3)).toBe(2);
});
