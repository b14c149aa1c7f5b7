import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { must, UserError } from '../../../../trainer/base/errors.ts';
import { f32 } from '../../../../trainer/base/tensor.ts';
import { legacyHash, modelHashes } from '../../../../trainer/formats/lora/hashes.ts';
import { openLora } from '../../../../trainer/formats/lora/read.ts';
import { encodeLora, type LoraModuleToWrite } from '../../../../trainer/formats/lora/write.ts';
import type { Family } from '../../../../trainer/formats/configs.ts';
import { readHeader } from '../../../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../../../trainer/formats/safetensors/read.ts';
import { encodeSafetensors, type TensorToWrite } from '../../../../trainer/formats/safetensors/write.ts';
import { sha256 } from '../../../../trainer/platform/sha256.ts';
import { fileBytes, memoryFiles } from '../memory-files.ts';

const NAME = 'lora_unet_mid_block_attentions_0_proj_in';

const matrix = (...shape: number[]): ReturnType<typeof f32> =>
  f32(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => index / 4),
  );

const MODULES: readonly LoraModuleToWrite[] = [
  { name: NAME, alpha: 2, down: matrix(4, 8, 1, 1), up: matrix(8, 4, 1, 1) },
  { name: 'lora_te_text_model_encoder_layers_0_mlp_fc1', alpha: 4, down: matrix(4, 6), up: matrix(10, 4) },
];

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a LoRA that was written', () => {
  test('reads back: names, ranks, alphas, matrices, metadata', async () => {
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      const bytes = fileBytes(await encodeLora({ modules: MODULES, dtype, metadata: { ss_v2: 'False' } }, sha256));
      const files = memoryFiles({ x: bytes });
      const lora = await openLora(files, 'x');
      expect(lora).toMatchObject({ naming: 'kohya', dtypes: [dtype] });
      expect(lora.metadata['ss_v2']).toBe('False');
      for (const { name, alpha, down, up } of MODULES) {
        const module = must(lora.modules.get(name), name);
        expect(module).toMatchObject({ rank: 4, alpha });
        expect(module.down.shape).toEqual(down.shape);
        expect(await readTensor(files, module.up)).toEqual(up.data);
      }
    }
  });

  test('has Kohya’s three tensors a module, alpha without dimensions, all of one dtype', async () => {
    const files = memoryFiles({
      x: fileBytes(await encodeLora({ modules: MODULES, dtype: 'F16', metadata: {} }, sha256)),
    });
    const { tensors } = await readHeader(files, 'x');
    expect(tensors.size).toBe(6);
    expect(tensors.get(`${NAME}.alpha`)).toMatchObject({ shape: [], dtype: 'F16' });
  });

  test('carries the hash of its tensor bytes, whatever else the metadata says', async () => {
    const bytes = fileBytes(
      await encodeLora({ modules: MODULES, dtype: 'F32', metadata: { 'modelspec.title': 'a' } }, sha256),
    );
    const header = await readHeader(memoryFiles({ x: bytes }), 'x');
    // sd-scripts: SHA-256 of all bytes after the header; the second looks at 1 MiB, where this small file has nothing.
    expect(header.metadata['sshs_model_hash']).toBe(hex(bytes.subarray(header.dataOffset)));
    expect(header.metadata['sshs_legacy_hash']).toBe(hex(new Uint8Array()).slice(0, 8));
  });

  test('longer than 1 MiB, its legacy hash covers 64 KiB from there, of the file with ss_ metadata alone', async () => {
    const big: LoraModuleToWrite = { name: NAME, alpha: 1, down: matrix(128, 2000), up: matrix(2000, 128) };
    const bytes = fileBytes(await encodeLora({ modules: [big], dtype: 'F32', metadata: { ss_v2: 'x' } }, sha256));
    const tensors: TensorToWrite[] = [
      { name: `${NAME}.alpha`, dtype: 'F32', shape: [], data: Float32Array.of(1) },
      { name: `${NAME}.lora_down.weight`, dtype: 'F32', shape: big.down.shape, data: big.down.data },
      { name: `${NAME}.lora_up.weight`, dtype: 'F32', shape: big.up.shape, data: big.up.data },
    ];
    const bare = fileBytes(encodeSafetensors(tensors, { ss_v2: 'x' }));
    const { metadata } = await readHeader(memoryFiles({ x: bytes }), 'x');
    expect(metadata['sshs_legacy_hash']).toBe(hex(bare.subarray(0x100000, 0x110000)).slice(0, 8));
  });
});

test('a base model has a short hash of 64 KiB at 1 MiB and a long one of everything', async () => {
  const bytes = Uint8Array.from({ length: 0x120000 }, (_, index) => (index * 7) & 255);
  const files = memoryFiles({ x: bytes, small: Uint8Array.of(1) });
  expect(await modelHashes(files, 'x')).toEqual({
    legacy: hex(bytes.subarray(0x100000, 0x110000)).slice(0, 8),
    full: hex(bytes),
  });
  expect(await legacyHash(files, 'small')).toBe(hex(new Uint8Array()).slice(0, 8));
});

type Listed = Readonly<Record<string, readonly number[]>>;

const open = (tensors: Listed, family?: Family, metadata = {}): ReturnType<typeof openLora> => {
  const list = Object.entries(tensors).map(([name, shape]): TensorToWrite => ({
    name,
    dtype: 'F32',
    shape,
    data: matrix(...shape).data,
  }));
  return openLora(memoryFiles({ x: fileBytes(encodeSafetensors(list, metadata)) }), 'x', family);
};

describe('files of other tools', () => {
  test('without alpha, or with alpha 0, alpha is the rank', async () => {
    const lora = await open({
      [`${NAME}.lora_down.weight`]: [4, 8],
      [`${NAME}.lora_up.weight`]: [8, 4],
      'lora_unet_x.lora_down.weight': [2, 8],
      'lora_unet_x.lora_up.weight': [8, 2],
      'lora_unet_x.alpha': [],
    });
    expect([...lora.modules.values()].map(({ rank, alpha }) => [rank, alpha])).toEqual([
      [4, 4],
      [2, 2],
    ]);
  });

  test('SDXL modules under diffusers’ names come out under Stability’s', async () => {
    const name = 'lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k';
    const lora = await open({ [`${name}.lora_down.weight`]: [4, 2048], [`${name}.lora_up.weight`]: [640, 4] });
    expect(lora).toMatchObject({ family: 'sdxl', naming: 'translated' });
    expect([...lora.modules.keys()]).toEqual(['lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k']);
  });

  test.each([
    ['peft', 'unet.mid_block.attentions.0.proj_in.lora_A.weight', 'unet.mid_block.attentions.0.proj_in.lora_B.weight'],
    [
      'peft with adapter name',
      'unet.mid_block.attentions.0.proj_in.lora_A.default.weight',
      'unet.mid_block.attentions.0.proj_in.lora_B.default.weight',
    ],
    [
      'diffusers',
      'unet.mid_block.attentions.0.proj_in.lora.down.weight',
      'unet.mid_block.attentions.0.proj_in.lora.up.weight',
    ],
  ])('%s names come out as Kohya’s', async (_, down, up) => {
    const lora = await open({ [down]: [4, 8], [up]: [8, 4] }, 'sd1');
    expect(lora.naming).toBe('translated');
    expect(must(lora.modules.get(NAME), NAME)).toMatchObject({ rank: 4, alpha: 4, part: 'unet' });
  });

  test('the attention processors of old diffusers come out as Kohya’s', async () => {
    const stem = 'unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora';
    const lora = await open({ [`${stem}.down.weight`]: [4, 8], [`${stem}.up.weight`]: [8, 4] }, 'sd1');
    expect([...lora.modules.keys()]).toEqual(['lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_out_0']);
  });

  test('the family is told by the width of the text that cross attention takes', async () => {
    const name = 'lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k';
    const lora = await open({ [`${name}.lora_down.weight`]: [4, 1024], [`${name}.lora_up.weight`]: [8, 4] });
    expect(lora.family).toBe('sd2');
  });
});

describe('what cannot be used is refused with a reason', () => {
  const errorOf = async (promise: Promise<unknown>): Promise<UserError> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    if (error instanceof UserError) return error;
    throw new Error(`expected a UserError, not ${String(error)}`);
  };

  test('a LoRA of another family', async () => {
    const name = 'lora_te2_text_model_encoder_layers_0_mlp_fc1';
    const error = await errorOf(
      open({ [`${name}.lora_down.weight`]: [4, 8], [`${name}.lora_up.weight`]: [8, 4] }, 'sd1'),
    );
    expect(error.report.code).toBe('lora/family');
    expect(error.message).toMatch(/made for SDXL, but the base model is SD 1\.x/);
  });

  test('a LoHa', async () => {
    const error = await errorOf(open({ [`${NAME}.hada_w1_a`]: [4, 8] }));
    expect(error.report.code).toBe('lora/unsupported');
    expect(error.message).toMatch(/LyCORIS network .* not a plain LoRA/);
  });

  test('a tensor of unknown kind', async () => {
    const error = await errorOf(
      open({ [`${NAME}.lora_down.weight`]: [4, 8], [`${NAME}.lora_mid.weight`]: [4, 4, 3, 3] }),
    );
    expect(error.report.code).toBe('lora/unsupported');
    expect(error.message).toMatch(/does not know: "lora_unet_mid_block_attentions_0_proj_in\.lora_mid\.weight"/);
  });

  test('something that is no LoRA at all', async () => {
    const error = await errorOf(open({ 'encoder.down.0.block.0.conv1.weight': [4] }));
    expect(error.report.code).toBe('lora/not-a-lora');
    expect(error.message).toMatch(/This is a VAE alone, not a LoRA/);
  });

  test.each([
    ['half a module', { [`${NAME}.lora_down.weight`]: [4, 8] }, /has no up matrix/],
    [
      'ranks that differ',
      { [`${NAME}.lora_down.weight`]: [4, 8], [`${NAME}.lora_up.weight`]: [8, 2] },
      /do not fit: \[4, 8\] and \[8, 2\]/,
    ],
    ['rank 0', { [`${NAME}.lora_down.weight`]: [0, 8], [`${NAME}.lora_up.weight`]: [8, 0] }, /do not fit/],
    [
      'a list as alpha',
      { [`${NAME}.lora_down.weight`]: [4, 8], [`${NAME}.lora_up.weight`]: [8, 4], [`${NAME}.alpha`]: [3] },
      /alpha that is not one number/,
    ],
  ] as [string, Listed, RegExp][])('%s', async (_, tensors, says) => {
    const error = await errorOf(open(tensors));
    expect(error.report.code).toBe('lora/incomplete');
    expect(error.message).toMatch(says);
  });
});
