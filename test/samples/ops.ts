/**
 * Samples of every op: the shapes and attributes on which gradients and executors are checked.
 *
 * A missing op is a compile error. Sizes are small, odd where they may be, and differ from each other, so that a mixed-up
 * axis shows; every op that a network runs on symbolic sizes has a symbolic sample.
 */
import { divide, multiply, symbol, type Dim, type Shape } from '../../trainer/graph/dims.ts';
import type { AttentionAttributes, PoolingAttributes } from '../../trainer/graph/ops.ts';
import type { Sample, SampleLeaf, Samples } from './sample.ts';

const [B, h, w, S] = [symbol('B'), symbol('h'), symbol('w'), symbol('S')];
const BINDINGS = { B: 2, h: 4, w: 6, S: 5 };

const normal = (...shape: Shape): SampleLeaf => ({ shape, draw: 'normal' });
const positive = (...shape: Shape): SampleLeaf => ({ shape, draw: 'positive' });
const ids = (rows: number, ...shape: Shape): SampleLeaf => ({ shape, draw: 'ids', rows });

const SAME_PADS = [1, 1, 1, 1] as const;
const NO_PADS = [0, 0, 0, 0] as const;
/** How the autoencoder's encoder halves: one row below and one column on the right. */
const VAE_PADS = [0, 0, 1, 1] as const;

/** Samples of an op without attributes on one input. */
const unary = (leaf: (...shape: Shape) => SampleLeaf) => [
  { leaves: [leaf(3, 5)], attributes: {} },
  { leaves: [leaf(B, 3, h, w)], attributes: {}, bindings: BINDINGS },
];

/** Samples of an op without attributes on two inputs, the right one drawn by `right`. */
const binary = (left: (...shape: Shape) => SampleLeaf, right = left) => [
  { leaves: [left(3, 5), right(3, 5)], attributes: {} },
  { leaves: [left(2, 3, 5), right(5)], attributes: {}, about: 'right side without leading axes' },
  { leaves: [left(2, 3, 1), right(2, 1, 4)], attributes: {}, about: 'both sides repeated' },
  { leaves: [left(), right(4)], attributes: {}, about: 'a scalar' },
  { leaves: [left(B, 3, h, w), right(B, 3, 1, 1)], attributes: {}, bindings: BINDINGS },
];

/** Samples of an op on [B, C, h, w]. */
const planes = (rows: number, columns: number) => [
  { leaves: [normal(2, 3, rows, columns)], attributes: {} },
  { leaves: [normal(B, 3, h, w)], attributes: {}, bindings: BINDINGS },
];

const HEADS: AttentionAttributes = { heads: 2, scale: 0.5, causal: false };
const ATTENTION = [
  { q: [2, 3, 4], k: [2, 3, 4], attributes: HEADS },
  { q: [1, 5, 6], k: [1, 7, 6], attributes: { ...HEADS, heads: 3 } },
  { q: [2, 5, 4], k: [2, 5, 4], attributes: { ...HEADS, causal: true } },
  { q: [1, 3, 4], k: [1, 6, 4], attributes: { ...HEADS, causal: true } },
  { q: [1, 6, 4], k: [1, 4, 4], attributes: { ...HEADS, causal: true } },
  { q: [B, S, 4], k: [B, 7, 4], attributes: HEADS, bindings: BINDINGS },
  { q: [B, S, 4], k: [B, S, 4], attributes: HEADS, bindings: BINDINGS },
  // Two chunks of two or three queries: 2·2·2·10⁵·7 probabilities of 4 bytes are 22 MB.
  { q: [B, S, 4], k: [B, 7, 4], attributes: HEADS, bindings: BINDINGS, largest: { B: 2, S: 2e5 }, about: 'in chunks' },
] as const satisfies readonly (Pick<Sample<'attention'>, 'attributes' | 'bindings' | 'largest' | 'about'> & {
  readonly q: Shape;
  readonly k: Shape;
})[];

/** The gradient op takes the attention's own output, so that comes from the op itself. */
const attentionGradient: readonly Sample<'attentionGradient'>[] = ATTENTION.map(({ q, k, ...rest }) => ({
  ...rest,
  leaves: [normal(...q), normal(...k), normal(...k), normal(...q)],
  operands: (g, [query, key, value, dy]) => {
    if (query === undefined || key === undefined || value === undefined || dy === undefined) return [];
    return [query, key, value, g.attention(query, key, value, rest.attributes), dy];
  },
}));

const half = (side: Dim): Dim => divide(side, 2);

interface Convolution {
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
  readonly attributes: { readonly stride: number; readonly pads: readonly [number, number, number, number] };
}

const CONVOLUTIONS: readonly Convolution[] = [
  { x: [2, 3, 5, 7], w: [4, 3, 3, 3], y: [2, 4, 5, 7], attributes: { stride: 1, pads: SAME_PADS } },
  { x: [1, 3, 4, 5], w: [2, 3, 1, 1], y: [1, 2, 4, 5], attributes: { stride: 1, pads: NO_PADS } },
  { x: [2, 3, 6, 4], w: [2, 3, 3, 3], y: [2, 2, 3, 2], attributes: { stride: 2, pads: SAME_PADS } },
  { x: [1, 2, 7, 5], w: [3, 2, 3, 3], y: [1, 3, 4, 3], attributes: { stride: 2, pads: SAME_PADS } },
  { x: [2, 3, 6, 8], w: [2, 3, 3, 3], y: [2, 2, 3, 4], attributes: { stride: 2, pads: VAE_PADS } },
  { x: [1, 3, 5, 5], w: [2, 3, 3, 3], y: [1, 2, 3, 3], attributes: { stride: 1, pads: NO_PADS } },
  { x: [2, 3, 8, 8], w: [5, 3, 2, 2], y: [2, 5, 4, 4], attributes: { stride: 2, pads: NO_PADS } },
  { x: [B, 3, h, w], w: [4, 3, 3, 3], y: [B, 4, h, w], attributes: { stride: 1, pads: SAME_PADS } },
  { x: [B, 4, h, w], w: [3, 4, 1, 1], y: [B, 3, h, w], attributes: { stride: 1, pads: NO_PADS } },
  { x: [B, 3, h, w], w: [2, 3, 3, 3], y: [B, 2, half(h), half(w)], attributes: { stride: 2, pads: SAME_PADS } },
  { x: [B, 3, h, w], w: [2, 3, 3, 3], y: [B, 2, half(h), half(w)], attributes: { stride: 2, pads: VAE_PADS } },
  // As in the patch discriminator, and with so many places that each picture's weight gradient is a product of its own.
  { x: [B, 2, 64, 66], w: [3, 2, 4, 4], y: [B, 3, 32, 33], attributes: { stride: 2, pads: SAME_PADS } },
];

const POOLINGS: readonly { readonly x: Shape; readonly attributes: PoolingAttributes }[] = [
  { x: [2, 3, 5, 7], attributes: { kernel: 3, stride: 1, pads: SAME_PADS } },
  { x: [1, 2, 8, 7], attributes: { kernel: 3, stride: 2, pads: NO_PADS } },
  { x: [2, 1, 5, 6], attributes: { kernel: 2, stride: 3, pads: [1, 0, 1, 1] } },
  { x: [B, 3, 6, 4], attributes: { kernel: 3, stride: 2, pads: SAME_PADS } },
  { x: [B, 3, h, w], attributes: { kernel: 2, stride: 2, pads: NO_PADS } },
];
const poolings = POOLINGS.map(({ x, attributes }) => ({ leaves: [normal(...x)], attributes, bindings: BINDINGS }));

/** Fed for its shape alone, where no operand shows the symbols bare; nothing depends on it. */
const SIZES = normal(B, h, w);

const bound = { bindings: BINDINGS };

export const SAMPLES: Samples = {
  neg: unary(normal),
  abs: unary(normal),
  exp: unary(normal),
  log: unary(positive),
  sqrt: unary(positive),
  reciprocal: unary(positive),
  erf: unary(normal),
  tanh: unary(normal),
  sigmoid: unary(normal),
  sign: unary(normal),
  silu: unary(normal),
  gelu: unary(normal),
  quickGelu: unary(normal),
  leakyRelu: [
    { leaves: [normal(3, 5)], attributes: { slope: 0.2 } },
    { leaves: [normal(B, 3, h, w)], attributes: { slope: 0 }, ...bound },
  ],
  add: binary(normal),
  sub: binary(normal),
  mul: binary(normal),
  div: binary(normal, positive),
  maximum: binary(normal),
  minimum: binary(normal),
  greater: binary(normal),
  reduceSum: [
    { leaves: [normal(3, 5)], attributes: { axes: [1] } },
    { leaves: [normal(2, 3, 4)], attributes: { axes: [0, 2] } },
    { leaves: [normal(2, 3, 4)], attributes: { axes: [-1] } },
    { leaves: [normal(B, 3, h, w)], attributes: { axes: [0, 2, 3] }, ...bound },
    { leaves: [normal(B, 3, h, w)], attributes: { axes: [0, 1, 2, 3] }, ...bound },
  ],
  reduceMean: [
    { leaves: [normal(3, 5)], attributes: { axes: [1] } },
    { leaves: [normal(2, 3, 4)], attributes: { axes: [0, -1] } },
    { leaves: [normal(B, 3, h, w)], attributes: { axes: [1] }, ...bound },
    { leaves: [normal(B, 4, h, w)], attributes: { axes: [0, 1, 2, 3] }, ...bound },
  ],
  reshape: [
    { leaves: [normal(2, 6)], attributes: { shape: [3, 4] } },
    { leaves: [normal(1, 1)], attributes: { shape: [] } },
    { leaves: [normal(B, 4, h, w)], attributes: { shape: [B, 2, multiply(2, h, w)] }, ...bound },
    { leaves: [normal(B, S, 6)], attributes: { shape: [multiply(B, S), 6] }, ...bound },
  ],
  transpose: [
    { leaves: [normal(3, 5)], attributes: { permutation: [1, 0] } },
    { leaves: [normal(2, 3, 4)], attributes: { permutation: [1, 2, 0] } },
    { leaves: [normal(B, 3, h, w)], attributes: { permutation: [0, 2, 3, 1] }, ...bound },
  ],
  expand: [
    { leaves: [normal(3, 1)], attributes: { shape: [3, 4] } },
    { leaves: [normal(5)], attributes: { shape: [2, 3, 5] } },
    {
      leaves: [normal(B, 3, 1, 1), SIZES],
      operands: (_, leaves) => leaves.slice(0, 1),
      attributes: { shape: [B, 3, h, w] },
      ...bound,
    },
  ],
  concat: [
    { leaves: [normal(2, 3), normal(2, 4)], attributes: { axis: 1 } },
    { leaves: [normal(2, 3, 2), normal(1, 3, 2), normal(3, 3, 2)], attributes: { axis: 0 } },
    { leaves: [normal(B, 3, h, w), normal(B, 2, h, w)], attributes: { axis: 1 }, ...bound },
  ],
  slice: [
    { leaves: [normal(3, 7)], attributes: { axis: 1, start: 2, size: 4 } },
    { leaves: [normal(5, 2, 3)], attributes: { axis: 0, start: 0, size: 2 } },
    { leaves: [normal(B, S, 6)], attributes: { axis: -1, start: 3, size: 3 }, ...bound },
  ],
  pad: [
    { leaves: [normal(3, 4)], attributes: { axis: 1, before: 2, after: 1 } },
    { leaves: [normal(B, 3, h, w)], attributes: { axis: 1, before: 0, after: 2 }, ...bound },
  ],
  matmul: [
    ...[false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) => [
        {
          leaves: [transposeA ? normal(4, 3) : normal(3, 4), transposeB ? normal(5, 4) : normal(4, 5)],
          attributes: { transposeA, transposeB },
        },
        {
          leaves: [transposeA ? normal(2, 4, 3) : normal(2, 3, 4), transposeB ? normal(2, 5, 4) : normal(2, 4, 5)],
          attributes: { transposeA, transposeB },
        },
      ]),
    ),
    { leaves: [normal(2, 3, 4), normal(4, 5)], attributes: { transposeA: false, transposeB: false }, about: 'shared' },
    { leaves: [normal(B, S, 4), normal(5, 4)], attributes: { transposeA: false, transposeB: true }, ...bound },
    { leaves: [normal(B, S, 4), normal(B, S, 3)], attributes: { transposeA: true, transposeB: false }, ...bound },
  ],
  linear: [
    { leaves: [normal(3, 4), normal(5, 4)], attributes: {} },
    { leaves: [normal(3, 4), normal(5, 4), normal(5)], attributes: {} },
    { leaves: [normal(B, S, 4), normal(3, 4), normal(3)], attributes: {}, ...bound },
    { leaves: [normal(B, S, 4), normal(3, 4)], attributes: {}, ...bound },
  ],
  conv2d: CONVOLUTIONS.flatMap(({ x, w, attributes }) => [
    { leaves: [normal(...x), normal(...w)], attributes, ...bound },
    { leaves: [normal(...x), normal(...w), normal(w[0] ?? 0)], attributes, ...bound },
  ]),
  conv2dInputGradient: CONVOLUTIONS.map(({ x, w, y, attributes }) => ({
    leaves: [normal(...y), normal(...w), SIZES],
    operands: (_, leaves) => leaves.slice(0, 2),
    attributes: { ...attributes, inputShape: x },
    ...bound,
  })),
  conv2dWeightGradient: CONVOLUTIONS.map(({ x, w, y, attributes }) => ({
    leaves: [normal(...x), normal(...y)],
    attributes: { ...attributes, kernel: [w[2] as number, w[3] as number] as const },
    ...bound,
  })),
  moments: [
    { leaves: [normal(3, 7)], attributes: { epsilon: 1e-5 } },
    {
      leaves: [normal(B, 6, h, w)],
      operands: (g, [x]) => (x === undefined ? [] : [g.reshape(x, [B, 2, multiply(3, h, w)])]),
      attributes: { epsilon: 1e-6 },
      ...bound,
    },
  ],
  layerNorm: [
    { leaves: [normal(3, 7), normal(7), normal(7)], attributes: { epsilon: 1e-5 } },
    { leaves: [normal(B, S, 6), normal(6), normal(6)], attributes: { epsilon: 1e-5 }, ...bound },
  ],
  softmax: unary(normal),
  attention: ATTENTION.map(({ q, k, ...rest }) => ({ ...rest, leaves: [normal(...q), normal(...k), normal(...k)] })),
  attentionGradient,
  maxPool: poolings,
  averagePool: poolings,
  upsampleNearest: planes(3, 5),
  sumPool: planes(4, 6),
  gatherRows: [
    { leaves: [normal(7, 3), ids(7, 5)], attributes: {} },
    { leaves: [normal(7, 3), ids(7, B, S)], attributes: {}, ...bound },
  ],
  scatterAddRows: [
    { leaves: [ids(4, 9), normal(9, 3)], attributes: { rows: 4 } },
    { leaves: [ids(7, B, S), normal(B, S, 3)], attributes: { rows: 7 }, ...bound },
  ],
};
