/**
 * Checkpoints of random weights: tiny ones are written and opened, full ones are compared with the lists of the published.
 */
import { describe, expect, test } from 'vitest';
import { elementCount } from '../../../../trainer/base/tensor.ts';
import { must } from '../../../../trainer/base/errors.ts';
import {
  textEncoderConfigOf,
  unetConfigOf,
  vaeConfigOf,
} from '../../../../trainer/formats/checkpoint/diffusers-config.ts';
import { openCheckpoint } from '../../../../trainer/formats/checkpoint/open.ts';
import type { Checkpoint, Weights } from '../../../../trainer/formats/checkpoint/types.ts';
import type { Family } from '../../../../trainer/formats/configs.ts';
import { textEncoderJson, unetJson, vaeJson } from '../../../../trainer/formats/checkpoint/folder-configs.ts';
import { networksOf } from '../../../../trainer/formats/random-checkpoint/sizes.ts';
import { publishedTensors } from '../../../../trainer/formats/random-checkpoint/tensors.ts';
import { randomValues } from '../../../../trainer/formats/random-checkpoint/values.ts';
import { writeRandomCheckpoint, type CheckpointRecipe } from '../../../../trainer/formats/random-checkpoint/write.ts';
import { readTensor } from '../../../../trainer/formats/safetensors/read.ts';
import type { Files } from '../../../../trainer/base/ports.ts';
import { keyList } from '../key-lists.ts';
import { memoryFiles } from '../memory-files.ts';

const FAMILIES = ['sd1', 'sd2', 'sdxl'] as const;

async function written(recipe: CheckpointRecipe): Promise<{ files: Files; checkpoint: Checkpoint }> {
  const files = memoryFiles();
  const path = recipe.layout === 'ldm' ? 'out/model.safetensors' : 'out/model';
  await writeRandomCheckpoint(files, path, recipe);
  return { files, checkpoint: await openCheckpoint(files, path) };
}

const partsOf = ({ unet, vae, textEncoders }: Checkpoint): Weights[] => [
  unet.weights,
  vae.weights,
  ...textEncoders.map(({ weights }) => weights),
];

describe('the two layouts of one seed are the same network with the same numbers', () => {
  for (const family of FAMILIES) {
    test(family, async () => {
      const recipe = { family, size: 'tiny', dtype: 'F16', seed: 7 } as const;
      const file = await written({ ...recipe, layout: 'ldm' });
      const folder = await written({ ...recipe, layout: 'diffusers' });
      expect(file.checkpoint).toMatchObject({ family, layout: 'ldm', dtypes: ['F16'] });
      expect(folder.checkpoint).toMatchObject({ family, layout: 'diffusers', predictionType: 'epsilon' });
      expect(folder.checkpoint.unet.config).toEqual(file.checkpoint.unet.config);
      expect(folder.checkpoint.vae.config).toEqual(file.checkpoint.vae.config);
      expect(folder.checkpoint.textEncoders.map(({ config }) => config)).toEqual(
        file.checkpoint.textEncoders.map(({ config }) => config),
      );
      for (const [index, weights] of partsOf(file.checkpoint).entries()) {
        const others = must(partsOf(folder.checkpoint)[index], 'a part');
        expect([...others.keys()].sort()).toEqual([...weights.keys()].sort());
        for (const [name, ref] of weights) {
          const mine = await readTensor(file.files, ref);
          const theirs = await readTensor(folder.files, must(others.get(name), name));
          expect(Buffer.compare(Buffer.from(mine.buffer), Buffer.from(theirs.buffer)), name).toBe(0);
        }
      }
    });
  }
});

describe('a single file of full size has the names and shapes of the published one', () => {
  const LISTS: Readonly<Record<Family, readonly string[]>> = {
    sd1: ['sd15_unet', 'sd15_vae', 'sd15_clip'],
    sd2: ['sd21_unet', 'sd21_vae', 'sd21_openclip'],
    sdxl: ['sdxl_base_unet', 'sdxl_base_vae', 'sdxl_base_clip_l', 'sdxl_base_openclip_bigg'],
  };
  for (const family of FAMILIES) {
    test(family, () => {
      const tensors = publishedTensors(family, networksOf(family, 'full'), { dtype: 'F16', values: () => [] });
      const made = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
      delete made['model_ema.decay'];
      const published = LISTS[family].flatMap((list) => keyList(`ldm/${list}.tsv`));
      expect(made).toEqual(Object.fromEntries(published.map(({ name, shape }) => [name, shape])));
    });
  }
});

test('the settings written into a folder say what the config says', () => {
  for (const family of FAMILIES) {
    const { unet, vae, textEncoders } = networksOf(family, 'full');
    expect(unetConfigOf('x', unetJson(unet))).toEqual(unet);
    expect(vaeConfigOf('x', vaeJson(vae), family)).toEqual(vae);
    for (const config of textEncoders) {
      expect(textEncoderConfigOf('x', textEncoderJson(config), config.projectionDim !== undefined)).toEqual(config);
    }
  }
});

describe('random values', () => {
  const all = (name: string, shape: readonly number[], seed = 1): number[] =>
    [...randomValues(seed, name, shape)].flatMap((piece) => [...piece]);

  test('have mean 0 and the standard deviation 1 / sqrt(fan-in)', () => {
    const values = all('unet/conv_in.weight', [64, 32, 3, 3]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    // 18432 values: their mean strays by 1 / sqrt(18432) = 0.7 % of the deviation, 5 of these are far enough.
    const expected = 1 / Math.sqrt(32 * 9);
    expect(Math.abs(mean)).toBeLessThan(0.037 * expected);
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.03);
  });

  test('norms are 1 and 0', () => {
    expect(new Set(all('unet/mid_block.resnets.0.norm1.weight', [8]))).toEqual(new Set([1]));
    expect(new Set(all('text_encoder/text_model.final_layer_norm.bias', [8]))).toEqual(new Set([0]));
  });

  test('differ by seed and by name, and are the same again for both', () => {
    const name = 'unet/conv_in.weight';
    expect(all(name, [4, 4])).toEqual(all(name, [4, 4]));
    expect(all(name, [4, 4])).not.toEqual(all(name, [4, 4], 2));
    expect(all(name, [4, 4])).not.toEqual(all('unet/conv_out.weight', [4, 4]));
  });

  test('come in pieces, so that a large weight never is in memory whole', () => {
    const pieces = [...randomValues(1, 'text_encoder/x.weight', [3, 1 << 20])];
    expect(pieces.length).toBe(3);
    expect(elementCount([3, 1 << 20])).toBe(pieces.reduce((sum, piece) => sum + piece.length, 0));
  });
});
