/**
 * LoRA files with anything in them: the answer is a LoRA, a report, or a UserError.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../trainer/base/errors.ts';
import { f32 } from '../../trainer/base/tensor.ts';
import { inspectFile } from '../../trainer/formats/inspect.ts';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { encodeLora } from '../../trainer/formats/lora/write.ts';
import { encodeSafetensors, type TensorToWrite } from '../../trainer/formats/safetensors/write.ts';
import { sha256 } from '../../trainer/platform/sha256.ts';
import { fileBytes, memoryFiles } from '../trainer/formats/memory-files.ts';

async function sound(bytes: Uint8Array): Promise<void> {
  const files = memoryFiles({ x: bytes });
  for (const work of [openLora(files, 'x'), openLora(files, 'x', 'sdxl'), inspectFile(files, 'x', { hashes: true })]) {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined) expect(error).toBeInstanceOf(UserError);
  }
}

test('tensors with names of LoRAs and any shape', async () => {
  const stem = fc.constantFrom(
    'lora_unet_mid_block_attentions_0_proj_in',
    'lora_unet_down_blocks_99999999999999999999_resnets_0_conv1',
    'lora_te2_text_model_encoder_layers_0_mlp_fc1',
    'lora_te3_x',
    'unet.up_blocks.7.attentions.5.proj_in',
    'text_encoder.',
    '__proto__',
  );
  const ending = fc.constantFrom(
    '.lora_up.weight',
    '.lora_down.weight',
    '.alpha',
    '.lora_A.weight',
    '.lora.up.weight',
    '.hada_w1_a',
    '',
  );
  const shape = fc.array(fc.nat(5), { maxLength: 5 });
  const name = fc.tuple(stem, ending).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, shape, { maxKeys: 6 }),
      fc.dictionary(fc.string(), fc.string()),
      async (shapes, metadata) => {
        const tensors = Object.entries(shapes).map(([key, sides]): TensorToWrite => ({
          name: key,
          dtype: 'F32',
          shape: sides,
          data: new Float32Array(sides.reduce((product, side) => product * side, 1)).fill(Number.NaN),
        }));
        await sound(fileBytes(encodeSafetensors(tensors, metadata)));
      },
    ),
    { numRuns: 500 },
  );
});

test('a valid LoRA with bytes changed or cut', async () => {
  const module = {
    name: 'lora_unet_mid_block_attentions_0_proj_in',
    alpha: 1,
    down: f32([2, 4], new Float32Array(8)),
    up: f32([4, 2], new Float32Array(8)),
  };
  const valid = fileBytes(await encodeLora({ modules: [module], dtype: 'F16', metadata: { ss_v2: 'False' } }, sha256));
  await fc.assert(
    fc.asyncProperty(fc.nat(valid.length - 1), fc.nat(255), fc.boolean(), async (position, byte, cut) => {
      const bytes = Uint8Array.from(valid);
      bytes[position] = byte;
      await sound(cut ? bytes.subarray(0, position) : bytes);
    }),
    { numRuns: 500 },
  );
});
