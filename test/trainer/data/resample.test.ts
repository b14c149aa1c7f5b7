import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Picture } from '../../../trainer/base/ports.ts';
import { cropPicture, resizePicture } from '../../../trainer/data/resample.ts';

interface Case {
  method: string;
  size: [number, number];
  to: [number, number];
  source: string;
  result: string;
}
const golden = JSON.parse(
  readFileSync(new URL('../../golden/data/resample/resample.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

describe('resizing', () => {
  for (const { method, size, to, source, result } of golden.cases) {
    const library = method === 'area' ? 'OpenCV' : 'Pillow';
    test(`from ${size.join('x')} to ${to.join('x')} by ${method} equals ${library}`, () => {
      const picture = { width: size[0], height: size[1], data: bytes(source) };
      const found = resizePicture(picture, { width: to[0], height: to[1] });
      const expected = bytes(result);
      expect(found.data.length).toBe(expected.length);
      const off = found.data.map((value, i) => Math.abs(value - (expected[i] ?? 0)));
      // Both libraries round in fixed point or f32 where we use f64: one level, and that seldom.
      expect(Math.max(...off)).toBeLessThanOrEqual(1);
      expect(off.filter((value) => value > 0).length / off.length).toBeLessThan(0.02);
    });
  }

  test('keeps one colour to the bit, whatever the sizes', () => {
    const grey: Picture = { width: 31, height: 17, data: new Uint8Array(31 * 17 * 3).fill(200) };
    for (const to of [
      { width: 13, height: 5 },
      { width: 100, height: 90 },
      { width: 31, height: 3 },
      { width: 1, height: 1 },
    ]) {
      expect(new Set(resizePicture(grey, to).data)).toEqual(new Set([200]));
    }
  });

  test('gives back the very picture when the size is right already', () => {
    const picture: Picture = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(resizePicture(picture, { width: 2, height: 1 })).toBe(picture);
  });
});

// Pixels 1 to 6 in two rows of three; each byte of a pixel is the pixel's number.
const six: Picture = { width: 3, height: 2, data: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((n) => [n, n, n])) };
const numbers = (picture: Picture): number[] => [...picture.data].filter((_, i) => i % 3 === 0);

test('a crop is cut where it says', () => {
  expect(numbers(cropPicture(six, { left: 1, top: 0, width: 2, height: 2 }))).toEqual([2, 3, 5, 6]);
  expect(() => cropPicture(six, { left: 2, top: 0, width: 2, height: 2 })).toThrow(/reaches outside/);
});
