import { expect, test } from 'vitest';
import type { Described } from '../../../scripts/demo/measure.ts';
import { effectOf, spread } from '../../../scripts/experiment/measure.ts';
import { markdownTable } from '../../../scripts/experiment/report.ts';

/** A picture whose numbers are all the same: the distance of two is the difference of these. */
const plain = (value: number): Described => ({
  picture: { width: 1, height: 1, data: new Uint8Array(3) },
  pixels: new Float32Array(4).fill(value),
  latents: new Float32Array(2).fill(2 * value),
});
const all = (...values: readonly number[]): readonly Described[] => values.map(plain);

const BASE = { subject: all(0.75, 1), kind: all(0.5, 0.75, 1) };
const PICTURES = all(0, 0.25);

test('an untrained model has drifted nowhere', () => {
  expect(effectOf(BASE, BASE, PICTURES, 'pixels')).toEqual({
    // 0.75 and 1 are nearest to 0.25; so are 0.5, 0.75 and 1. Pairs of the class are 0.25, 0.5 and 0.25 apart.
    subjectDistance: (0.5 + 0.75) / 2,
    classDrift: 0,
    classDistance: (0.25 + 0.5 + 0.75) / 3,
    classDiversity: (0.25 + 0.5 + 0.25) / 3,
  });
});

test('a class that became the subject has drifted, is near to it, and is all alike', () => {
  const samples = { subject: all(0.25, 0.25), kind: all(0.25, 0.25, 0.25) };
  expect(effectOf(samples, BASE, PICTURES, 'latents')).toEqual({
    subjectDistance: 0,
    classDrift: 2 * ((0.25 + 0.5 + 0.75) / 3),
    classDistance: 0,
    classDiversity: 0,
  });
});

test('the table has a row for each arm, with the mean of its seeds and how far they lie from it', () => {
  expect(spread([1, 4, 2])).toBe(1.5);
  const effect = (classDrift: number) => {
    const numbers = { subjectDistance: 1, classDrift, classDistance: 2, classDiversity: 3 };
    return { pixels: numbers, latents: numbers };
  };
  const table = markdownTable([
    { arm: 'untrained model', effects: [effect(0)] },
    { arm: 'class images', effects: [effect(0.25), effect(0.75)] },
  ]);
  expect(table.split('\n').slice(0, 4)).toEqual([
    '| in pixels | subject to its pictures | class drift | class to subject | class diversity |',
    '| --- | --- | --- | --- | --- |',
    '| untrained model | 1.000 | 0.000 | 2.000 | 3.000 |',
    '| class images | 1.000 ± 0.000 | 0.500 ± 0.250 | 2.000 ± 0.000 | 3.000 ± 0.000 |',
  ]);
  expect(table).toContain('| in latents |');
});
