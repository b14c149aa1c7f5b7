/**
 * Tensors as plain data: a dtype, a shape in row-major order, and its elements.
 */
import { InternalError } from './errors.ts';

/** What the training graph computes in: `f32` for numbers, `i32` for indices. */
export type DType = 'f32' | 'i32';

/** What files store. Everything is widened to f32 before it is computed with. */
export type StoredDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export interface F32Tensor {
  readonly dtype: 'f32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface I32Tensor {
  readonly dtype: 'i32';
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

export type Tensor = F32Tensor | I32Tensor;

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** @throws {InternalError} if the number of elements does not fit the shape */
export function f32(shape: readonly number[], data: Float32Array | readonly number[]): F32Tensor {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  checkCount(shape, values.length);
  return { dtype: 'f32', shape, data: values };
}

/** @throws {InternalError} if the number of elements does not fit the shape */
export function i32(shape: readonly number[], data: Int32Array | readonly number[]): I32Tensor {
  const values = data instanceof Int32Array ? data : Int32Array.from(data);
  checkCount(shape, values.length);
  return { dtype: 'i32', shape, data: values };
}

function checkCount(shape: readonly number[], found: number): void {
  const expected = elementCount(shape);
  if (expected !== found)
    throw new InternalError(`shape [${shape.join(', ')}] needs ${expected} elements, not ${found}`);
}
