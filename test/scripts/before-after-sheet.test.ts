import { expect, test } from 'vitest';
import { sheetOf } from '../../scripts/before-after-sheet.ts';
import type { Picture } from '../../trainer/base/ports.ts';

const plain = (value: number): Picture => ({ width: 4, height: 2, data: new Uint8Array(3 * 4 * 2).fill(value) });

test('pictures stand in rows and columns, with white around them', () => {
  const { width, height, data } = sheetOf([
    [plain(1), plain(2), plain(3)],
    [plain(4), plain(5), plain(6)],
  ]);
  // Three columns of 4 pixels and two rows of 2, with gaps of 8 at each side and between.
  expect([width, height]).toEqual([3 * 12 + 8, 2 * 10 + 8]);
  const at = (x: number, y: number): number | undefined => data[3 * (y * width + x)];
  expect([at(0, 0), at(7, 8), at(8, 7), at(12, 8)]).toEqual([255, 255, 255, 255]);
  expect([at(8, 8), at(11, 9), at(20, 8), at(32, 8)]).toEqual([1, 1, 2, 3]);
  expect([at(8, 18), at(35, 19)]).toEqual([4, 6]);
});
