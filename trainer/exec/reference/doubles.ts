/**
 * Arrays of doubles with a shape, row-major, and the one tool that layout needs: where each element lies when axes are
 * permuted, repeated or cut.
 */
import { elementCount, f32, type Tensor } from '../../base/tensor.ts';

export interface Doubles {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const emptyDoubles = (shape: readonly number[]): Doubles => ({
  shape,
  data: new Float64Array(elementCount(shape)),
});

export const fromTensor = (tensor: Tensor): Doubles => ({
  shape: tensor.shape,
  data: Float64Array.from(tensor.data),
});

export const toTensor = ({ shape, data }: Doubles): Tensor => f32(shape, Float32Array.from(data));

/** Row-major: the last axis has stride 1. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

/** The strides that read `shape` as if it were broadcast to `target`: 0 along repeated axes. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const own = stridesOf(shape);
  return target.map((_, index) => {
    const axis = index - target.length + shape.length;
    return axis < 0 || shape[axis] === 1 ? 0 : (own[axis] as number);
  });
}

/** For each index of `shape` in row-major order: start + sum of index times stride. */
export function offsetsOf(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let offsets = Int32Array.of(start);
  for (const [axis, side] of shape.entries()) {
    const stride = strides[axis] as number;
    const next = new Int32Array(offsets.length * side);
    for (const [at, offset] of offsets.entries()) {
      for (let index = 0; index < side; index++) next[at * side + index] = offset + index * stride;
    }
    offsets = next;
  }
  return offsets;
}

/** The elements of `data` at `offsets`. */
export function pick(data: Float64Array, offsets: Int32Array): Float64Array {
  const picked = new Float64Array(offsets.length);
  for (const [at, offset] of offsets.entries()) picked[at] = data[offset] as number;
  return picked;
}
