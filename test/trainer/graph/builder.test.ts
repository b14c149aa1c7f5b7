import { describe, expect, test } from 'vitest';
import { createBuilder, GraphError } from '../../../trainer/graph/builder.ts';
import { symbol } from '../../../trainer/graph/dims.ts';
import { describeNode, producer } from '../../../trainer/graph/graph.ts';

describe('leaves', () => {
  test('the same name gives the same leaf, numbers of one value one constant', () => {
    const g = createBuilder();
    expect(g.weight('w', [2, 3])).toBe(g.weight('w', [2, 3]));
    g.add(g.mul(g.input('x', [2]), 3), 3);
    const constants = g.finish({}).leaves.filter(({ source }) => source.kind === 'constant');
    expect(constants).toHaveLength(1);
  });

  test('the same name with another shape is a mistake, told with both shapes', () => {
    const g = createBuilder();
    g.weight('unet.w', [2, symbol('h')]);
    expect(() => g.weight('unet.w', [2, 3])).toThrow('weight unet.w was [2, h] before and is now [2, 3]');
  });

  test('constants keep their numbers and shape apart', () => {
    const g = createBuilder();
    expect(g.constant([1, 2], [2, 1])).not.toBe(g.constant([1, 2]));
    expect(g.constant([1, 2]).shape).toEqual([2]);
    expect(g.constant(1).shape).toEqual([]);
  });
});

describe('origins', () => {
  test('scopes nest, blocks name themselves in full, and both end with their function', () => {
    const g = createBuilder();
    const x = g.input('x', [2]);
    const inner = g.scope('unet', () => g.block('mid', () => g.scope('norm', () => g.neg(x))));
    expect(producer(inner)?.origin).toEqual({ phase: 'forward', scope: 'unet/mid/norm', block: 'unet/mid' });
    expect(producer(g.neg(x))?.origin).toEqual({ phase: 'forward', scope: '' });
  });

  test('a scope that throws leaves the builder where it was', () => {
    const g = createBuilder();
    expect(() => g.scope('broken', () => g.add(g.input('a', [2]), g.input('b', [3])))).toThrow(GraphError);
    expect(producer(g.neg(g.input('x', [2])))?.origin.scope).toBe('');
  });

  test('blocks do not nest', () => {
    const g = createBuilder();
    expect(() => g.block('a', () => g.block('b', () => 0))).toThrow('the block b lies inside the block a');
  });

  test('a node names itself with its scope and what it was made for', () => {
    const g = createBuilder();
    const y = g.scope('unet', () => g.neg(g.input('x', [2])));
    const of = producer(y);
    if (of === undefined) throw new Error('a computed value has a node');
    const back = g.withOrigin({ phase: 'gradient', scope: 'unet', of }, () => g.neg(y));
    expect(producer(back)).toSatisfy((node) => describeNode(node) === 'neg#1 (unet, gradient of neg#0)');
  });
});

describe('mistakes are reported where they are made', () => {
  test('shapes that do not fit name the node, its scope and the shapes', () => {
    const g = createBuilder();
    const x = g.input('x', [symbol('B'), 4]);
    expect(() => g.scope('te/layer.0', () => g.linear(x, g.weight('w', [8, 5])))).toThrow(
      'linear#0 (te/layer.0) cannot take [B, 4], [8, 5]: the input has 4 features, the weight takes 5',
    );
  });

  test('ids where numbers are expected, and the reverse', () => {
    const g = createBuilder();
    const ids = g.input('ids', [3], 'i32');
    expect(() => g.exp(ids)).toThrow('exp#0: input 0 is i32, expected f32');
    expect(() => g.gatherRows(g.weight('table', [5, 2]), g.input('x', [3]))).toThrow('input 1 is f32, expected i32');
  });

  test('a node that was refused is not in the graph', () => {
    const g = createBuilder();
    expect(() => g.add(g.input('a', [2]), g.input('b', [3]))).toThrow(GraphError);
    expect(g.finish({}).nodes).toEqual([]);
  });
});

test('reshape and expand to the same shape add no node', () => {
  const g = createBuilder();
  const x = g.input('x', [symbol('B'), 4]);
  expect(g.reshape(x, [symbol('B'), 4])).toBe(x);
  expect(g.expand(x, [symbol('B'), 4])).toBe(x);
});

test('a finished graph does not grow with its builder', () => {
  const g = createBuilder();
  const y = g.neg(g.input('x', [2]));
  const graph = g.finish({ y });
  g.exp(y);
  expect(graph.nodes).toHaveLength(1);
});
