/**
 * What each pass removes, keeps and repeats; that none changes a result is checked with the reference executor.
 */
import { expect, test } from 'vitest';
import { f32 } from '../../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../../trainer/exec/reference/index.ts';
import { differentiate } from '../../../../trainer/graph/autodiff/index.ts';
import { createBuilder } from '../../../../trainer/graph/builder.ts';
import { symbol } from '../../../../trainer/graph/dims.ts';
import type { Graph } from '../../../../trainer/graph/graph.ts';
import type { OpName } from '../../../../trainer/graph/ops.ts';
import {
  eliminateDeadCode,
  foldConstants,
  mergeCommonSubexpressions,
  optimise,
  recompute,
} from '../../../../trainer/graph/passes/index.ts';

const opsOf = (graph: Graph, phase?: string): readonly OpName[] =>
  graph.nodes.filter(({ origin }) => phase === undefined || origin.phase === phase).map(({ op }) => op);

test('what no output needs is dropped, and inputs stay so that feeds still fit', () => {
  const g = createBuilder();
  const x = g.input('x', [2]);
  const unused = g.input('unused', [2]);
  g.exp(unused);
  const graph = eliminateDeadCode(g.finish({ y: g.neg(x) }));
  expect(opsOf(graph)).toEqual(['neg']);
  expect(graph.leaves.map(({ source }) => 'name' in source && source.name)).toEqual(['x', 'unused']);
});

test('equal expressions of a block are computed once, equal expressions of two blocks twice', () => {
  const g = createBuilder();
  const x = g.input('x', [2]);
  const first = g.block('a', () => g.add(g.exp(x), g.exp(x)));
  const second = g.block('b', () => g.exp(x));
  const graph = mergeCommonSubexpressions(g.finish({ first, second }));
  expect(opsOf(graph)).toEqual(['exp', 'add', 'exp']);
});

test('reshapes of another size are not equal', () => {
  const g = createBuilder();
  const x = g.input('x', [symbol('B'), 4]);
  const graph = mergeCommonSubexpressions(
    g.finish({ a: g.reshape(x, [symbol('B'), 2, 2]), b: g.reshape(x, [symbol('B'), 4, 1]) }),
  );
  expect(opsOf(graph)).toEqual(['reshape', 'reshape']);
});

test('arithmetic that changes nothing is removed', () => {
  const g = createBuilder();
  const x = g.input('x', [2, 3]);
  const y = g.reshape(g.reshape(g.add(g.mul(x, 1), 0), [6]), [3, 2]);
  const back = g.transpose(g.transpose(y, [1, 0]), [1, 0]);
  const graph = eliminateDeadCode(foldConstants(g.finish({ y: g.neg(g.neg(back)) })));
  expect(opsOf(graph)).toEqual(['reshape']);
});

test('one times a smaller operand stays, because it widens it', () => {
  const g = createBuilder();
  const x = g.input('x', [1, 3]);
  const graph = foldConstants(g.finish({ y: g.mul(g.input('ones', [2, 1]), x), z: g.mul(x, 1) }));
  expect(opsOf(graph)).toEqual(['mul']);
});

/** linear, silu, linear in one block; the first product is kept. */
function twoLayers(): Graph {
  const g = createBuilder();
  const x = g.input('x', [symbol('B'), 3]);
  const w1 = g.parameter('w1', [4, 3]);
  const w2 = g.parameter('w2', [2, 4]);
  const y = g.block('block', () => g.linear(g.silu(g.keep(g.linear(x, w1), 'product')), w2));
  const loss = g.reduceSum(g.mul(y, y), [0, 1]);
  const [d1, d2] = differentiate(g, loss, [w1, w2]);
  return g.finish(new Map([['loss', loss], ['d1', d1 ?? loss], ['d2', d2 ?? loss]])); // prettier-ignore
}

test('the backward part computes cheap values again, and products only when gradient checkpointing asks', () => {
  expect(opsOf(recompute(twoLayers(), 'products'), 'recompute')).toEqual(['silu']);
  expect([...opsOf(recompute(twoLayers(), 'attention'), 'recompute')].sort()).toEqual(['linear', 'silu']);
});

test('after recomputing, the backward part uses nothing of its block but what is kept', () => {
  const graph = recompute(twoLayers(), 'products');
  const backward = graph.nodes.filter(({ origin }) => origin.phase !== 'forward' && origin.block === 'block');
  const borrowed = backward.flatMap(({ inputs }) =>
    inputs.filter(
      ({ source }) =>
        source.kind === 'node' && source.node.origin.block === 'block' && source.node.origin.phase === 'forward',
    ),
  );
  expect(borrowed.length).toBeGreaterThan(0);
  for (const value of borrowed) expect(graph.kept.get(value)).toBe('product');
});

test.each(['products', 'attention'] as const)('the passes change no result (dial: %s)', async (dial) => {
  const feeds = {
    x: f32([2, 3], [0.5, -1, 2, 0.25, 1, -0.75]),
    w1: f32(
      [4, 3],
      Array.from({ length: 12 }, (_, i) => Math.sin(i)),
    ),
    w2: f32(
      [2, 4],
      Array.from({ length: 8 }, (_, i) => Math.cos(i)),
    ),
  };
  const run = async (graph: Graph) => {
    await using program = await createReferenceExecutor().compile(graph);
    return program.run(feeds);
  };
  const [plain, passed] = [await run(twoLayers()), await run(optimise(twoLayers(), dial))];
  // The same numbers in the same order, so the same bits.
  expect(passed).toEqual(plain);
});
