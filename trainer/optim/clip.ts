/**
 * Gradient clipping by the norm of all gradients together.
 *
 * Source: Pascanu et al. 2013, arXiv:1211.5063; the 1e-6 is that of torch.nn.utils.clip_grad_norm_. Norms of gradients
 * before clipping are in test/golden/traces.
 */

/** Keeps the division finite, as in PyTorch. */
const TINY = 1e-6;

/** √(Σ g²) over all elements of all gradients, summed in f64. */
export function gradientNorm(gradients: Iterable<Float32Array>): number {
  let squares = 0;
  for (const gradient of gradients) squares += sumOfSquares(gradient);
  return Math.sqrt(squares);
}

/** Four sums side by side: one alone would wait for each addition before the next, four times as long. */
function sumOfSquares(values: Float32Array): number {
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let index = 0; index < whole; index += 4) {
    const [a, b, c, d] = [values[index], values[index + 1], values[index + 2], values[index + 3]] as typeof sums;
    sums[0] += a * a;
    sums[1] += b * b;
    sums[2] += c * c;
    sums[3] += d * d;
  }
  for (const value of values.subarray(whole)) sums[0] += value * value;
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/**
 * What to multiply every gradient with so that their norm is at most `maxNorm`: min(1, maxNorm/(norm + 1e-6)). A limit
 * of 0 means no limit (`max_grad_norm = 0`). A norm that is not finite gives NaN or 0: the loop must not apply such a
 * step.
 */
export const clipFactor = (norm: number, maxNorm: number): number =>
  maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + TINY));
