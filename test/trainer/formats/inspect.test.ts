import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { inspectFile } from '../../../trainer/formats/inspect.ts';
import { encodeSafetensors } from '../../../trainer/formats/safetensors/write.ts';
import { hollowFiles, keyList } from './key-lists.ts';
import { fileBytes, memoryFiles } from './memory-files.ts';

test('a published checkpoint is told with the number of its parameters', async () => {
  const tensors = ['unet', 'vae', 'clip'].flatMap((part) => keyList(`ldm/sd15_${part}.tsv`));
  const report = await inspectFile(hollowFiles({ x: { tensors } }), 'x', { hashes: false });
  expect(report).toMatchObject({ kind: 'sd1', family: 'sd1', layout: 'ldm', tensors: 1131 });
  // The published counts, test/golden/data/ldm/counts.json.
  expect(report.parts?.map(({ name, parameters }) => [name, parameters])).toEqual([
    ['unet', 859520964],
    ['vae', 83653863],
    ['text_encoder', 123060480],
  ]);
});

test('a checkpoint that lacks a weight is still told about, with the reason why it cannot be used', async () => {
  const tensors = ['unet', 'vae', 'clip'].flatMap((part) => keyList(`ldm/sd15_${part}.tsv`));
  const report = await inspectFile(hollowFiles({ x: { tensors: tensors.slice(1) } }), 'x', { hashes: false });
  expect(report.kind).toBe('sd1');
  expect(report.problem).toMatchObject({ code: 'checkpoint/weights' });
});

test('hashes cover the whole file, a LoRA’s tensors, and the 64 KiB at 1 MiB', async () => {
  const data = Float32Array.from({ length: 400_000 }, (_, index) => index);
  const bytes = fileBytes(
    encodeSafetensors([{ name: 'lora_unet_x.lora_up.weight', dtype: 'F32', shape: [400_000], data }], {}),
  );
  const hex = (part: Uint8Array): string => createHash('sha256').update(part).digest('hex');
  const { hashes, title } = await inspectFile(memoryFiles({ x: bytes }), 'x', { hashes: true });
  expect(title).toBe('a LoRA');
  expect(hashes).toEqual({
    sha256: hex(bytes),
    tensors: hex(bytes.subarray(bytes.length - data.byteLength)),
    legacy: hex(bytes.subarray(0x100000, 0x110000)).slice(0, 8),
  });
});
