import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { nearest, retrieval, rootMeanSquare, seedVariety } from '../../../trainer/metrics/neighbours.ts';

const points = (...values: readonly number[]): Float32Array[] => values.map((value) => Float32Array.of(value, 0));

describe('nearest', () => {
  test('gives the nearest first, with squared distances, the earlier of equals before the later', () => {
    const found = nearest(Float32Array.of(0, 0), points(3, -1, 1, 9), 3);
    expect(found).toEqual([
      { index: 1, distance: 1 },
      { index: 2, distance: 1 },
      { index: 0, distance: 9 },
    ]);
  });

  test('gives all where there are fewer', () => {
    expect(nearest(Float32Array.of(0, 0), points(3), 5)).toEqual([{ index: 0, distance: 9 }]);
  });

  test('finds what sorting all distances finds, though most are not summed to their end', () => {
    const generator = createGenerator(1);
    const candidates = Array.from({ length: 60 }, () => generator.normals(300));
    const query = generator.normals(300);
    const sorted = candidates
      .map((candidate, index) => ({ index, distance: rootMeanSquare(query, candidate) ** 2 * 300 }))
      .sort((a, b) => a.distance - b.distance);
    expect(nearest(query, candidates, 5).map(({ index }) => index)).toEqual(
      sorted.slice(0, 5).map(({ index }) => index),
    );
  });
});

test('retrieval is the share of queries that find their label first, and among the first five', () => {
  const candidates = points(0, 1, 2, 3, 4, 5, 6);
  const labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const wanted = ['a', 'e', 'g', 'b'];
  const queries = points(0, 0, 0, 1.1);
  const found = queries.map((query) => nearest(query, candidates, 5));
  // "e" is the fifth from 0, "g" the seventh.
  expect(retrieval(found, (query, candidate) => labels[candidate] === wanted[query])).toEqual({
    top1: 0.5,
    top5: 0.75,
  });
});

describe('seed variety', () => {
  test('is 0 where all seeds of a prompt give the same', () => {
    expect(seedVariety([points(1, 1), points(5, 5)])).toBe(0);
  });

  test('is 1 where seeds lie as far apart as prompts do', () => {
    expect(seedVariety([points(0, 1), points(1, 0)])).toBe(1);
  });

  test('is the mean distance within over the mean distance between', () => {
    // 1 and 3 within; 10 between.
    expect(seedVariety([points(0, 1), points(10, 13)])).toBeCloseTo(0.2, 12);
  });

  test('is nothing where there is nothing to compare', () => {
    expect(seedVariety([points(0), points(1)])).toBeUndefined();
    expect(seedVariety([points(0, 1)])).toBeUndefined();
    expect(seedVariety([points(2, 2), points(2, 2)])).toBeUndefined();
  });
});
