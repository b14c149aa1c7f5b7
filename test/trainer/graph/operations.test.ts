import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../trainer/graph/autodiff/index.ts';
import { createBuilder, type Builder } from '../../../trainer/graph/builder.ts';
import { symbol } from '../../../trainer/graph/dims.ts';
import type { Value } from '../../../trainer/graph/graph.ts';
import { countOperations, nodeOperations } from '../../../trainer/graph/operations.ts';

const sum = (g: Builder, x: Value): Value => g.reshape(g.reduceSum(x, [...x.shape.keys()]), []);

describe('operations', () => {
  test('a linear layer is 2·N·in·out, and one more per output for its bias', () => {
    const g = createBuilder();
    const x = g.input('x', [symbol('B'), 7, 3]);
    g.linear(x, g.weight('w', [5, 3]));
    g.linear(x, g.weight('w', [5, 3]), g.weight('b', [5]));
    const [plain, biased] = g.finish({}).nodes.map((node) => nodeOperations(node, { B: 2 }));
    expect([plain, biased]).toEqual([2 * 14 * 3 * 5, 2 * 14 * 3 * 5 + 14 * 5]);
  });

  test('a convolution and both of its gradients are the same products', () => {
    const g = createBuilder();
    const x = g.parameter('x', [2, 3, symbol('h'), 6]);
    const w = g.parameter('w', [4, 3, 3, 3]);
    differentiate(g, sum(g, g.conv2d(x, w, undefined, { stride: 2, pads: [0, 0, 1, 1] })), [x, w]);
    const convolutions = g.finish({}).nodes.filter(({ op }) => op.startsWith('conv2d'));
    // 2·3·3 outputs in each of 2·4 planes, each of 3·3·3 products.
    const expected = 2 * (2 * 4 * 3 * 3) * 27;
    expect(convolutions.map((node) => nodeOperations(node, { h: 6 }))).toEqual([expected, expected, expected]);
  });

  test('attention is two products forward and five backward, because the scores are computed again', () => {
    const g = createBuilder();
    const [q, k] = [g.parameter('q', [1, 16, 8]), g.input('k', [1, 4, 8])];
    differentiate(g, sum(g, g.attention(q, k, k, { heads: 2, scale: 1, causal: false })), [q]);
    const attentions = g.finish({}).nodes.filter(({ op }) => op.startsWith('attention'));
    const product = 2 * 16 * 4 * 8;
    const softmax = 5 * 2 * 16 * 4;
    expect(attentions.map((node) => nodeOperations(node, {}))).toEqual([
      2 * product + softmax,
      5 * product + 2 * softmax,
    ]);
  });
});

describe('bytes', () => {
  test('the peak counts values from their node to their last use, and a reshape as its source', () => {
    const g = createBuilder();
    const x = g.input('x', [symbol('B'), 4]);
    const a = g.exp(x);
    const y = g.add(g.neg(g.reshape(a, [4, symbol('B')])), 1);
    const cost = countOperations(g.finish({ y }), { B: 10 });
    // x, and the two of exp, neg and add that live at the same time, 40 elements each.
    expect(cost.peakBytes).toBe(3 * 40 * 4);
    expect(cost.writtenBytes).toBe(3 * 40 * 4);
    expect(cost).toMatchObject({ productOperations: 0, otherOperations: 3 * 40, weightBytes: 0, parameterBytes: 0 });
  });

  test('weights and parameters are counted apart', () => {
    const g = createBuilder();
    const y = g.linear(g.parameter('x', [2, 3]), g.weight('w', [5, 3]));
    expect(countOperations(g.finish({ y }), {})).toMatchObject({
      productOperations: 60,
      weightBytes: 60,
      parameterBytes: 24,
    });
  });
});
