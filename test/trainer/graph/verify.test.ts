import { describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { differentiate } from '../../../trainer/graph/autodiff/index.ts';
import { createBuilder, GraphError, type Builder } from '../../../trainer/graph/builder.ts';
import { divide, multiply, symbol } from '../../../trainer/graph/dims.ts';
import type { Graph, GraphNode, Value } from '../../../trainer/graph/graph.ts';
import { optimise } from '../../../trainer/graph/passes/index.ts';
import { verify } from '../../../trainer/graph/verify.ts';
import { SAMPLES } from '../../samples/ops.ts';
import { buildSample, eachSample, outputsGraph, weightedLoss } from '../../samples/sample.ts';

describe('holds', () => {
  test('for every sample of every op, its gradient, and what the passes make of it', () => {
    eachSample(SAMPLES, (op, sample) => {
      verify(outputsGraph(buildSample(op, sample)));
      if (op === 'attentionGradient') return;
      const built = buildSample(op, sample);
      const wrt = built.leaves.filter(({ dtype }) => dtype === 'f32');
      const gradients = differentiate(built.g, weightedLoss(built), wrt);
      const graph = built.g.finish(new Map(gradients.map((gradient, index) => [`d${index}`, gradient])));
      verify(graph);
      verify(optimise(graph, 'attention'));
    });
  });

  test('for two blocks with residuals, differentiated and recomputed', () => {
    const { g, outputs } = twoBlocks();
    const graph = g.finish(outputs);
    verify(graph);
    verify(optimise(graph, 'products'));
    verify(optimise(graph, 'attention'));
  });
});

function twoBlocks(): { g: Builder; outputs: Record<string, Value> } {
  const g = createBuilder();
  const x = g.input('x', [symbol('B'), 4]);
  const down = ['a', 'b'].map((name) => g.parameter(`${name}.down`, [4, 4]));
  const y = down.reduce(
    (hidden, weight, index) =>
      g.block(`block${index}`, () => g.add(hidden, g.keep(g.linear(g.silu(hidden), weight), 'product'))),
    x,
  );
  const loss = g.reshape(g.reduceMean(g.mul(y, y), [0, 1]), []);
  const [a, b] = differentiate(g, loss, down);
  return { g, outputs: { loss, a: must(a, 'a'), b: must(b, 'b') } };
}

describe('fails', () => {
  const chain = (): Graph => {
    const g = createBuilder();
    const x = g.input('x', [symbol('B'), 2]);
    return g.finish({ y: g.scope('unet', () => g.exp(g.neg(x))) });
  };
  const withNodes = (graph: Graph, change: (nodes: readonly GraphNode[]) => readonly GraphNode[]): Graph => ({
    ...graph,
    nodes: change(graph.nodes),
  });

  test.each<readonly [about: string, graph: () => Graph, message: string]>([
    [
      'a node before what it uses',
      () => withNodes(chain(), (nodes) => nodes.toReversed()),
      'input 0 of exp#1 (unet) is the result of neg#0 (unet), which comes later or is not in the graph',
    ],
    [
      'a shape that its op does not give',
      () => {
        const graph = chain();
        const [neg] = graph.nodes;
        (must(neg, 'neg').outputs as Value[])[0] = { ...must(neg?.outputs[0], 'output'), shape: [3] };
        return graph;
      },
      'output 0 of neg#0 (unet) says [3], its op gives [B, 2]',
    ],
    [
      'an output of another graph',
      () => ({ ...chain(), outputs: new Map([['y', must(chain().outputs.get('y'), 'y')]]) }),
      'the output y is the result of exp#1 (unet), which comes later or is not in the graph',
    ],
    [
      'a leaf that is not listed',
      () => ({ ...chain(), leaves: [] }),
      'input 0 of neg#0 (unet) is the leaf x, which the graph does not list',
    ],
    ['a node twice', () => withNodes(chain(), (nodes) => [...nodes, ...nodes]), 'two nodes are called neg#0 (unet)'],
    [
      'a symbol that no fed tensor shows',
      () => {
        const g = createBuilder();
        const x = g.input('x', [multiply(2, symbol('h')), divide(symbol('w'), 2)]);
        return g.finish({ y: g.neg(x) });
      },
      'no fed tensor has an axis that is just h, which x needs: [2*h, w/2]',
    ],
    [
      'two feeds of one name',
      () => {
        const g = createBuilder();
        return g.finish({ y: g.add(g.input('x', [2]), g.parameter('x', [2])) });
      },
      'the input and the parameter x share their name',
    ],
    [
      'a kept value outside of blocks',
      () => {
        const g = createBuilder();
        return g.finish({ y: g.keep(g.neg(g.input('x', [2])), 'product') });
      },
      'neg#0 is kept but belongs to no block',
    ],
  ])('for %s', (_, graph, message) => {
    expect(() => verify(graph())).toThrow(GraphError);
    expect(() => verify(graph())).toThrow(message);
  });

  test('for a block that needs its own result', () => {
    const g = createBuilder();
    const inside = g.block('unet/mid', () => g.neg(g.input('x', [2])));
    const outside = g.exp(inside);
    const origin = { phase: 'forward', scope: 'unet/mid', block: 'unet/mid' } as const;
    const y = g.withOrigin(origin, () => g.add(inside, outside));
    expect(() => verify(g.finish({ y }))).toThrow(
      'unet/mid forward needs its own result: add#2 (unet/mid) needs exp#1, exp#1 needs neg#0 (unet/mid)',
    );
  });
});
