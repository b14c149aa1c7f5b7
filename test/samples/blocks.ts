/**
 * Whole blocks of the networks as samples: what the passes and the executors make of many ops together.
 *
 * Every weight is fed and differentiated, as in full fine-tuning, so that each rule meets the others.
 */
import { must } from '../../trainer/base/errors.ts';
import { createGenerator, deriveSeed } from '../../trainer/base/random.ts';
import { elementCount, f32, type Tensor } from '../../trainer/base/tensor.ts';
import { createBuilder } from '../../trainer/graph/builder.ts';
import { divide, evaluateShape, symbol, type Bindings, type Shape } from '../../trainer/graph/dims.ts';
import { leafName, type Value } from '../../trainer/graph/graph.ts';
import type { Network, RowRange } from '../../trainer/nn/network.ts';
import { convolution } from '../../trainer/nn/layers.ts';
import { resnetBlock } from '../../trainer/nn/resnet-block.ts';
import { textLayer } from '../../trainer/nn/text-layer.ts';
import { transformer2d } from '../../trainer/nn/transformer.ts';
import type { SampleGraph } from './sample.ts';

export interface BlockSample {
  readonly title: string;
  readonly bindings: Bindings;
  readonly build: () => SampleGraph;
}

const [B, h, w] = [symbol('B'), symbol('h'), symbol('w')];
const BINDINGS = { B: 2, h: 4, w: 6 };
const NORM = { groups: 2, epsilon: 1e-5 };

export const BLOCKS: readonly BlockSample[] = [
  {
    title: 'two residual blocks with time embedding, and halving between them',
    bindings: BINDINGS,
    build: () =>
      block((net, leaf) => {
        const { g } = net;
        const time = g.silu(leaf('time', [B, 6]));
        const first = g.block('first', () => resnetBlock(net, 'first', leaf('x', [B, 4, h, w]), 8, NORM, time));
        const halved = convolution(net, 'down', first, 8, { stride: 2 });
        const second = g.block('second', () => resnetBlock(net, 'second', halved, 8, NORM, time));
        return g.add(g.upsampleNearest(second), first);
      }),
  },
  {
    title: 'a transformer of depth 2 on a picture, looking at a text',
    bindings: { ...BINDINGS, S: 5 },
    build: () =>
      block((net, leaf) => {
        const [x, text] = [leaf('x', [B, 8, divide(h, 2), w]), leaf('text', [B, symbol('S'), 6])];
        leaf('sizes', [h]);
        const options = { depth: 2, heads: 2, groups: 2, linearProjection: false };
        return net.g.block('attentions', () => transformer2d(net, 'attentions', x, text, options));
      }),
  },
  {
    title: 'two layers of a text encoder',
    bindings: BINDINGS,
    build: () =>
      block((net, leaf) =>
        (['quick_gelu', 'gelu'] as const).reduce(
          (hidden: Value, activation, index) => {
            const options = { heads: 2, intermediateSize: 12, activation, epsilon: 1e-5 };
            return net.g.block(`layer${index}`, () => textLayer(net, `layer${index}`, hidden, options));
          },
          leaf('x', [B, 5, 8]),
        ),
      ),
  },
];

type MakeLeaf = (name: string, shape: Shape) => Value;

function block(build: (net: Network, leaf: MakeLeaf) => Value): SampleGraph {
  const g = createBuilder();
  const leaves = new Map<string, Value>();
  const leaf: MakeLeaf = (name, shape) => {
    const made = leaves.get(name) ?? g.parameter(name, shape);
    leaves.set(name, made);
    return made;
  };
  const get = (name: string, shape: Shape, rows?: RowRange): Value =>
    rows === undefined ? leaf(name, shape) : g.slice(leaf(name, shape), 0, rows.start, rows.count);
  const net: Network = { g, weights: { get } };
  const output = build(net, leaf);
  return { g, leaves: [...leaves.values()], outputs: [output] };
}

/** Numbers for the leaves by name and the coefficient `c0`; small, so that no softmax or norm is saturated. */
export function drawBlockFeeds({ build, bindings }: BlockSample): Record<string, Tensor> {
  const { leaves, outputs } = build();
  const named = leaves.map((leaf) => [must(leafName(leaf), 'a name'), leaf.shape] as const);
  const coefficient = ['c0', must(outputs[0], 'an output').shape] as const;
  return Object.fromEntries(
    [...named, coefficient].map(([name, symbolic], index) => {
      const shape = evaluateShape(symbolic, bindings);
      const numbers = createGenerator(deriveSeed(2, 'noise', index)).normals(elementCount(shape));
      return [name, f32(shape, name === 'x' ? numbers : numbers.map((value) => value * 0.3))];
    }),
  );
}
