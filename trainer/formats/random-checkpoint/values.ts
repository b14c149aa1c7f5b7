/**
 * Random weights that a network can run with: signals stay near 1 from layer to layer, so losses are finite and near 1.
 *
 * Values are uniform with a standard deviation of gain / sqrt(fan-in). Layers that end a residual branch have a smaller
 * gain, so that depth does not make signals grow; norms are 1 and 0. Each weight has a generator of its own, seeded by
 * the seed and the weight's name: the same seed gives the same network in every layout, and the order of writing does
 * not matter.
 */
import { elementCount } from '../../base/tensor.ts';
import { weightRole } from '../checkpoint/weight-roles.ts';

const PIECE = 1 << 20;

/** Standard deviation of a weight's values; a number that all of them are, where it is 0. */
function spreadOf(name: string, shape: readonly number[]): { readonly deviation: number; readonly constant?: number } {
  const perInput = 1 / Math.sqrt(elementCount(shape.slice(1)));
  switch (weightRole(name)) {
    case 'scale':
      return { deviation: 0, constant: 1 };
    case 'shift':
      return { deviation: 0, constant: 0 };
    case 'bias':
      return { deviation: 0.01 };
    case 'tokens':
      return { deviation: 0.5 };
    case 'positions':
      return { deviation: 0.1 };
    case 'residual-end':
    case 'unet-output':
      return { deviation: 0.3 * perInput };
    case 'matrix':
      return { deviation: (name.endsWith('conv_out.weight') ? 0.3 : 1) * perInput };
  }
}

/** Mixes text into 32 bits: FNV-1a, then the finaliser of MurmurHash3. Never 0, which xorshift cannot leave. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 1;
}

/**
 * The values of one weight, in pieces of at most 4 MB.
 *
 * @param name  canonical, with its part in front: `unet/conv_in.weight`
 */
export function* randomValues(seed: number, name: string, shape: readonly number[]): Iterable<Float32Array> {
  const { deviation, constant } = spreadOf(name, shape);
  const scale = (deviation * Math.sqrt(3)) / 2 ** 31;
  let state = seedOf(`${seed}:${name}`);
  for (let left = elementCount(shape); left > 0; left -= PIECE) {
    const values = new Float32Array(Math.min(left, PIECE));
    if (constant !== undefined) values.fill(constant);
    else {
      for (let index = 0; index < values.length; index++) {
        // xorshift32 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        values[index] = state * scale;
      }
    }
    yield values;
  }
}
