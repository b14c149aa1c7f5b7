/**
 * The elements of weights that lie in a user's files, piece by piece.
 */
import { BYTES_PER_ELEMENT } from '../../base/dtype.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { elementCount } from '../../base/tensor.ts';
import { readTensor } from '../safetensors/read.ts';
import type { WeightRef } from './types.ts';

const PIECE = 1 << 20;

/** Row-major in the weight's shape, widened to f32, 4 MB at a time; a weight that is stored turned comes whole. */
export async function* storedValues(files: Files, ref: WeightRef): AsyncGenerator<Float32Array, void> {
  if (ref.transposed === true) {
    yield await readTensor(files, ref);
    return;
  }
  const count = elementCount(ref.shape);
  const size = BYTES_PER_ELEMENT[ref.dtype];
  for (let start = 0; start < count; start += PIECE) {
    const length = Math.min(PIECE, count - start);
    const place = { ...ref, offset: ref.offset + start * size, byteLength: length * size, shape: [length] };
    yield await readTensor(files, place);
  }
}

/** The weights of parts by name with part. */
export const storedWeights = (
  files: Files,
  parts: ReadonlyMap<string, ReadonlyMap<string, WeightRef>>,
): ((name: string) => AsyncIterable<Float32Array>) => {
  return (name) => {
    const slash = name.indexOf('/');
    return storedValues(files, must(parts.get(name.slice(0, slash))?.get(name.slice(slash + 1)), `the weight ${name}`));
  };
};
