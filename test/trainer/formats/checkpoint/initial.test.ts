/**
 * Checkpoints of random weights from settings alone.
 */
import { describe, expect, test } from 'vitest';
import {
  writeInitialCheckpoint,
  writeInitialVae,
  type InitialCheckpoint,
} from '../../../../trainer/formats/checkpoint/initial.ts';
import { initialSpread, initialValues } from '../../../../trainer/formats/checkpoint/initial-weights.ts';
import { openCheckpoint } from '../../../../trainer/formats/checkpoint/open.ts';
import { openVae } from '../../../../trainer/formats/checkpoint/separate-vae.ts';
import { networksOf } from '../../../../trainer/formats/random-checkpoint/sizes.ts';
import { differences, jsonAt, valueOf, valuesOf } from './checkpoints-to-compare.ts';
import { settingsFiles, smallModel } from './model-settings.ts';

const FOLDER: InitialCheckpoint = { configFolder: 'settings', seed: 7 };

async function initial(path: string, options: Partial<InitialCheckpoint> = {}, files = settingsFiles(smallModel())) {
  await writeInitialCheckpoint(files, path, { ...FOLDER, ...options });
  const checkpoint = await openCheckpoint(files, path);
  return { files, checkpoint, values: await valuesOf(files, checkpoint) };
}

describe('a checkpoint made of settings', () => {
  test('opens like any other, with the networks and the noise schedule that the settings say', async () => {
    const { files, checkpoint } = await initial('run/initial');
    expect(checkpoint).toMatchObject({
      family: 'sd1',
      layout: 'diffusers',
      dtypes: ['F32'],
      predictionType: 'v_prediction',
      noiseSchedule: { curve: 'scaled_linear', zeroTerminalSnr: true },
      // 4 latent cells.
      side: 32,
      unet: { config: { blockOutChannels: [16, 48], midBlock: { attention: { heads: 3 } }, normNumGroups: 8 } },
      vae: { config: { blockOutChannels: [8, 8, 16, 16], scalingFactor: 0.18215 } },
    });
    expect(checkpoint.textEncoders.map(({ config }) => config.hiddenSize)).toEqual([24]);
    // What we do not read is kept for other programs.
    expect(await jsonAt(files, 'run/initial/unet/config.json')).toMatchObject({ sample_size: 4 });
  });

  test('of one seed is the same to the bit, of another seed another', async () => {
    const { values } = await initial('a');
    expect(differences(values, (await initial('b')).values)).toEqual([]);
    const others = differences(values, (await initial('c', { seed: 8 })).values);
    expect(others).toContain('unet/conv_in.weight');
    expect(others).not.toContain('unet/conv_in.bias');
  });

  test('is announced with its bytes before the first is written, and not written where there is no room', async () => {
    const files = settingsFiles(smallModel());
    const full = new Error('full');
    const sizes: number[] = [];
    const claim = (bytes: number): Promise<void> => (sizes.push(bytes), Promise.reject(full));
    await expect(writeInitialCheckpoint(files, 'run/initial', { ...FOLDER, claim })).rejects.toBe(full);
    await expect(writeInitialVae(files, 'run/vae', { ...FOLDER, claim })).rejects.toBe(full);
    expect(await files.status('run')).toBeUndefined();

    const { values } = await initial('run/initial');
    const numbers = [...values.values()].reduce((sum, { length }) => sum + length, 0);
    const ofVae = [...values]
      .filter(([name]) => name.startsWith('vae/'))
      .reduce((sum, [, { length }]) => sum + length, 0);
    expect(sizes).toEqual([4 * numbers, 4 * ofVae]);
  });

  test('takes the VAE that is given, and the other networks are as without it', async () => {
    const files = settingsFiles(smallModel());
    await writeInitialVae(files, 'trained', { ...FOLDER, seed: 99 });
    const own = await initial('own');
    const given = await initial('run/initial', { vae: 'trained' }, files);
    const vae = await openVae(files, 'trained', 'sd1');
    expect(given.checkpoint.vae.config).toEqual(vae.config);
    const changed = differences(own.values, given.values);
    expect(changed.length).toBeGreaterThan(20);
    expect(changed.filter((name) => !name.startsWith('vae/'))).toEqual([]);
  });

  test('needs no settings of a VAE when one is given', async () => {
    const files = settingsFiles({ ...smallModel() });
    await writeInitialVae(files, 'trained', FOLDER);
    await files.remove('settings/vae/config.json');
    expect((await initial('run/initial', { vae: 'trained' }, files)).checkpoint.vae.config.latentChannels).toBe(4);
  });

  test('replaces an older one', async () => {
    const { files } = await initial('run/initial');
    const { values } = await initial('run/initial', { seed: 8 }, files);
    expect(differences(values, (await initial('x', { seed: 8 })).values)).toEqual([]);
  });

  test('of SDXL has its second encoder, with a projection', async () => {
    const encoder = smallModel()['text_encoder/config.json'];
    const second = { ...encoder, hidden_size: 32, num_attention_heads: 4, hidden_act: 'gelu', projection_dim: 32 };
    const files = settingsFiles({
      ...smallModel(),
      'unet/config.json': {
        ...smallModel()['unet/config.json'],
        addition_embed_type: 'text_time',
        addition_time_embed_dim: 8,
        cross_attention_dim: 24 + 32,
        projection_class_embeddings_input_dim: 32 + 6 * 8,
      },
      'text_encoder_2/config.json': second,
    });
    const { checkpoint, values } = await initial('run/initial', {}, files);
    expect(checkpoint.family).toBe('sdxl');
    expect(valueOf(values, 'text_encoder_2/text_projection.weight')).toHaveLength(32 * 32);
  });
});

test('a VAE alone is made of the folder of a model, or of its own', async () => {
  const files = settingsFiles(smallModel());
  await writeInitialVae(files, 'a', FOLDER);
  await writeInitialVae(files, 'b', { ...FOLDER, configFolder: 'settings/vae' });
  const [a, b] = [await openVae(files, 'a', 'sd1'), await openVae(files, 'b', 'sd1')];
  expect(a.config).toMatchObject({ blockOutChannels: [8, 8, 16, 16], scalingFactor: 0.18215 });
  const file = 'diffusion_pytorch_model.safetensors';
  expect(Buffer.compare(await files.read(`a/${file}`), await files.read(`b/${file}`))).toBe(0);
  expect(b.config).toEqual(a.config);
});

describe('the first values', () => {
  const networks = networksOf('sd1', 'tiny');
  const values = initialValues(1, networks);
  const all = async (name: string, shape: readonly number[]): Promise<number[]> => {
    const list: number[] = [];
    for await (const piece of values(name, shape)) list.push(...piece);
    return list;
  };

  // Each formula stands in initial-weights.ts; n are the inputs of one output.
  test.each([
    ['unet/conv_in.weight', [64, 4, 3, 3], 1 / Math.sqrt(4 * 9)],
    ['unet/mid_block.resnets.0.conv2.weight', [96, 96, 3, 3], 0.3 / Math.sqrt(96 * 9)],
    ['unet/mid_block.attentions.0.proj_out.weight', [96, 96, 1, 1], 0.3 / Math.sqrt(96)],
    ['unet/mid_block.attentions.0.transformer_blocks.0.ff.net.2.weight', [96, 384], 0.3 / Math.sqrt(384)],
    ['unet/mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight', [96, 96], 1 / Math.sqrt(96)],
    ['unet/mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0.weight', [96, 96], 0.3 / Math.sqrt(96)],
    ['vae/decoder.conv_out.weight', [3, 32, 3, 3], 1 / Math.sqrt(32 * 9)],
    ['vae/encoder.mid_block.attentions.0.to_out.0.weight', [64, 64], 0.3 / 8],
    ['text_encoder/text_model.embeddings.token_embedding.weight', [512, 64], 0.2],
    ['text_encoder/text_model.embeddings.position_embedding.weight', [77, 64], 0.1],
    ['text_encoder/text_model.encoder.layers.0.self_attn.out_proj.weight', [64, 64], 0.3 / 8],
    ['text_encoder/text_model.encoder.layers.0.mlp.fc2.weight', [64, 128], 0.3 / Math.sqrt(128)],
    ['text_encoder/text_model.encoder.layers.0.mlp.fc1.weight', [128, 64], 1 / 8],
  ] as const)('%s have mean 0 and their deviation', async (name, shape, deviation) => {
    const list = await all(name, shape);
    const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
    const found = Math.sqrt(list.reduce((sum, value) => sum + value * value, 0) / list.length);
    // The mean of n normal values strays by 1/sqrt(n) deviations, their deviation by 1/sqrt(2n); 5 of these are far enough.
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(list.length));
    expect(Math.abs(found / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * list.length));
  });

  test.each([
    ['unet/conv_out.weight', 0],
    ['unet/conv_norm_out.weight', 1],
    ['unet/down_blocks.0.resnets.0.norm1.bias', 0],
    ['text_encoder/text_model.final_layer_norm.weight', 1],
    ['vae/encoder.mid_block.attentions.0.group_norm.weight', 1],
    ['unet/time_embedding.linear_1.bias', 0],
  ] as const)('%s are all %d', (name, constant) => {
    expect(initialSpread(name, [4, 4])).toEqual({ constant });
  });

  test('come in pieces, so that a large weight never is in memory whole', async () => {
    let pieces = 0;
    for await (const piece of values('unet/conv_in.weight', [3, 1 << 20])) pieces += piece.length === 1 << 20 ? 1 : 0;
    expect(pieces).toBe(3);
  });
});
