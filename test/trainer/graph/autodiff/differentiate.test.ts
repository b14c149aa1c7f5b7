import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { evaluate } from '../../../../trainer/exec/reference/index.ts';
import { differentiate } from '../../../../trainer/graph/autodiff/index.ts';
import { createBuilder, type Builder } from '../../../../trainer/graph/builder.ts';
import { symbol } from '../../../../trainer/graph/dims.ts';
import { producer, type Graph, type Value } from '../../../../trainer/graph/graph.ts';

const total = (g: Builder, x: Value): Value =>
  g.reshape(
    g.reduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );

const gradientOps = (graph: Graph): readonly string[] =>
  graph.nodes.filter(({ origin }) => origin.phase === 'gradient').map(({ op }) => op);

describe('pruning', () => {
  test('a frozen weight gets no gradient and costs none', () => {
    const g = createBuilder();
    const x = g.parameter('x', [3, 4]);
    const y = g.linear(x, g.weight('w', [2, 4]), g.weight('b', [2]));
    const [dx] = differentiate(g, total(g, y), [x]);
    // The loss' own reshape and expand, and one product: dx = dy·w.
    expect(gradientOps(g.finish({ dx: must(dx, 'dx') }))).toEqual(['reshape', 'expand', 'matmul']);
  });

  test('what lies before the parameters is not differentiated', () => {
    const g = createBuilder();
    const features = g.silu(g.linear(g.input('x', [3, 4]), g.weight('w', [4, 4])));
    const down = g.parameter('down', [2, 4]);
    const [dDown] = differentiate(g, total(g, g.linear(features, down)), [down]);
    expect(gradientOps(g.finish({ dDown: must(dDown, 'dDown') }))).toEqual(['reshape', 'expand', 'matmul']);
  });

  test('what the loss does not depend on has zeros, also through a step function', () => {
    const g = createBuilder();
    const [x, unused] = [g.parameter('x', [2]), g.parameter('unused', [symbol('N')])];
    const loss = total(g, g.greater(x, 0));
    const [dx, dUnused] = differentiate(g, loss, [x, unused]);
    const outputs = evaluate(g.finish({ dx: must(dx, 'dx'), dUnused: must(dUnused, 'dUnused') }), {
      x: { shape: [2], data: Float64Array.of(1, -1) },
      unused: { shape: [3], data: Float64Array.of(1, 2, 3) },
    });
    expect(outputs.get('dx')?.data).toEqual(Float64Array.of(0, 0));
    expect(outputs.get('dUnused')?.data).toEqual(Float64Array.of(0, 0, 0));
  });
});

test('a value that is used twice gets the sum, formed in the block that brings the second part', () => {
  const g = createBuilder();
  const x = g.parameter('x', [4]);
  const early = g.block('early', () => g.exp(x));
  const late = g.block('late', () => g.tanh(x));
  const [dx] = differentiate(g, total(g, g.add(early, late)), [x]);
  const sum = must(producer(must(dx, 'dx')), 'the sum');
  expect(sum.op).toBe('add');
  // The walk goes backward: the late block's gradient is there first.
  expect(sum.origin).toMatchObject({ phase: 'gradient', block: 'early', of: { op: 'exp' } });
});

test('slices that tile a value are joined by one concat; others are padded', () => {
  const g = createBuilder();
  const x = g.parameter('x', [2, 6]);
  const [left, right] = [g.slice(x, 1, 0, 3), g.slice(x, -1, 3, 3)];
  const [dx] = differentiate(g, total(g, g.mul(left, right)), [x]);
  expect(producer(must(dx, 'dx'))?.op).toBe('concat');

  const z = g.parameter('z', [2, 6]);
  const overlapping = g.mul(g.slice(z, 1, 0, 4), g.slice(z, 1, 1, 4));
  const [dz] = differentiate(g, total(g, overlapping), [z]);
  const outputs = evaluate(g.finish({ dz: must(dz, 'dz'), dx: must(dx, 'dx') }), {
    x: { shape: [2, 6], data: Float64Array.from({ length: 12 }, (_, index) => index) },
    z: { shape: [2, 6], data: Float64Array.from({ length: 12 }, (_, index) => index) },
  });
  // Each half's gradient is the other half.
  expect([...must(outputs.get('dx'), 'dx').data]).toEqual([3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]);
  // loss = sum of z[i]·z[i+1] over i < 4: z[1]; z[0] + z[2]; z[1] + z[3]; z[2] + z[4]; z[3]; nothing.
  expect([...must(outputs.get('dz'), 'dz').data]).toEqual([1, 2, 4, 6, 3, 0, 7, 14, 16, 18, 9, 0]);
});

describe('stopped values', () => {
  const x0 = { shape: [3], data: Float64Array.of(1, -2, 3) };

  test('count as constants, and cost no nodes', () => {
    const g = createBuilder();
    const x = g.parameter('x', [3]);
    const square = g.mul(x, x);
    const [dx] = differentiate(g, total(g, g.mul(x, square)), [x], { stopped: [square] });
    const graph = g.finish({ dx: must(dx, 'dx') });
    // x², not the 3x² of the cube.
    expect([...must(evaluate(graph, { x: x0 }).get('dx'), 'dx').data]).toEqual([1, 4, 9]);
    expect(gradientOps(graph)).toEqual(['reshape', 'expand', 'mul']);
  });

  test('have a gradient of their own where one is asked for', () => {
    const g = createBuilder();
    const x = g.parameter('x', [3]);
    const square = g.mul(x, x);
    const [dx, dSquare] = differentiate(g, total(g, g.mul(square, square)), [x, square], { stopped: [square] });
    const outputs = evaluate(g.finish({ dx: must(dx, 'dx'), dSquare: must(dSquare, 'dSquare') }), { x: x0 });
    expect([...must(outputs.get('dx'), 'dx').data]).toEqual([0, 0, 0]);
    expect([...must(outputs.get('dSquare'), 'dSquare').data]).toEqual([2, 8, 18]);
  });

  test('stop one output of a node, not the other', () => {
    const g = createBuilder();
    const x = g.parameter('x', [1, 3]);
    const [mean, inverse] = g.moments(x, 0);
    const [dx] = differentiate(g, total(g, g.mul(mean, inverse)), [x], { stopped: [inverse] });
    const outputs = evaluate(g.finish({ dx: must(dx, 'dx') }), { x: { ...x0, shape: [1, 3] } });
    // inverse/3 each: the variance of 1, -2, 3 is 38/9.
    for (const value of must(outputs.get('dx'), 'dx').data) expect(value).toBeCloseTo(1 / Math.sqrt(38), 12);
  });
});

test('gradient nodes say which node they come from, in its scope and block', () => {
  const g = createBuilder();
  const x = g.parameter('x', [4]);
  const y = g.scope('unet', () => g.block('mid', () => g.tanh(x)));
  differentiate(g, total(g, y), [x]);
  const own = g.finish({ y }).nodes.filter(({ origin }) => origin.of?.op === 'tanh');
  expect(own.length).toBeGreaterThan(0);
  for (const { origin } of own)
    expect(origin).toMatchObject({ phase: 'gradient', scope: 'unet/mid', block: 'unet/mid' });
});

test('the loss must be one number', () => {
  const g = createBuilder();
  const x = g.parameter('x', [symbol('B'), 2]);
  expect(() => differentiate(g, x, [x])).toThrow('the loss must be one number, not [B, 2]');
});

test('a gradient that would need an unknown size names the node and why', () => {
  const g = createBuilder();
  const x = g.scope('text', () => g.parameter('x', [symbol('S'), 2]));
  const first = g.scope('text', () => g.slice(x, 0, 0, 1));
  expect(() => differentiate(g, total(g, first), [x])).toThrow(
    'the gradient of input 0 (x) of slice#0 (text): the gradient needs a number where [S, 2] has the axis S',
  );
});

test('a second derivative of a normalised row is right', () => {
  // d²/dx² of sum(c·layerNorm(x)) along two directions, against differences of first derivatives.
  const g = createBuilder();
  const [x, c, u] = [g.parameter('x', [1, 4]), g.input('c', [1, 4]), g.input('u', [1, 4])];
  const [gamma, beta] = [g.constant([1, 2, 3, 4]), g.constant([0, 0, 0, 0])];
  const [dx] = differentiate(g, total(g, g.mul(c, g.layerNorm(x, gamma, beta, 1e-5))), [x]);
  const along = total(g, g.mul(must(dx, 'dx'), u));
  const [hessian] = differentiate(g, along, [x]);
  const graph = g.finish({ along, hessian: must(hessian, 'hessian') });
  const feeds = (x0: number) => ({
    x: { shape: [1, 4], data: Float64Array.of(x0, -1, 0.7, 2) },
    c: { shape: [1, 4], data: Float64Array.of(1, -2, 0.5, 1) },
    u: { shape: [1, 4], data: Float64Array.of(0.3, 1, -1, 0.2) },
  });
  const at = (x0: number): number => must(evaluate(graph, feeds(x0)).get('along')?.data[0], 'along');
  const quotient = (at(0.4 + 1e-5) - at(0.4 - 1e-5)) / 2e-5;
  const derivative = must(evaluate(graph, feeds(0.4)).get('hessian')?.data[0], 'hessian');
  // The step's square times the fourth derivative: some 1e-10.
  expect(Math.abs(derivative - quotient)).toBeLessThan(1e-7);
});
