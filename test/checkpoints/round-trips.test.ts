/**
 * Checkpoints of random weights are opened, written, and opened again.
 */
import { describe, expect, test } from 'vitest';
import { narrow, widen } from '../../trainer/base/dtype.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { Layout } from '../../trainer/formats/checkpoint/types.ts';
import { writeCheckpoint } from '../../trainer/formats/checkpoint/write.ts';
import {
  differences,
  pathOf,
  randomSource,
  settingsIn,
  unchanged,
  valueOf,
  valuesOf,
} from '../trainer/formats/checkpoint/checkpoints-to-compare.ts';

const FAMILIES = ['sd1', 'sd2', 'sdxl'] as const;
const LAYOUTS: readonly Layout[] = ['ldm', 'diffusers'];

describe('written again, a checkpoint is the same network with the same bits', () => {
  for (const family of FAMILIES) {
    for (const from of LAYOUTS) {
      test(`${family}, from ${from} to both layouts`, async () => {
        const { files, source } = await randomSource({ family, layout: from });
        const before = await valuesOf(files, source);
        for (const to of LAYOUTS) {
          const path = pathOf(to, 'copy');
          await writeCheckpoint(files, path, unchanged(source, to));
          const copy = await openCheckpoint(files, path);
          expect(copy).toMatchObject({ family, layout: to, dtypes: ['F32'], predictionType: 'epsilon' });
          expect(settingsIn(copy)).toEqual(settingsIn(source));
          expect(differences(before, await valuesOf(files, copy))).toEqual([]);
        }
      });
    }
  }
});

describe('numbers', () => {
  test.each(['F16', 'BF16'] as const)('%s: each is the nearest that the type has', async (dtype) => {
    const { files, source } = await randomSource();
    await writeCheckpoint(files, 'out/half', { ...unchanged(source, 'diffusers'), dtype });
    const half = await openCheckpoint(files, 'out/half');
    expect(half.dtypes).toEqual([dtype]);
    const rounded = new Map(
      [...(await valuesOf(files, source))].map(([name, values]) => [name, widen(dtype, narrow(dtype, values))]),
    );
    expect(differences(rounded, await valuesOf(files, half))).toEqual([]);
  });

  test('of half precision come back to the bit when written as they are', async () => {
    const { files, source } = await randomSource({ dtype: 'F16', layout: 'ldm' });
    await writeCheckpoint(files, 'out/copy', { ...unchanged(source, 'diffusers'), dtype: 'F16' });
    const copy = await openCheckpoint(files, 'out/copy');
    expect(differences(await valuesOf(files, source), await valuesOf(files, copy))).toEqual([]);
  });
});

describe('what was trained is written, all else is the source', () => {
  // A weight that is renamed, one that is fused with two others in a single file, one that is stored turned.
  const CASES = {
    sd1: [
      'unet/down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight',
      'text_encoder/text_model.final_layer_norm.bias',
    ],
    sd2: ['text_encoder/text_model.encoder.layers.1.self_attn.k_proj.weight', 'unet/conv_out.bias'],
    sdxl: ['text_encoder_2/text_projection.weight', 'vae/quant_conv.weight'],
  } as const;
  for (const family of FAMILIES) {
    for (const layout of LAYOUTS) {
      test(`${family}, ${layout}`, async () => {
        const { files, source } = await randomSource({ family, layout: 'ldm' });
        const before = await valuesOf(files, source);
        const names: readonly string[] = CASES[family];
        // 0, 1, 2, ...: a turned or shifted one would be seen.
        const trained = new Map(names.map((name) => [name, valueOf(before, name).map((_, index) => index)]));
        const path = pathOf(layout, 'trained');
        await writeCheckpoint(files, path, { ...unchanged(source, layout), trained: (name) => trained.get(name) });
        const after = await valuesOf(files, await openCheckpoint(files, path));
        expect(differences(before, after).toSorted()).toEqual([...names].sort());
        expect(differences(new Map([...before, ...trained]), after)).toEqual([]);
      });
    }
  }
});
