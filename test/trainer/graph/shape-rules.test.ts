import { describe, expect, test } from 'vitest';
import { divide, evaluateShape, multiply, showShape, symbol, type Shape } from '../../../trainer/graph/dims.ts';
import type { ConvolutionAttributes } from '../../../trainer/graph/ops.ts';
import { broadcastShapes, SHAPE_RULES } from '../../../trainer/graph/shape-rules.ts';
import { evaluate } from '../../../trainer/exec/reference/index.ts';
import { fromTensor } from '../../../trainer/exec/reference/doubles.ts';
import { must } from '../../../trainer/base/errors.ts';
import { SAMPLES } from '../../samples/ops.ts';
import { buildSample, drawFeeds, eachSample, outputsGraph } from '../../samples/sample.ts';

const [B, h, w, S] = [symbol('B'), symbol('h'), symbol('w'), symbol('S')];

const convolution = (x: Shape, kernel: Shape, attributes: ConvolutionAttributes): string =>
  SHAPE_RULES.conv2d([x, kernel], attributes).map(showShape).join();

describe('convolutions', () => {
  test('numbers follow floor((side + pads - kernel) / stride) + 1', () => {
    const attributes = { stride: 2, pads: [0, 0, 1, 1] } as const;
    expect(convolution([1, 3, 7, 8], [5, 3, 3, 3], attributes)).toBe('[1, 5, 3, 4]');
  });

  test('symbolic sides stay, or are halved where stride and pads halve exactly', () => {
    const halved = '[B, 5, h/2, w/2]';
    expect(convolution([B, 3, h, w], [5, 3, 3, 3], { stride: 1, pads: [1, 1, 1, 1] })).toBe('[B, 5, h, w]');
    expect(convolution([B, 3, h, w], [5, 3, 3, 3], { stride: 2, pads: [1, 1, 1, 1] })).toBe(halved);
    expect(convolution([B, 3, h, w], [5, 3, 3, 3], { stride: 2, pads: [0, 0, 1, 1] })).toBe(halved);
  });

  test.each([6, 8, 10])('the halved symbol is what the formula gives for %i', (side) => {
    for (const pads of [
      [1, 1, 1, 1],
      [0, 0, 1, 1],
    ] as const) {
      const attributes = { stride: 2, pads };
      const [symbolic] = SHAPE_RULES.conv2d([[1, 1, h, h], [1, 1, 3, 3]], attributes); // prettier-ignore
      const [numeric] = SHAPE_RULES.conv2d([[1, 1, side, side], [1, 1, 3, 3]], attributes); // prettier-ignore
      expect(evaluateShape(symbolic ?? [], { h: side })).toEqual(numeric);
    }
  });

  test('a symbolic side that would lose a margin is refused', () => {
    expect(() => convolution([B, 3, h, w], [5, 3, 3, 3], { stride: 1, pads: [0, 0, 0, 0] })).toThrow(
      'a kernel of 3 with pads 0, 0, 0, 0 and stride 1 does not divide h evenly',
    );
  });
});

test('broadcasting repeats axes of size 1 and missing leading axes, and no others', () => {
  expect(showShape(broadcastShapes([B, 1, h], [4, 1]))).toBe('[B, 4, h]');
  expect(() => broadcastShapes([B, 4], [h, 4])).toThrow('[B, 4] and [h, 4] cannot be broadcast');
});

describe('what does not fit is said', () => {
  test.each<readonly [string, () => unknown, string]>([
    ['a linear layer', () => SHAPE_RULES.linear([[B, S, 3], [4, 5]], {}), 'the input has 3 features, the weight takes 5'], // prettier-ignore
    ['its bias', () => SHAPE_RULES.linear([[2, 5], [4, 5], [5]], {}), 'the bias must be [4], not [5]'], // prettier-ignore
    ['a product', () => SHAPE_RULES.matmul([[2, 3], [4, 5]], { transposeA: false, transposeB: false }), 'the inner sizes 3 and 4 differ'], // prettier-ignore
    [
      'a reshape',
      () => SHAPE_RULES.reshape([[B, h, w]], { shape: [B, h] }),
      '[B, h, w] has B*h*w elements, [B, h] has B*h',
    ],
    [
      'a transpose',
      () => SHAPE_RULES.transpose([[2, 3]], { permutation: [0, 0] }),
      '[0, 0] does not permute the axes of [2, 3]',
    ],
    ['a concat', () => SHAPE_RULES.concat([[2, 3], [4, 3]], { axis: 1 }), '[4, 3] and [2, 3] differ in an axis other than 1'], // prettier-ignore
    [
      'a symbolic concat',
      () => SHAPE_RULES.concat([[2, h]], { axis: 1 }),
      'axis 1 of [2, h] must be a number to be joined',
    ],
    ['a slice', () => SHAPE_RULES.slice([[2, 3]], { axis: 1, start: 2, size: 2 }), '2 + 2 is beyond axis 1 of [2, 3]'],
    ['an expand', () => SHAPE_RULES.expand([[2, 3]], { shape: [2, 4] }), '[2, 3] and [2, 4] cannot be broadcast'],
    ['attention heads', () => SHAPE_RULES.attention([[2, S, 6], [2, 7, 6], [2, 7, 6]], { heads: 4, scale: 1, causal: false }), '6 channels cannot be split into 4 heads'], // prettier-ignore
    ['a sum pool of an odd side', () => SHAPE_RULES.sumPool([[1, 1, 3, 4]], {}), '3 is not divisible by 2'],
    ['an axis that is not there', () => SHAPE_RULES.reduceSum([[2, 3]], { axes: [2] }), '[2, 3] has no axis 2'],
  ])('%s', (_, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});

test('every op computes as many elements as its rule says, on every sample', () => {
  eachSample(SAMPLES, (op, sample) => {
    const graph = outputsGraph(buildSample(op, sample));
    const drawn = drawFeeds(op, sample);
    const feeds = Object.fromEntries(Object.entries(drawn).map(([name, tensor]) => [name, fromTensor(tensor)]));
    for (const [name, { shape, data }] of evaluate(graph, feeds)) {
      const expected = evaluateShape(must(graph.outputs.get(name), name).shape, sample.bindings ?? {});
      expect(shape).toEqual(expected);
      expect(data.length).toBe(expected.reduce((product, side) => product * side, 1));
    }
  });
});

test('a product of symbolic sizes reshapes into its factors', () => {
  expect(SHAPE_RULES.reshape([[B, multiply(h, w), 4]], { shape: [B, h, w, 4] })).toEqual([[B, h, w, 4]]);
  expect(SHAPE_RULES.upsampleNearest([[B, 4, divide(h, 2), 3]], {})).toEqual([[B, 4, h, 6]]);
});
