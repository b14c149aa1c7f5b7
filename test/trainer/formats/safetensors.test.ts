import { describe, expect, test } from 'vitest';
import { readHeader } from '../../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../../trainer/formats/safetensors/read.ts';
import { encodeSafetensors, fileChunks, type TensorToWrite } from '../../../trainer/formats/safetensors/write.ts';
import { must } from '../../../trainer/base/errors.ts';
import { fileBytes, memoryFiles } from './memory-files.ts';

const TENSORS: readonly TensorToWrite[] = [
  { name: 'b', dtype: 'F16', shape: [3], data: Float32Array.of(1, -2, 0.5) },
  { name: 'a', dtype: 'F16', shape: [], data: Float32Array.of(4) },
  { name: 'z', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  { name: 'm', dtype: 'BF16', shape: [0, 5], data: new Float32Array() },
];

describe('writing', () => {
  test('what was written reads back: names, shapes, values, metadata', async () => {
    const files = memoryFiles({ x: fileBytes(encodeSafetensors(TENSORS, { ss_tags: '{"ä\\"": 1}' })) });
    const header = await readHeader(files, 'x');
    expect(header.metadata).toEqual({ ss_tags: '{"ä\\"": 1}' });
    for (const { name, dtype, shape, data } of TENSORS) {
      const place = must(header.tensors.get(name), name);
      expect(place).toMatchObject({ dtype, shape });
      expect(await readTensor(files, place)).toEqual(data);
    }
  });

  test('the order of the bytes is that of the reference implementation: widest dtype first, then by name', async () => {
    // safetensors `serialize` sorts by dtype descending (F32 > BF16 > F16 in its enumeration), then by name.
    const header = await readHeader(memoryFiles({ x: fileBytes(encodeSafetensors(TENSORS, {})) }), 'x');
    expect([...header.tensors.keys()]).toEqual(['z', 'm', 'a', 'b']);
  });

  test('the same content gives the same bytes in whatever order it is handed over, and tensors start at a multiple of 8', () => {
    const one = fileBytes(encodeSafetensors(TENSORS, { a: '1', b: '2' }));
    const other = fileBytes(encodeSafetensors(TENSORS.toReversed(), { b: '2', a: '1' }));
    expect(other).toEqual(one);
    expect(encodeSafetensors(TENSORS, {}).header.length % 8).toBe(0);
  });

  test('elements may be made while writing, piece by piece', async () => {
    const data = function* (): Iterable<Float32Array> {
      yield Float32Array.of(1, 2);
      yield Float32Array.of(3);
    };
    const files = memoryFiles();
    await files.write('x', fileChunks(encodeSafetensors([{ name: 'a', dtype: 'F32', shape: [3], data }], {})));
    const { tensors } = await readHeader(files, 'x');
    expect([...(await readTensor(files, must(tensors.get('a'), 'a')))]).toEqual([1, 2, 3]);
  });

  test('too few elements or a name given twice is our own mistake', () => {
    const wrong = encodeSafetensors([{ name: 'a', dtype: 'F32', shape: [2], data: Float32Array.of(1) }], {});
    expect(() => fileBytes(wrong)).toThrow('a has 1 elements, not 2');
    const [first] = TENSORS;
    expect(() => encodeSafetensors([must(first, 'b'), must(first, 'b')], {})).toThrow('same name');
  });
});

test('a tensor stored as the transpose reads as the network wants it', async () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const files = memoryFiles({
    x: fileBytes(encodeSafetensors([{ name: 'a', dtype: 'F32', shape: [2, 3], data }], {})),
  });
  const place = must((await readHeader(files, 'x')).tensors.get('a'), 'a');
  expect([...(await readTensor(files, { ...place, shape: [3, 2], transposed: true }))]).toEqual([1, 4, 2, 5, 3, 6]);
});
