/**
 * Files that are damaged, lie, or are something else: each gives one sentence, never a crash.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../trainer/base/errors.ts';
import type { ErrorCode } from '../../trainer/base/error-codes.ts';
import { readHeader } from '../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { encodeSafetensors } from '../../trainer/formats/safetensors/write.ts';
import { concatenate, fileBytes, memoryFiles, rawSafetensors } from '../trainer/formats/memory-files.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

async function errorOf(bytes: Uint8Array, name = 'model.safetensors'): Promise<UserError> {
  const error: unknown = await readHeader(memoryFiles({ [name]: bytes }), name).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, not ${String(error)}`);
  return error;
}

const entry = (shape: string, offsets: string, dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;

interface Case {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly code: ErrorCode;
  readonly says: RegExp;
}

const header = (title: string, text: string | Uint8Array, dataBytes: number, code: ErrorCode, says: RegExp): Case => ({
  title,
  bytes: rawSafetensors(text, dataBytes),
  code,
  says,
});

const BROKEN: readonly Case[] = [
  { title: 'zero bytes', bytes: new Uint8Array(), code: 'file/empty', says: /The file is empty/ },
  { title: 'three bytes', bytes: ascii('abc'), code: 'safetensors/not-safetensors', says: /only 3 bytes long/ },
  {
    title: 'a header longer than the file',
    bytes: rawSafetensors('{}', 0, 5000n),
    code: 'safetensors/truncated',
    says: /cut short: it has 10 bytes, but its header speaks of 5008/,
  },
  {
    title: 'a header of 2^64 - 1 bytes',
    bytes: rawSafetensors('{}', 0, 0xffff_ffff_ffff_ffffn),
    code: 'safetensors/header',
    says: /more than the allowed 100000000/,
  },
  {
    title: 'a header of 100 MB and one byte',
    bytes: rawSafetensors('{}', 0, 100_000_001n),
    code: 'safetensors/header',
    says: /says that it is 100000001 bytes long/,
  },
  header(
    'invalid UTF-8',
    Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d),
    0,
    'safetensors/header',
    /not valid UTF-8/,
  ),
  header('invalid JSON', '{"a":', 0, 'safetensors/header', /its header is not valid JSON/),
  header(
    'no JSON at all',
    'hello, hello',
    0,
    'safetensors/not-safetensors',
    /does not start with a safetensors header/,
  ),
  header(
    'a name given twice',
    `{"a":${entry('[1]', '[0,4]')},"a":${entry('[1]', '[4,8]')}}`,
    8,
    'safetensors/header',
    /names "a" twice/,
  ),
  header(
    'a name given twice in two spellings',
    `{"a":${entry('[1]', '[0,4]')},"\\u0061":${entry('[1]', '[4,8]')}}`,
    8,
    'safetensors/header',
    /names "a" twice/,
  ),
  header(
    'a field given twice',
    '{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}',
    8,
    'safetensors/header',
    /names "shape" twice/,
  ),
  header('metadata that is a list', '{"__metadata__":[]}', 0, 'safetensors/header', /metadata that is not a map/),
  header(
    'metadata that is not text',
    '{"__metadata__":{"ss_steps":5}}',
    0,
    'safetensors/header',
    /metadata "ss_steps" that is not text/,
  ),
  header('a tensor without description', '{"a":5}', 0, 'safetensors/tensor', /"a" has no description/),
  header('a tensor without dtype', '{"a":{"shape":[1],"data_offsets":[0,4]}}', 4, 'safetensors/tensor', /has no dtype/),
  header(
    'an 8-bit float',
    `{"a":${entry('[4]', '[0,4]', '"F8_E4M3"')}}`,
    4,
    'safetensors/dtype',
    /8-bit floating point \(F8_E4M3\)/,
  ),
  header(
    'an unheard-of dtype',
    `{"a":${entry('[4]', '[0,4]', '"toString"')}}`,
    4,
    'safetensors/dtype',
    /type \(toString\)/,
  ),
  header(
    'a shape that is a number',
    `{"a":${entry('4', '[0,16]')}}`,
    16,
    'safetensors/tensor',
    /shape that is not a list/,
  ),
  header('a negative side', `{"a":${entry('[-1]', '[0,4]')}}`, 4, 'safetensors/tensor', /shape that is not a list/),
  header('half a side', `{"a":${entry('[1.5]', '[0,6]')}}`, 6, 'safetensors/tensor', /shape that is not a list/),
  header(
    'a thousand sides',
    `{"a":${entry(JSON.stringify(Array(1000).fill(1)), '[0,4]')}}`,
    4,
    'safetensors/tensor',
    /shape that is not/,
  ),
  header(
    'sides whose product overflows',
    `{"a":${entry('[4294967296,4294967296]', '[0,4]')}}`,
    4,
    'safetensors/tensor',
    /needs 7378/,
  ),
  header(
    'a side beyond whole numbers',
    `{"a":${entry('[18446744073709551616]', '[0,4]')}}`,
    4,
    'safetensors/tensor',
    /shape that is not/,
  ),
  header('offsets below zero', `{"a":${entry('[1]', '[-4,0]')}}`, 4, 'safetensors/tensor', /no valid place/),
  header('three offsets', `{"a":${entry('[1]', '[0,4,8]')}}`, 4, 'safetensors/tensor', /no valid place/),
  header(
    'offsets that run backwards',
    `{"a":${entry('[1]', '[4,0]')}}`,
    4,
    'safetensors/tensor',
    /ends \(at 0\) before it begins/,
  ),
  header('offsets beyond the file', `{"a":${entry('[100]', '[0,400]')}}`, 40, 'safetensors/truncated', /cut short/),
  header(
    'fewer bytes than the shape needs',
    `{"a":${entry('[2]', '[0,4]')}}`,
    4,
    'safetensors/tensor',
    /takes 4 bytes, but F32 of shape \[2\] needs 8/,
  ),
  header(
    'two tensors on the same bytes',
    `{"a":${entry('[2]', '[0,8]')},"b":${entry('[2]', '[4,12]')}}`,
    12,
    'safetensors/tensor',
    /"b" overlaps/,
  ),
  header(
    'one tensor inside another',
    `{"a":${entry('[4]', '[0,16]')},"b":${entry('[1]', '[4,8]')}}`,
    16,
    'safetensors/tensor',
    /"b" overlaps/,
  ),
  header(
    'a hole between tensors',
    `{"a":${entry('[1]', '[0,4]')},"b":${entry('[1]', '[8,12]')}}`,
    12,
    'safetensors/tensor',
    /4 bytes that belong to no tensor/,
  ),
  header(
    'bytes after the last tensor',
    `{"a":${entry('[1]', '[0,4]')}}`,
    6,
    'safetensors/header',
    /accounts for \d+ bytes, but the file has \d+/,
  ),
];

const FOREIGN: readonly (readonly [string, Uint8Array, ErrorCode, RegExp])[] = [
  [
    'model.ckpt',
    concatenate([ascii('PK\x03\x04'), new Uint8Array(100)]),
    'file/pickle',
    /can run any program hidden in it/,
  ],
  ['model.pt', Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20), 'file/pickle', /never opened/],
  ['model.bin', ascii('(dp0\nS"posix"'), 'file/pickle', /pickle file/],
  ['renamed.safetensors', concatenate([ascii('PK\x03\x04'), new Uint8Array(100)]), 'file/pickle', /pickle file/],
  [
    'pointer.safetensors',
    ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4265380512\n'),
    'file/lfs-pointer',
    /Git LFS pointer/,
  ],
  [
    'page.safetensors',
    ascii('<!DOCTYPE html><html><body>Log in</body></html>'),
    'file/web-page',
    /the download failed/,
  ],
  ['reply.safetensors', ascii('{"error":"Repository not found"}'), 'file/web-page', /the download failed/],
  ['hub.safetensors', ascii('Entry not found'), 'file/web-page', /the download failed/],
  ['quantised.gguf', concatenate([ascii('GGUF'), new Uint8Array(60)]), 'file/other-format', /GGUF/],
  [
    'picture.png',
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13),
    'file/other-format',
    /PNG picture/,
  ],
];

describe('a broken safetensors file is one sentence that names the file and says what to do', () => {
  for (const { title, bytes, code, says } of BROKEN) {
    test(title, async () => {
      const { report, message } = await errorOf(bytes);
      expect(report.code).toBe(code);
      expect(message).toMatch(says);
      expect(report.where).toBe('model.safetensors');
      expect(report.fix).toMatch(/\.$/);
    });
  }
});

describe('a file of another kind is named for what it is, and never executed', () => {
  for (const [name, bytes, code, says] of FOREIGN) {
    test(name, async () => {
      const { report, message } = await errorOf(bytes, name);
      expect(report.code).toBe(code);
      expect(message).toMatch(says);
    });
  }

  test('no file', async () => {
    await expect(readHeader(memoryFiles(), 'gone.safetensors')).rejects.toThrow('There is no such file');
  });

  test('a folder', async () => {
    const refused = readHeader(memoryFiles({ 'a/b': 'x' }), 'a');
    await expect(refused).rejects.toThrow('This is a folder, not a file');
    await expect(refused).rejects.toMatchObject({ report: { code: 'file/is-folder' } });
  });
});

test('metadata as long as a million characters and names with escapes are read', async () => {
  const long = '\\"'.repeat(500_000);
  const bytes = rawSafetensors(`{"__metadata__":{"x":"${long}"},"a\\n":${entry('[1]', '[0,4]')}}`, 4);
  const { metadata, tensors } = await readHeader(memoryFiles({ x: bytes }), 'x');
  expect(metadata['x']).toHaveLength(500_000);
  expect([...tensors.keys()]).toEqual(['a\n']);
});

test('a header nested a million deep does not exhaust the stack', async () => {
  const { report } = await errorOf(rawSafetensors(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 0));
  expect(report).toMatchObject({
    code: 'safetensors/header',
    what: expect.stringMatching(/nested too deeply/) as string,
  });
});

test('names of JavaScript itself are names like any other', async () => {
  const bytes = rawSafetensors(`{"__proto__":${entry('[1]', '[0,4]')},"constructor":${entry('[1]', '[4,8]')}}`, 8);
  const { tensors } = await readHeader(memoryFiles({ x: bytes }), 'x');
  expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
});

test('a file that shrinks after it was opened is reported while reading', async () => {
  const bytes = fileBytes(encodeSafetensors([{ name: 'a', dtype: 'F32', shape: [4], data: new Float32Array(4) }], {}));
  const { tensors } = await readHeader(memoryFiles({ x: bytes }), 'x');
  const shrunk = memoryFiles({ x: bytes.subarray(0, bytes.length - 4) });
  const place = tensors.get('a');
  if (place === undefined) throw new Error('no tensor');
  await expect(readTensor(shrunk, place)).rejects.toThrow(/cut short/);
});

describe('whatever the bytes, the answer is a header or a UserError', () => {
  const readsOrExplains = async (bytes: Uint8Array): Promise<void> => {
    try {
      const { tensors } = await readHeader(memoryFiles({ x: bytes }), 'x');
      for (const { offset, byteLength } of tensors.values())
        expect(offset + byteLength).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
    }
  };

  test('random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), readsOrExplains), { numRuns: 500 });
  });

  test('random JSON as a header', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.nat(100), (text, dataBytes) => readsOrExplains(rawSafetensors(text, dataBytes))),
      { numRuns: 500 },
    );
  });

  test('random descriptions of tensors', async () => {
    const value = fc.oneof(
      fc.constantFrom('F32', 'F16', 'I64', 'F8_E5M2', null),
      fc.array(fc.integer({ min: -2, max: 9 })),
      fc.double(),
    );
    const description = fc.record({ dtype: value, shape: value, data_offsets: value }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), description), fc.nat(60), (entries, dataBytes) =>
        readsOrExplains(rawSafetensors(JSON.stringify(entries), dataBytes)),
      ),
      { numRuns: 500 },
    );
  });

  test('a valid file with bytes changed, cut or inserted', async () => {
    const valid = fileBytes(
      encodeSafetensors(
        [
          { name: 'unet.weight', dtype: 'F32', shape: [2, 3], data: new Float32Array(6) },
          { name: 'unet.bias', dtype: 'F16', shape: [3], data: new Float32Array(3) },
        ],
        { format: 'pt' },
      ),
    );
    const change = fc.tuple(fc.constantFrom('set', 'cut', 'insert'), fc.nat(valid.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = [...valid];
        for (const [kind, position, byte] of changes) {
          if (kind === 'set') bytes[position] = byte;
          else if (kind === 'cut') bytes.splice(position, 1);
          else bytes.splice(position, 0, byte);
        }
        return readsOrExplains(Uint8Array.from(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});
