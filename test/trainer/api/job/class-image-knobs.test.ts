import { expect, test } from 'vitest';
import { classImageCount } from '../../../../trainer/api/job/index.ts';

test.each([
  ['200', { kind: 'count', count: 200 }],
  [' 1 ', { kind: 'count', count: 1 }],
  ['100000', { kind: 'count', count: 100_000 }],
  ['200 per image', { kind: 'per image', count: 200 }],
  [' 3  Per Image ', { kind: 'per image', count: 3 }],
  ['as used', { kind: 'as used' }],
  ['As Used ', { kind: 'as used' }],
])('%j says how many class images there are to be', (text, count) => {
  expect(classImageCount(text)).toEqual(count);
});

test.each(['', '0', '-3', '1.5', '100001', '0 per image', '100001 per image', 'per image', '200 per', 'all', '2e3'])(
  '%j is no number of class images',
  (text) => {
    expect(classImageCount(text)).toBeUndefined();
  },
);
