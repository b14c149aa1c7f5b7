/**
 * Reads the header of a safetensors file and believes none of it: every number is checked against the file before
 * anybody allocates or reads by it.
 *
 * The format, from github.com/huggingface/safetensors (README, "Format"):
 * - 8 bytes: N, the size of the header, an unsigned little-endian number;
 * - N bytes: JSON, starting with `{`, possibly padded with spaces: tensor name to dtype, shape and data_offsets
 *   [begin, end), counted from the end of the header; the name `__metadata__` holds a map of text to text;
 * - the rest: the tensors, little-endian, row-major, with no holes and no overlap, up to the last byte.
 * Checked in test/hostile/safetensors.test.ts.
 */
import { BYTES_PER_ELEMENT } from '../../base/dtype.ts';
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Files } from '../../base/ports.ts';
import type { StoredDType } from '../../base/tensor.ts';
import { foreignFile, SNIFF_BYTES } from '../foreign-files.ts';
import { HeaderTextError, isObject, parseHeaderText, type JsonObject } from './header-json.ts';

/** One tensor's place in a file. */
export interface StoredTensor {
  readonly file: string;
  /** From the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
}

export interface SafetensorsHeader {
  readonly file: string;
  /** Where the tensors begin: 8 + N. */
  readonly dataOffset: number;
  readonly fileSize: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The reference implementation's limit. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_DIMENSIONS = 32;
const LENGTH_BYTES = 8;
const OPENING_BRACE = 0x7b;

/**
 * @throws {UserError} `file/*` if it is no safetensors file, `safetensors/*` if it is a broken one
 */
export async function readHeader(files: Files, path: string): Promise<SafetensorsHeader> {
  const fileSize = await sizeOf(files, path);
  const start = await files.readRange(path, 0, Math.min(fileSize, SNIFF_BYTES));
  const headerSize = headerLength(path, start, fileSize);
  const dataOffset = LENGTH_BYTES + headerSize;
  const entries = parseText(path, await files.readRange(path, LENGTH_BYTES, headerSize));
  const { __metadata__: metadata = {}, ...listed } = entries;
  const tensors = Object.entries(listed).map(([name, entry]) => readEntry(path, name, entry, dataOffset));
  return {
    file: path,
    dataOffset,
    fileSize,
    metadata: textMap(path, metadata),
    tensors: packed(path, tensors, dataOffset, fileSize),
  };
}

async function sizeOf(files: Files, path: string): Promise<number> {
  const status = await files.status(path);
  if (status?.kind === 'file') return status.size;
  throw new UserError({
    code: status === undefined ? 'file/missing' : 'file/is-folder',
    what: status === undefined ? 'There is no such file' : 'This is a folder, not a file',
    where: path,
    fix: status === undefined ? 'Check the path.' : 'Give the path of a file inside it.',
  });
}

/** N, once it is plausible; a foreign file is named for what it is. */
function headerLength(path: string, start: Uint8Array, fileSize: number): number {
  const looksRight = start[LENGTH_BYTES] === OPENING_BRACE;
  if (!looksRight) {
    const foreign = foreignFile(path, start);
    if (foreign !== undefined) throw foreign;
  }
  if (start.length < LENGTH_BYTES + 2) throw notSafetensors(path, `is only ${fileSize} bytes long`);
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (!looksRight) throw notSafetensors(path, 'does not start with a safetensors header');
  if (length > MAX_HEADER_BYTES) {
    throw headerError(path, `says that it is ${length} bytes long, more than the allowed ${MAX_HEADER_BYTES}`);
  }
  if (LENGTH_BYTES + length > fileSize) throw truncated(path, LENGTH_BYTES + length, fileSize);
  return length;
}

function parseText(path: string, bytes: Uint8Array): JsonObject {
  try {
    return parseHeaderText(bytes);
  } catch (error) {
    if (error instanceof HeaderTextError) throw headerError(path, error.message);
    throw error;
  }
}

function textMap(path: string, metadata: unknown): Record<string, string> {
  if (!isObject(metadata)) throw headerError(path, 'holds metadata that is not a map');
  const wrong = Object.entries(metadata).find(([, value]) => typeof value !== 'string');
  if (wrong !== undefined) throw headerError(path, `holds metadata "${excerpt(wrong[0])}" that is not text`);
  return metadata as Record<string, string>;
}

interface Entry {
  readonly name: string;
  readonly tensor: StoredTensor;
}

function readEntry(path: string, name: string, entry: unknown, dataOffset: number): Entry {
  const fail = (what: string): UserError => tensorError(path, name, what);
  if (!isObject(entry)) throw fail('has no description');
  const dtype = readDType(path, name, entry['dtype']);
  const shape = entry['shape'];
  if (!isWholeNumbers(shape) || shape.length > MAX_DIMENSIONS) throw fail('has a shape that is not a list of sizes');
  const offsets = entry['data_offsets'];
  if (!isWholeNumbers(offsets) || offsets.length !== 2) throw fail('has no valid place in the file');
  const [begin = 0, end = 0] = offsets;
  if (end < begin) throw fail(`ends (at ${end}) before it begins (at ${begin})`);
  const expected = shape.reduce((product, side) => product * side, BYTES_PER_ELEMENT[dtype]);
  if (expected !== end - begin) {
    throw fail(`takes ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] needs ${expected}`);
  }
  return { name, tensor: { file: path, offset: dataOffset + begin, byteLength: end - begin, dtype, shape } };
}

const isWholeNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

const isStoredDType = (value: unknown): value is StoredDType =>
  typeof value === 'string' && Object.hasOwn(BYTES_PER_ELEMENT, value);

function readDType(path: string, name: string, dtype: unknown): StoredDType {
  if (isStoredDType(dtype)) return dtype;
  if (typeof dtype !== 'string') throw tensorError(path, name, 'has no dtype');
  const known = Object.keys(BYTES_PER_ELEMENT).join(', ');
  const eight = dtype.startsWith('F8') ? '8-bit floating point' : 'numbers of the type';
  throw new UserError({
    code: 'safetensors/dtype',
    what: `The tensor "${excerpt(name)}" is stored as ${eight} (${excerpt(dtype)}), which is too coarse or unknown for training`,
    where: path,
    fix: `Get the F32, F16 or BF16 version of the file. Known types: ${known}.`,
    details: { name: excerpt(name), dtype: excerpt(dtype) },
  });
}

/** The tensors in the order of their bytes, once they fill the file from end to end. */
function packed(
  path: string,
  entries: readonly Entry[],
  dataOffset: number,
  fileSize: number,
): ReadonlyMap<string, StoredTensor> {
  const sorted = entries.toSorted(
    (a, b) => a.tensor.offset - b.tensor.offset || a.tensor.byteLength - b.tensor.byteLength,
  );
  const last = sorted.reduce((end, { tensor }) => Math.max(end, tensor.offset + tensor.byteLength), dataOffset);
  if (last > fileSize) throw truncated(path, last, fileSize);
  let position = dataOffset;
  for (const { name, tensor } of sorted) {
    if (tensor.offset < position) throw tensorError(path, name, 'overlaps the tensor before it');
    if (tensor.offset > position) {
      throw tensorError(path, name, `comes after ${tensor.offset - position} bytes that belong to no tensor`);
    }
    position += tensor.byteLength;
  }
  if (position < fileSize) throw headerError(path, `accounts for ${position} bytes, but the file has ${fileSize}`);
  return new Map(sorted.map(({ name, tensor }) => [name, tensor]));
}

const AGAIN = 'Download or copy the file again; if that does not help, the file was damaged where it was made.';

const truncated = (path: string, expected: number, found: number): UserError =>
  new UserError({
    code: 'safetensors/truncated',
    what: `The file is cut short: it has ${found} bytes, but its header speaks of ${expected}`,
    where: path,
    fix: 'The download or copy stopped early: get the file again.',
    details: { expected, found },
  });

const headerError = (path: string, reason: string): UserError =>
  new UserError({
    code: 'safetensors/header',
    what: `The file is damaged: its header ${reason}`,
    where: path,
    fix: AGAIN,
  });

const notSafetensors = (path: string, reason: string): UserError =>
  new UserError({
    code: 'safetensors/not-safetensors',
    what: `This is not a .safetensors file: it ${reason}`,
    where: path,
    fix: 'Choose a Stable Diffusion model or a LoRA that ends in .safetensors, or download it again.',
  });

const tensorError = (path: string, name: string, reason: string): UserError =>
  new UserError({
    code: 'safetensors/tensor',
    what: `The file is damaged: its tensor "${excerpt(name)}" ${reason}`,
    where: path,
    fix: AGAIN,
    details: { name: excerpt(name) },
  });
