/**
 * The definitions of the ops that normalise rows, and of attention.
 */
import type { AttentionAttributes, AttentionOp, RowOp } from '../../graph/ops.ts';
import { emptyDoubles, type Doubles } from './doubles.ts';
import { input, rowsOf, shapeOf, type Evaluations } from './evaluation.ts';

export const NORMALISATION: Evaluations<RowOp | AttentionOp> = {
  moments: (inputs, { epsilon }, shapes) => moments(input(inputs, 0), epsilon, shapeOf(shapes)),
  layerNorm: (inputs, { epsilon }, shapes) => {
    const [x, gamma, beta] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
    const [mean, inverse] = moments(x, epsilon, shapeOf(shapes, 1)) as [Doubles, Doubles];
    const [, length] = rowsOf(x);
    const data = x.data.map((value, at) => {
      const row = Math.floor(at / length);
      const normal = (value - (mean.data[row] as number)) * (inverse.data[row] as number);
      return normal * (gamma.data[at % length] as number) + (beta.data[at % length] as number);
    });
    return [{ shape: x.shape, data }, mean, inverse];
  },
  softmax: (inputs) => {
    const x = input(inputs, 0);
    const [rows, length] = rowsOf(x);
    const y = emptyDoubles(x.shape);
    for (let row = 0; row < rows; row++) {
      y.data.set(softmax(x.data.subarray(row * length, (row + 1) * length)), row * length);
    }
    return [y];
  },
  attention: (inputs, attributes) => {
    const [q, k, v] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
    const o = emptyDoubles(q.shape);
    eachQuery(q, k, attributes, ({ query, keys, first, size }, probabilities) => {
      for (const [j, key] of keys.entries()) {
        for (let c = first; c < first + size; c++) addAt(o, query + c, (probabilities[j] as number) * at(v, key + c));
      }
    });
    return [o];
  },
  attentionGradient: (inputs, attributes) => {
    const [q, k, v] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
    const [o, dO] = [input(inputs, 3), input(inputs, 4)];
    const [dq, dk, dv] = [emptyDoubles(q.shape), emptyDoubles(k.shape), emptyDoubles(v.shape)];
    eachQuery(q, k, attributes, ({ query, keys, first, size }, probabilities) => {
      const spread = dot(o, query + first, dO, query + first, size);
      for (const [j, key] of keys.entries()) {
        const p = probabilities[j] as number;
        const dScore = attributes.scale * p * (dot(dO, query + first, v, key + first, size) - spread);
        for (let c = first; c < first + size; c++) {
          addAt(dv, key + c, p * at(dO, query + c));
          addAt(dq, query + c, dScore * at(k, key + c));
          addAt(dk, key + c, dScore * at(q, query + c));
        }
      }
    });
    return [dq, dk, dv];
  },
};

/** Mean, and 1/sqrt(variance + epsilon) with the variance of the whole population, of each row. */
function moments(x: Doubles, epsilon: number, shape: readonly number[]): readonly Doubles[] {
  const [rows, length] = rowsOf(x);
  const [mean, inverse] = [emptyDoubles(shape), emptyDoubles(shape)];
  for (let row = 0; row < rows; row++) {
    const values = x.data.subarray(row * length, (row + 1) * length);
    const average = total(values) / length;
    mean.data[row] = average;
    inverse.data[row] = 1 / Math.sqrt(total(values.map((value) => (value - average) ** 2)) / length + epsilon);
  }
  return [mean, inverse];
}

function softmax(scores: Float64Array): Float64Array {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = total(powers);
  return powers.map((power) => power / sum);
}

/** One query of one head: offsets of its token, of the tokens that it sees, and the head's channels. */
interface Query {
  readonly query: number;
  readonly keys: readonly number[];
  readonly first: number;
  readonly size: number;
}

/** Each query of each head with softmax(scale · q·k) over the tokens that it sees; causal: token i sees 0 to i. */
function eachQuery(
  q: Doubles,
  k: Doubles,
  { heads, scale, causal }: AttentionAttributes,
  visit: (query: Query, probabilities: Float64Array) => void,
): void {
  const [batch, queries, channels] = q.shape as [number, number, number];
  const tokens = k.shape[1] as number;
  const size = channels / heads;
  for (let item = 0; item < batch; item++) {
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < queries; i++) {
        const query = (item * queries + i) * channels;
        const seen = causal ? Math.min(i + 1, tokens) : tokens;
        const keys = Array.from({ length: seen }, (_, j) => (item * tokens + j) * channels);
        const first = head * size;
        const scores = Float64Array.from(keys, (key) => scale * dot(q, query + first, k, key + first, size));
        visit({ query, keys, first, size }, softmax(scores));
      }
    }
  }
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

const at = (x: Doubles, offset: number): number => x.data[offset] as number;

const addAt = (x: Doubles, offset: number, amount: number): void => {
  x.data[offset] = at(x, offset) + amount;
};

function dot(a: Doubles, startA: number, b: Doubles, startB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += at(a, startA + i) * at(b, startB + i);
  return sum;
}
