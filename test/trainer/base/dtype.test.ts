import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { narrow, widen } from '../../../trainer/base/dtype.ts';

const halfToFloat = (bits: number): number => widen('F16', new Uint8Array(Uint16Array.of(bits).buffer))[0] ?? NaN;
const floatToHalf = (value: number): number => {
  const [low = 0, high = 0] = narrow('F16', Float32Array.of(value));
  return high * 256 + low;
};

const bitsOf = (bytes: Uint8Array): number[] => [...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)];

/** Every finite half that is not negative, from the definition, in rising order: the index is the bit pattern. */
const HALVES = Array.from({ length: 0x7c00 }, (_, bits) =>
  bits < 1024 ? bits * 2 ** -24 : (1 + (bits & 1023) / 1024) * 2 ** ((bits >> 10) - 15),
);

/** Nearest half by search, ties to the even pattern; 65536 stands for infinity. */
function nearestHalf(value: number): number {
  const values = [...HALVES, 65536];
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle;
  }
  const below = value - (values[low] ?? 0);
  const above = (values[high] ?? 0) - value;
  if (below === above) return low % 2 === 0 ? low : high;
  return below < above ? low : high;
}

describe('half precision', () => {
  test('known patterns of IEEE 754 binary16 read as their values', () => {
    const known: [number, number][] = [
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0001, 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
    ];
    for (const [bits, value] of known) expect(halfToFloat(bits)).toBe(value);
    expect(halfToFloat(0x7e00)).toBeNaN();
    expect(Object.is(halfToFloat(0x8000), -0)).toBe(true);
  });

  test('every half survives the way to f32 and back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToFloat(bits);
      if (!Number.isNaN(value)) expect(floatToHalf(value)).toBe(bits);
    }
    expect(floatToHalf(NaN) & 0x7fff).toBeGreaterThan(0x7c00);
  });

  test('any f32 becomes the nearest half, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ min: 0, max: 70000, noNaN: true }), (value) => {
        const expected = value >= 65536 ? 0x7c00 : nearestHalf(value);
        expect(floatToHalf(value)).toBe(expected);
        expect(floatToHalf(-value)).toBe(expected | 0x8000);
      }),
      { numRuns: 2000 },
    );
  });

  test('the half-way points go to the even neighbour', () => {
    // 2049 lies between 2048 and 2050, 2051 between 2050 and 2052; 2^-25 between 0 and the smallest half.
    expect(halfToFloat(floatToHalf(2049))).toBe(2048);
    expect(halfToFloat(floatToHalf(2051))).toBe(2052);
    expect(floatToHalf(2 ** -25)).toBe(0);
    expect(floatToHalf(2 ** -25 + 2 ** -48)).toBe(1);
    expect(floatToHalf(65519.99)).toBe(0x7bff);
    expect(floatToHalf(65520)).toBe(0x7c00);
  });
});

describe('bfloat16', () => {
  test('keeps the upper half of an f32, rounded to the nearest, ties to even', () => {
    // 1 + 2^-8 is half-way between 1 (0x3f80) and 1 + 2^-7 (0x3f81); 1 + 3 * 2^-8 between 0x3f81 and 0x3f82.
    const values = Float32Array.of(1, -2, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4e38, Infinity);
    expect(bitsOf(narrow('BF16', values))).toEqual([0x3f80, 0xc000, 0x3f80, 0x3f82, 0x7f80, 0x7f80]);
    expect([...widen('BF16', Uint8Array.of(0x80, 0x3f, 0x49, 0x40))]).toEqual([1, 3.140625]);
  });

  test('a NaN stays a NaN, even one with low bits alone', () => {
    const words = Uint32Array.of(0x7f800001, 0xffc00000);
    expect([...widen('BF16', narrow('BF16', new Float32Array(words.buffer)))]).toEqual([NaN, NaN]);
  });
});

test('bytes at any alignment widen to the same numbers', () => {
  const shifted = new Uint8Array(9);
  shifted.set(new Uint8Array(Float64Array.of(0.5).buffer), 1);
  expect([...widen('F64', shifted.subarray(1))]).toEqual([0.5]);
  expect([...widen('I64', new Uint8Array(BigInt64Array.of(-3n).buffer))]).toEqual([-3]);
  expect([...widen('BOOL', Uint8Array.of(1, 0))]).toEqual([1, 0]);
});

test('f32 passes unchanged', () => {
  const values = Float32Array.of(1.1, -0, 3e-42);
  expect([...widen('F32', narrow('F32', values))]).toEqual([...values]);
});
