/**
 * Writes safetensors: the same tensors and metadata always give the same bytes, and a file larger than memory streams.
 *
 * Order as in the reference implementation (safetensors `serialize`: by dtype, widest first, then by name), so that
 * hashes over the tensor bytes are those that Kohya's tools compute. The header is padded with spaces to 8 bytes, so
 * that every tensor is aligned to its element size.
 */
import { BYTES_PER_ELEMENT, narrow, type WritableDType } from '../../base/dtype.ts';
import { assert } from '../../base/errors.ts';
import { elementCount } from '../../base/tensor.ts';

export interface TensorToWrite {
  readonly name: string;
  readonly dtype: WritableDType;
  readonly shape: readonly number[];
  /** Row-major; a function makes the elements when they are written, in pieces of any size. */
  readonly data: Float32Array | (() => Iterable<Float32Array>);
}

/** A tensor whose elements may have to be read from a file first. */
export type StreamedTensor = Omit<TensorToWrite, 'data'> & {
  readonly data: TensorToWrite['data'] | (() => AsyncIterable<Float32Array>);
};

export interface EncodedSafetensors {
  /** Length, JSON and padding. */
  readonly header: Uint8Array;
  /** The tensors' bytes, in order. Each call starts anew. */
  readonly chunks: () => Iterable<Uint8Array>;
  /** Of the whole file. */
  readonly byteLength: number;
}

const DTYPE_ORDER: Readonly<Record<WritableDType, number>> = { I64: 0, F32: 1, BF16: 2, F16: 3 };

/**
 * @throws {InternalError} if a name comes twice, or `data` does not fit its shape (for a function: while writing)
 */
export function encodeSafetensors(
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
): EncodedSafetensors {
  const sorted = sortedForFile(tensors);
  const { header, dataBytes } = describe(sorted, metadata);
  return { header, chunks: () => tensorBytes(sorted), byteLength: header.length + dataBytes };
}

/**
 * The bytes of the file that `encodeSafetensors` makes of the same tensors, for `Files.write`; one piece of one tensor is
 * in memory at a time.
 */
export async function* streamSafetensors(
  tensors: readonly StreamedTensor[],
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array, void> {
  const sorted = sortedForFile(tensors);
  yield describe(sorted, metadata).header;
  for (const tensor of sorted) {
    const { dtype, data } = tensor;
    let written = 0;
    for await (const piece of data instanceof Float32Array ? [data] : data()) {
      written += piece.length;
      yield narrow(dtype, piece);
    }
    assertWhole(tensor, written);
  }
}

type Described = Omit<TensorToWrite, 'data'>;

const sortedForFile = <Tensor extends Described>(tensors: readonly Tensor[]): Tensor[] =>
  tensors.toSorted((a, b) => DTYPE_ORDER[a.dtype] - DTYPE_ORDER[b.dtype] || (a.name < b.name ? -1 : 1));

function describe(
  sorted: readonly Described[],
  metadata: Readonly<Record<string, string>>,
): { readonly header: Uint8Array; readonly dataBytes: number } {
  const entries: [string, unknown][] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) entries.push(['__metadata__', Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  let position = 0;
  for (const { name, dtype, shape } of sorted) {
    const end = position + elementCount(shape) * BYTES_PER_ELEMENT[dtype];
    entries.push([name, { dtype, shape, data_offsets: [position, end] }]);
    position = end;
  }
  const fields = Object.fromEntries(entries);
  assert(Object.keys(fields).length === entries.length, 'two tensors to write have the same name');
  return { header: encodeHeader(JSON.stringify(fields)), dataBytes: position };
}

/** The whole file, for `Files.write`. */
export function* fileChunks(encoded: EncodedSafetensors): Iterable<Uint8Array> {
  yield encoded.header;
  yield* encoded.chunks();
}

function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}

function* tensorBytes(sorted: readonly TensorToWrite[]): Iterable<Uint8Array> {
  for (const tensor of sorted) {
    const { dtype, data } = tensor;
    let written = 0;
    for (const piece of data instanceof Float32Array ? [data] : data()) {
      written += piece.length;
      yield narrow(dtype, piece);
    }
    assertWhole(tensor, written);
  }
}

function assertWhole({ name, shape }: Described, written: number): void {
  assert(written === elementCount(shape), `${name} has ${written} elements, not ${elementCount(shape)}`);
}
