import { expect, test } from 'vitest';
import { sheetOf } from '../../../scripts/demo/sheet.ts';
import type { Picture } from '../../../trainer/base/ports.ts';

const plain = (value: number): Picture => ({ width: 16, height: 16, data: new Uint8Array(3 * 16 * 16).fill(value) });

test('rows stand below each other with a line above each, the second group of columns apart, words below', () => {
  const { width, height, data } = sheetOf({
    rows: [
      { title: 'a', pictures: [plain(1), plain(2), plain(3)] },
      { title: 'b', pictures: [plain(4), plain(5)] },
    ],
    words: ['x', 'y', 'z'],
    side: 16,
    secondGroup: 2,
  });
  // Margins of 8, gaps of 4 and, before the second group, of 20; a line of 9 above each row of 16, 8 below it; three lines of words.
  expect([width, height]).toEqual([8 + 16 + 4 + 16 + 20 + 16 + 8, 8 + 2 * (9 + 16 + 8) + 3 * 9 + 8]);
  const at = (x: number, y: number): number | undefined => data[3 * (y * width + x)];
  expect([at(8, 17), at(23, 32), at(28, 17), at(64, 17), at(79, 32)]).toEqual([1, 1, 2, 3, 3]);
  expect([at(8, 50), at(28, 50), at(64, 50)]).toEqual([4, 5, 255]);
  expect([at(7, 17), at(24, 17), at(8, 16), at(8, 33), at(63, 17), at(80, 17)]).toEqual(Array(6).fill(255));
  const inked = (left: number, top: number): boolean =>
    Array.from({ length: 5 * 7 }, (_, i) => at(left + (i % 5), top + Math.floor(i / 5))).some((value) => value !== 255);
  // A title above each row, a word below each column.
  expect([inked(8, 8), inked(8, 41), inked(8, 74), inked(28, 74), inked(64, 74), inked(64, 41)]).toEqual([
    ...[true, true, true, true, true],
    false,
  ]);
});
