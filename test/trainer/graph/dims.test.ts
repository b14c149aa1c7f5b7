import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countElements,
  divide,
  equalDims,
  equalShapes,
  evaluateDim,
  evaluateShape,
  multiply,
  showDim,
  showShape,
  symbol,
  symbolsOf,
  type Dim,
} from '../../../trainer/graph/dims.ts';

const [B, h, w] = [symbol('B'), symbol('h'), symbol('w')];

describe('texts', () => {
  test.each<readonly [Dim, string]>([
    [4, '4'],
    [h, 'h'],
    [multiply(8, h), '8*h'],
    [multiply(w, B, h), 'B*h*w'],
    [multiply(h, h), 'h^2'],
    [divide(h, 2), 'h/2'],
    [divide(multiply(3, h, w), 4), '3*h*w/4'],
    [multiply(divide(h, 2), 2), 'h'],
    [divide(multiply(h, w), h), 'w'],
  ])('%o reads %s', (dim, text) => {
    expect(showDim(dim)).toBe(text);
  });

  test('a shape is its dimensions in brackets', () => {
    expect(showShape([B, 4, divide(h, 2)])).toBe('[B, 4, h/2]');
    expect(showShape([])).toBe('[]');
  });
});

/** Products and quotients of small numbers and three symbols, with the number that they stand for. */
const BINDINGS = { B: 7, h: 16, w: 24 };
const factor = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(B, h, w));

test('multiplying dimensions and then binding is binding and then multiplying', () => {
  fc.assert(
    fc.property(fc.array(factor, { maxLength: 6 }), (factors) => {
      const product = factors.reduce<number>((total, dim) => total * evaluateDim(dim, BINDINGS), 1);
      expect(evaluateDim(multiply(...factors), BINDINGS)).toBe(product);
    }),
  );
});

test('a product has one form, whatever the order of its factors, and division takes a factor out again', () => {
  fc.assert(
    fc.property(fc.array(factor, { minLength: 1, maxLength: 6 }), (factors) => {
      expect(showDim(multiply(...factors.toReversed()))).toBe(showDim(multiply(...factors)));
      const [first, ...rest] = factors;
      expect(equalDims(divide(multiply(...factors), first ?? 1), multiply(...rest))).toBe(true);
    }),
  );
});

test('equal means the same text, and shapes also the same rank', () => {
  expect(equalDims(multiply(h, w), multiply(w, h))).toBe(true);
  expect(equalDims(h, w)).toBe(false);
  expect(equalShapes([B, h], [B, h, 1])).toBe(false);
  expect(equalShapes([B, divide(multiply(2, h), 2)], [B, h])).toBe(true);
});

test('elements and symbols of a shape', () => {
  expect(showDim(countElements([B, 4, h, w]))).toBe('4*B*h*w');
  expect(countElements([])).toBe(1);
  expect(symbolsOf([multiply(h, w), 4, h])).toEqual(['h', 'w']);
});

describe('what cannot be is said with the dimension', () => {
  test.each<readonly [string, () => unknown, string]>([
    ['a quotient of numbers that is not whole', () => divide(6, 4), '6 is not divisible by 4'],
    ['a division by zero', () => divide(h, 0), 'division of a dimension by zero'],
    ['a fraction as a dimension', () => multiply(1.5, h), 'a dimension must be a whole number, not 1.5'],
    ['a negative dimension', () => multiply(-1, h), 'a dimension must be a whole number, not -1'],
    ['a symbol without a value', () => evaluateDim(multiply(8, h), {}), 'the symbol h of 8*h has no value'],
    [
      'a bound quotient that is not whole',
      () => evaluateShape([divide(h, 2)], { h: 5 }),
      'h/2 is 2.5, not a whole number',
    ],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
