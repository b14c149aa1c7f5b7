/**
 * Reads stored tensors as f32.
 */
import { widen } from '../../base/dtype.ts';
import { UserError } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import type { StoredTensor } from './header.ts';

/**
 * The elements of a stored tensor, row-major in `shape`, widened to f32.
 *
 * @param place  a tensor of a header that was checked, or any range cut from one; with `transposed`, the file holds the
 *               transpose of `shape`
 * @throws {UserError} if the file has changed or can no longer be read
 */
export async function readTensor(
  files: Files,
  place: StoredTensor & { readonly transposed?: true },
): Promise<Float32Array> {
  const bytes = await files.readRange(place.file, place.offset, place.byteLength);
  if (bytes.length !== place.byteLength) {
    throw new UserError({
      code: 'safetensors/truncated',
      what: `The file is cut short: it ended while ${place.byteLength} bytes at ${place.offset} were being read`,
      where: place.file,
      fix: 'The file has changed since it was opened: get it again and start anew.',
    });
  }
  const values = widen(place.dtype, bytes);
  return place.transposed === undefined ? values : transpose(values, place.shape);
}

/** [columns, rows] as stored to [rows, columns] as `shape` says. */
function transpose(stored: Float32Array, shape: readonly number[]): Float32Array {
  const [rows = 0, columns = 0] = shape;
  const values = new Float32Array(stored.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[row * columns + column] = stored[column * rows + row] ?? 0;
  }
  return values;
}
