/**
 * Numbers as files store them: half precision (F16), bfloat16 (BF16) and the rest, to and from f32.
 *
 * Source: IEEE 754-2019 binary16, round to nearest, ties to even; bfloat16 is the upper half of binary32. Every typed
 * array of JavaScript is little-endian on the machines that run us, as the files are.
 * Checked against hand-computed bit patterns and a plain-arithmetic model: test/trainer/base/dtype.test.ts.
 */
import type { StoredDType } from './tensor.ts';

export const BYTES_PER_ELEMENT: Readonly<Record<StoredDType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** What we write weights as. */
export type FloatDType = 'F32' | 'F16' | 'BF16';

/** What we write; I64 for the few tensors of whole numbers that checkpoints carry along. */
export type WritableDType = FloatDType | 'I64';

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

let halfValues: Float32Array | undefined;

/** The value of every 16-bit pattern: 256 KiB, made once. */
function halfTable(): Float32Array {
  return (halfValues ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  }));
}

/**
 * The bits of the half nearest to the f32 with the given bits: ties to even, beyond 65520 infinity, NaN stays NaN.
 *
 * Normal numbers: rebias the exponent by -112 and round off 13 bits. Below 2^-14 the halves are multiples of 2^-24, which
 * is the spacing of f32 at 0.5: adding 0.5 rounds, and the low bits of the sum are the answer.
 */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  word[0] = magnitude;
  real[0] = (real[0] ?? 0) + 0.5;
  return sign | ((word[0] ?? 0) - 0x3f000000);
}

const bfloatBits = (bits: number): number =>
  (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;

/**
 * Stored elements as f32, in a fresh array. F64 and integers are rounded to the nearest f32.
 *
 * @param bytes  a whole number of elements, at any alignment
 */
export function widen(dtype: StoredDType, bytes: Uint8Array): Float32Array {
  const { buffer } = aligned(bytes);
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return widenHalf(new Uint16Array(buffer));
    case 'BF16':
      return widenBfloat(new Uint16Array(buffer));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case 'I32':
      return Float32Array.from(new Int32Array(buffer));
    case 'I16':
      return Float32Array.from(new Int16Array(buffer));
    case 'I8':
      return Float32Array.from(new Int8Array(buffer));
    case 'U8':
    case 'BOOL':
      return Float32Array.from(new Uint8Array(buffer));
  }
}

/** The same bytes alone in a buffer, so that a view of any element type fits. */
const aligned = (bytes: Uint8Array): { readonly buffer: ArrayBuffer } => new Uint8Array(bytes);

function widenHalf(bits: Uint16Array): Float32Array {
  const table = halfTable();
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) values[index] = table[bits[index] ?? 0] ?? 0;
  return values;
}

function widenBfloat(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) words[index] = (bits[index] ?? 0) << 16;
  return new Float32Array(words.buffer);
}

/** The bytes of f32 values in a stored dtype, rounded to the nearest, ties to even. F32 shares the memory of `values`. */
export function narrow(dtype: WritableDType, values: Float32Array): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (dtype === 'I64') return new Uint8Array(BigInt64Array.from(values, (value) => BigInt(Math.round(value))).buffer);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(words.length);
  const round = dtype === 'F16' ? halfBits : bfloatBits;
  for (let index = 0; index < words.length; index++) bits[index] = round(words[index] ?? 0);
  return new Uint8Array(bits.buffer);
}
