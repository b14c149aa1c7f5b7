import { expect, test } from 'vitest';
import type { Picture } from '../../../../trainer/base/ports.ts';
import { contactSheet, PAGE } from '../../../../trainer/train/evaluation/contact-sheet.ts';
import { drawText, wrapText } from '../../../../trainer/train/evaluation/lettering.ts';
import { sheetFiles } from '../../../../trainer/train/evaluation/sheet-files.ts';
import { memoryFiles } from '../../../support/memory-files.ts';

const plain = (width: number, height: number, value: number): Picture => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(value),
});

/** Rows of a picture, ink as "#". */
function drawn({ width, height, data }: Picture): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => (data[3 * (y * width + x)] === 255 ? '.' : '#')).join(''),
  );
}

test('letters are drawn in pixels, capitals as small ones, unknown ones as boxes', () => {
  const canvas = plain(17, 7, 255);
  drawText(canvas, 'aL语', 0, 0);
  expect(drawn(canvas)).toEqual([
    '.......##...#####',
    '........#...#...#',
    '.###....#...#...#',
    '....#...#...#...#',
    '.####...#...#...#',
    '#...#...#...#...#',
    '.####..###..#####',
  ]);
});

test('text that leaves the canvas is cut off', () => {
  const canvas = plain(3, 3, 255);
  drawText(canvas, 'll', -2, 1);
  expect(drawn(canvas)).toEqual(['...', '#..', '#..']);
});

test('lines break between words, and what does not fit ends in dots', () => {
  // Ten letters of six pixels, the last without its gap.
  expect(wrapText('a cat and a dog', 59, 3)).toEqual(['a cat and', 'a dog']);
  expect(wrapText('a cat and a dog and a fish', 59, 2)).toEqual(['a cat and', 'a dog a...']);
  expect(wrapText('incomprehensibilities', 59, 2)).toEqual(['incompr...']);
});

test('a sheet shows the pictures of each prompt side by side, scaled down to 128 pixels', () => {
  const entry = { pictures: [plain(256, 128, 0), plain(256, 128, 100)], caption: 'a cat', remark: 'seed 1' };
  const sheet = contactSheet([entry]);
  // 8 around; two pictures of 128 x 64 with 3 between; three lines of 9 below.
  expect([sheet.width, sheet.height]).toEqual([8 + 259 + 8, 8 + 64 + 3 + 27 + 8]);
  const at = (x: number, y: number): number | undefined => sheet.data[3 * (y * sheet.width + x)];
  expect([at(8, 8), at(135, 71), at(136, 8), at(139, 8), at(266, 71), at(267, 8)]).toEqual([0, 0, 255, 100, 100, 255]);
});

test('pages are written as they are full, and the last when all is drawn', async () => {
  const files = memoryFiles({});
  const pictures = { encodePng: (picture: Picture) => Promise.resolve(Uint8Array.of(picture.width & 255)) };
  const book = sheetFiles({ files, pictures, folder: '/out', name: 'sheet', entries: PAGE + 1 });
  const entry = { pictures: [plain(8, 8, 0)], caption: 'a cat', remark: 'seed 1' };
  for (let index = 0; index < PAGE; index++) expect(await book.add(entry)).toBe('/out/sheet-01.png');
  expect([...files.contents.keys()]).toEqual(['/out/sheet-01.png']);
  expect(await book.add(entry)).toBe('/out/sheet-02.png');
  expect(await book.finish()).toEqual(['/out/sheet-01.png', '/out/sheet-02.png']);
});
