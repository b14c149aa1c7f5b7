/**
 * Lowering of attention in chunks of queries.
 *
 *     P = softmax(scale · q·kᵀ),  o = P·v
 *     dP = do·vᵀ,  dS = P ∘ (dP − rowsum(do ∘ o)),  dq = scale · dS·k,  dk = scale · dSᵀ·q,  dv = Pᵀ·do
 *
 * The probabilities of one chunk are the largest tensors of a network, so they live only while the chunk is worked on:
 * the forward part drops them, the backward part computes them again. The backward part is held back until its gradient
 * is there, and its chunks are chained, by a token (below): ONNX Runtime would otherwise start all of them at once.
 *
 * Source: Rabe and Staats 2021, arXiv:2112.05682 (memory), Dao et al. 2022, arXiv:2205.14135, appendix B (gradient).
 */
import { divide, type Dim, type Shape } from '../../../graph/dims.ts';
import type { AttentionAttributes, AttentionOp } from '../../../graph/ops.ts';
import { largestCount, type Emitter } from '../emitter.ts';
import type { LoweringTable, Operand } from './lowering.ts';

/** Bytes of probabilities that a chunk may take at the largest sizes. With half of it a step at 512 px is 5 % slower. */
const CHUNK_BYTES = 16 * 2 ** 20;

export const ATTENTION: LoweringTable<AttentionOp> = {
  attention: (o, inputs, attributes) => {
    const [q, k, v] = inputs as [Operand, Operand, Operand];
    const heads = headLayout(q, k, attributes);
    const queries = scaled(o, splitHeads(o, q, heads.queries), attributes.scale);
    const keysTransposed = splitHeads(o, k, heads.keys, [0, 2, 3, 1]);
    const values = splitHeads(o, v, heads.keys);
    const chunks = chunksOf(o, heads);
    const outputs = chunks.map((chunk) => {
      const probabilities = softmaxOf(o, rowsOf(o, queries, chunk), keysTransposed, chunk, heads, attributes);
      return o.node('MatMul', [probabilities, values]);
    });
    return [joinHeads(o, concatRows(o, outputs), heads.queries, q.shape)];
  },

  attentionGradient: (o, inputs, attributes) => {
    const [q, k, v, output, dOutput] = inputs as [Operand, Operand, Operand, Operand, Operand];
    const heads = headLayout(q, k, attributes);
    const [batch, , count, size] = heads.queries;
    const queries = scaled(o, splitHeads(o, q, heads.queries), attributes.scale);
    const [keys, keysTransposed] = [splitHeads(o, k, heads.keys), splitHeads(o, k, heads.keys, [0, 2, 3, 1])];
    const valuesTransposed = splitHeads(o, v, heads.keys, [0, 2, 3, 1]);
    const dOutputs = splitHeads(o, dOutput, heads.queries);
    const products = o.reshape(o.node('Mul', [output.name, dOutput.name]), q.shape, heads.queries);
    const rowSums = o.node('Transpose', [o.node('ReduceSum', [products, o.integers([3])], { keepdims: 1 })], {
      perm: [0, 2, 1, 3],
    });

    const dQueries: string[] = [];
    let dKeysTransposed: string | undefined;
    let dValuesTransposed: string | undefined;
    // Everything of a chunk must be done before the next begins, or its scores stay.
    let done: readonly string[] = [dOutputs];
    for (const chunk of chunksOf(o, heads)) {
      const token = tokenOf(o, done);
      const chunkQueries = after(o, rowsOf(o, queries, chunk), token);
      const chunkOutputs = after(o, rowsOf(o, dOutputs, chunk), token);
      const probabilities = softmaxOf(o, chunkQueries, keysTransposed, chunk, heads, attributes);
      const dProbabilities = o.node('MatMul', [chunkOutputs, valuesTransposed]);
      const dScores = o.node('Mul', [probabilities, o.node('Sub', [dProbabilities, rowsOf(o, rowSums, chunk)])]);
      const dChunkQueries = o.node('MatMul', [dScores, keys]);
      // Transposed on the side of the small factor: [D, rows]·[rows, T] needs no transposed copy of the scores.
      dKeysTransposed = sum(o, dKeysTransposed, o.node('MatMul', [swapLast(o, chunkQueries), dScores]));
      dValuesTransposed = sum(o, dValuesTransposed, o.node('MatMul', [swapLast(o, chunkOutputs), probabilities]));
      dQueries.push(dChunkQueries);
      done = [dChunkQueries, dKeysTransposed, dValuesTransposed];
    }
    const fromTransposed = (x: string): string =>
      o.reshape(o.node('Transpose', [x], { perm: [0, 3, 1, 2] }), [batch, heads.keys[1], count, size], k.shape);
    return [
      joinHeads(o, scaled(o, concatRows(o, dQueries), attributes.scale), heads.queries, q.shape),
      fromTransposed(dKeysTransposed as string),
      fromTransposed(dValuesTransposed as string),
    ];
  },
};

/** [B, S, H, D] of the queries and of the keys. */
interface HeadLayout {
  readonly queries: readonly [Dim, Dim, Dim, Dim];
  readonly keys: readonly [Dim, Dim, Dim, Dim];
}

/** Rows floor(S·index/count) to floor(S·(index+1)/count) of the queries. */
interface Chunk {
  readonly index: number;
  readonly count: number;
  readonly rows: Dim;
}

function headLayout(q: Operand, k: Operand, { heads }: AttentionAttributes): HeadLayout {
  const [batch, rows, channels] = q.shape as readonly [Dim, Dim, Dim];
  const size = divide(channels, heads);
  return { queries: [batch, rows, heads, size], keys: [batch, k.shape[1] as Dim, heads, size] };
}

function chunksOf(o: Emitter, { queries, keys }: HeadLayout): readonly Chunk[] {
  const [batch, rows, heads] = queries;
  const scores = largestCount(o.model, [batch, heads, rows, keys[1]]) ?? 0;
  const count = Math.min(Math.max(1, Math.ceil((4 * scores) / CHUNK_BYTES)), largestCount(o.model, [rows]) ?? 1);
  return Array.from({ length: count }, (_, index) => ({ index, count, rows }));
}

/** [B, S, C] to [B, H, S, D], or with another order of (B, S, H, D). */
const splitHeads = (o: Emitter, x: Operand, layout: Shape, perm: readonly number[] = [0, 2, 1, 3]): string =>
  o.node('Transpose', [o.reshape(x.name, x.shape, layout)], { perm });

/** [B, H, S, D] to [B, S, C]. */
const joinHeads = (o: Emitter, x: string, layout: Shape, shape: Shape): string =>
  o.reshape(o.node('Transpose', [x], { perm: [0, 2, 1, 3] }), layout, shape);

const scaled = (o: Emitter, x: string, scale: number): string =>
  scale === 1 ? x : o.node('Mul', [x, o.scalar(scale)]);

const swapLast = (o: Emitter, x: string): string => o.node('Transpose', [x], { perm: [0, 1, 3, 2] });

const sum = (o: Emitter, total: string | undefined, part: string): string =>
  total === undefined ? part : o.node('Add', [total, part]);

const concatRows = (o: Emitter, parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] as string) : o.node('Concat', parts, { axis: 2 });

function rowsOf(o: Emitter, x: string, { index, count, rows }: Chunk): string {
  if (count === 1) return x;
  return o.node('Slice', [x, o.fraction(rows, index, count), o.fraction(rows, index + 1, count), o.integers([2])]);
}

function softmaxOf(
  o: Emitter,
  queries: string,
  keysTransposed: string,
  chunk: Chunk,
  heads: HeadLayout,
  attributes: AttentionAttributes,
): string {
  const scores = o.node('MatMul', [queries, keysTransposed]);
  return o.node('Softmax', [attributes.causal ? o.node('Add', [scores, causalMask(o, chunk, heads)]) : scores], {
    axis: -1,
  });
}

/** 0 where the key is not after the query, else a number that the softmax turns into 0. Text is short: a constant. */
function causalMask(o: Emitter, chunk: Chunk, heads: HeadLayout): string {
  const [rows, columns] = [heads.queries[1], heads.keys[1]];
  if (typeof rows !== 'number' || typeof columns !== 'number')
    throw new RangeError('causal attention needs token counts known when the graph is built');
  const mask = Array.from({ length: rows * columns }, (_, index) =>
    index % columns > Math.floor(index / columns) ? MASKED : 0,
  );
  return rowsOf(o, o.floats(mask, [1, 1, rows, columns]), chunk);
}

const MASKED = -1e9;

/**
 * A zero of shape [1, 1, 1, 1] that is ready only when all of `values` are. Adding it to a tensor holds back what is
 * computed from that tensor, with standard ops, on every provider. A NaN in a gradient spreads through it, which the
 * loop sees in the gradient's norm.
 */
function tokenOf(o: Emitter, values: readonly string[]): string {
  const corner = (x: string): string =>
    o.node('Slice', [
      x,
      ...[
        [0, 0, 0, 0],
        [1, 1, 1, 1],
        [0, 1, 2, 3],
      ].map(o.integers),
    ]);
  return o.node('Mul', [values.map(corner).reduce((left, right) => o.node('Add', [left, right])), o.scalar(0)]);
}

const after = (o: Emitter, x: string, token: string): string => o.node('Add', [x, token]);
