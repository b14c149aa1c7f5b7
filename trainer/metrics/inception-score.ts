/**
 * Inception score: whether each picture is clearly of one class, and all together are of many.
 *
 * Source: Salimans et al. 2016, arXiv:1606.03498, section 4. Checked against its definition in NumPy:
 * test/golden/full/metrics.json.
 */
import { assert } from '../base/errors.ts';

export interface InceptionScore {
  readonly mean: number;
  /** Between the splits, over their number. */
  readonly deviation: number;
  readonly splits: number;
}

/**
 *     exp(mean over x of KL(p(y|x) ‖ p(y)))  in each split, p(y) being the mean of p(y|x) in the split
 *
 * @param logits f32 [classes] for each picture; p(y|x) is their softmax
 * @param splits parts of equal size (up to one), in the order given; at most as many as pictures
 * @returns mean of 1 (all alike) to the number of classes
 */
export function inceptionScore(logits: readonly Float32Array[], splits: number): InceptionScore {
  const count = logits.length;
  assert(splits >= 1 && splits <= count, `${count} pictures in ${splits} splits`);
  const logarithms = logits.map(logSoftmax);
  const scores = Array.from({ length: splits }, (_, split) =>
    scoreOf(logarithms.slice(Math.floor((split * count) / splits), Math.floor(((split + 1) * count) / splits))),
  );
  const mean = average(scores);
  return { mean, deviation: Math.sqrt(average(scores.map((score) => (score - mean) ** 2))), splits };
}

function logSoftmax(logits: Float32Array): Float64Array {
  const largest = logits.reduce((most, value) => Math.max(most, value), -Infinity);
  const sum = logits.reduce((total, value) => total + Math.exp(value - largest), 0);
  return Float64Array.from(logits, (value) => value - largest - Math.log(sum));
}

function scoreOf(logarithms: readonly Float64Array[]): number {
  const marginal = new Float64Array(logarithms[0]?.length ?? 0);
  for (const row of logarithms) {
    for (const [i, value] of row.entries()) marginal[i] = (marginal[i] as number) + Math.exp(value) / logarithms.length;
  }
  const divergences = logarithms.map((row) =>
    row.reduce((sum, value, i) => sum + termOf(value, marginal[i] as number), 0),
  );
  return Math.exp(average(divergences));
}

/** p·(ln p − ln q), which is 0 where p is too small for a number. */
function termOf(logarithm: number, marginal: number): number {
  const probability = Math.exp(logarithm);
  return probability === 0 ? 0 : probability * (logarithm - Math.log(marginal));
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
