import { expect, test } from 'vitest';
import { editDistance, nearestNames } from '../../../trainer/base/nearest-name.ts';

test('a swap of neighbours, an insertion, a deletion and a replacement each count as one edit', () => {
  expect(editDistance('netwrok', 'network')).toBe(1);
  expect(editDistance('seeed', 'seed')).toBe(1);
  expect(editDistance('sed', 'seed')).toBe(1);
  expect(editDistance('sead', 'seed')).toBe(1);
  // kitten -> sitten -> sittin -> sitting, the textbook example.
  expect(editDistance('kitten', 'sitting')).toBe(3);
});

test('the nearest names come best first, whatever their case, and none that is far off', () => {
  expect(nearestNames('adamw', ['AdamW', 'Lion', 'Adam'], 2)).toEqual(['AdamW', 'Adam']);
  expect(nearestNames('xyzzy', ['AdamW', 'Lion'])).toEqual([]);
});

test('a name of a megabyte is answered at once', () => {
  expect(nearestNames('x'.repeat(1 << 20), ['network_dim'])).toEqual([]);
});
