/**
 * Checkpoints that cannot be written, or must not be: the disk is full, the place is taken, the source is there, or no
 * single file can hold the model. Whatever happens, what was there stays.
 */
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Files } from '../../trainer/base/ports.ts';
import { writeInitialCheckpoint, writeInitialVae } from '../../trainer/formats/checkpoint/initial.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { openVae } from '../../trainer/formats/checkpoint/separate-vae.ts';
import type { Checkpoint, Layout } from '../../trainer/formats/checkpoint/types.ts';
import { checkTarget, writeCheckpoint, writeVae } from '../../trainer/formats/checkpoint/write.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { machineFiles, type FileSystem } from '../../trainer/platform/files.ts';
import { randomSource, unchanged, valuesOf } from '../trainer/formats/checkpoint/checkpoints-to-compare.ts';
import { settingsFiles, smallModel, type Settings } from '../trainer/formats/checkpoint/model-settings.ts';
import { errorOf } from './hollow-checkpoints.ts';

const LAYOUTS: readonly Layout[] = ['ldm', 'diffusers'];

describe('on a disk', () => {
  const files = machineFiles();
  let folder = '';
  let source: Checkpoint;
  beforeEach(async () => {
    folder = await nodeFiles.mkdtemp(join(tmpdir(), 'loom-checkpoints-'));
    const recipe = { family: 'sd1', size: 'tiny', layout: 'diffusers', dtype: 'F16', seed: 1 } as const;
    await writeRandomCheckpoint(files, join(folder, 'source'), recipe);
    source = await openCheckpoint(files, join(folder, 'source'));
  });
  afterEach(async () => {
    await nodeFiles.rm(folder, { recursive: true, force: true });
  });

  /** Every write of bytes fails once so many have been written, as on a disk that fills up. */
  const fillingUp = (room: number, code = 'ENOSPC'): Files => {
    let left = room;
    const system: FileSystem = {
      ...nodeFiles,
      open: async (...args) => {
        const handle = await nodeFiles.open(...args);
        const write = handle.write.bind(handle) as (bytes: Uint8Array, ...more: number[]) => Promise<unknown>;
        handle.write = ((bytes: Uint8Array, offset: number, length: number) => {
          left -= length;
          return left < 0 ? Promise.reject(Object.assign(new Error(code), { code })) : write(bytes, offset, length);
        }) as typeof handle.write;
        return handle;
      },
    };
    return machineFiles(system);
  };

  test.each(LAYOUTS)(
    'that fills up, an older checkpoint of the name stays whole and nothing lies beside it: %s',
    async (layout) => {
      const path = join(folder, layout === 'ldm' ? 'model.safetensors' : 'model');
      await writeCheckpoint(files, path, { ...unchanged(source, layout), dtype: 'F16' });
      const before = await valuesOf(files, await openCheckpoint(files, path));
      const names = await nodeFiles.readdir(folder);
      // 4 MB: full in the middle of the weights.
      const error = await errorOf(
        writeCheckpoint(fillingUp(4e6), path, { ...unchanged(source, layout), dtype: 'F32' }),
      );
      expect(error.report.code).toBe('file/no-space');
      expect(error.message).toContain('The disk is full');
      expect(await nodeFiles.readdir(folder)).toEqual(names);
      expect((await valuesOf(files, await openCheckpoint(files, path))).size).toBe(before.size);
      expect((await openCheckpoint(files, path)).dtypes).toEqual(['F16']);
    },
  );

  test.each(LAYOUTS)('where nothing may be written, that is said: %s', async (layout) => {
    const error = await errorOf(
      writeCheckpoint(fillingUp(0, 'EACCES'), join(folder, 'new', 'model'), unchanged(source, layout)),
    );
    expect(error.report.code).toBe('file/unwritable');
    expect(error.message).toContain('the system does not permit it');
    expect(await nodeFiles.readdir(join(folder, 'new'))).toEqual([]);
  });

  test('where the folder around is a file, that is said', async () => {
    await nodeFiles.writeFile(join(folder, 'notes'), 'mine');
    const error = await errorOf(writeCheckpoint(files, join(folder, 'notes', 'model'), unchanged(source, 'ldm')));
    expect(error.message).toContain('a part of its path is a file, not a folder');
    expect(await nodeFiles.readFile(join(folder, 'notes'), 'utf8')).toBe('mine');
  });

  test('a link to the source is not followed: the link is replaced, the source stays', async () => {
    const path = join(folder, 'link');
    await nodeFiles.symlink(join(folder, 'source'), path);
    const config = join(folder, 'source', 'unet', 'config.json');
    const before = await nodeFiles.stat(config);
    await writeCheckpoint(files, path, unchanged(source, 'diffusers'));
    expect((await nodeFiles.stat(config)).ino).toBe(before.ino);
    expect((await openCheckpoint(files, path)).dtypes).toEqual(['F32']);
  });
});

describe('what a checkpoint is made from is never written over', () => {
  const CLASHES: readonly (readonly [string, Layout, string])[] = [
    ['the folder itself', 'diffusers', 'out/source'],
    ['the folder in other letters', 'diffusers', 'out/Source'],
    ['a part of it', 'diffusers', 'out/source/unet'],
    ['a new folder inside it', 'diffusers', 'out/source/new'],
    ['the folder around it', 'diffusers', 'out'],
    ['one of its files', 'ldm', 'out/source/unet/diffusion_pytorch_model.safetensors'],
    ['a new file inside it', 'ldm', 'out/source/model.safetensors'],
  ];
  test.each(CLASHES)('%s', async (_, layout, path) => {
    const { files, source } = await randomSource({ dtype: 'F16' });
    const error = await errorOf(writeCheckpoint(files, path, unchanged(source, layout)));
    expect(error.report.code).toBe('checkpoint/overwrites-source');
    expect(error.message).toMatch(
      /The model would be written over what it is made from \(out\/source\S*\)\.\s+in .*\n {2}Choose another name or folder/,
    );
    expect((await openCheckpoint(files, 'out/source')).dtypes).toEqual(['F16']);
  });

  test('a single file', async () => {
    const { files, source } = await randomSource({ layout: 'ldm' });
    const error = await errorOf(checkTarget(files, 'out/source.safetensors', { source, layout: 'ldm' }));
    expect(error.report.code).toBe('checkpoint/overwrites-source');
    // Beside it there is room.
    await checkTarget(files, 'out/source-2.safetensors', { source, layout: 'ldm' });
    await checkTarget(files, 'out/trained', { source, layout: 'diffusers' });
  });

  test('the separate VAE', async () => {
    const { files, source } = await randomSource();
    const error = await errorOf(
      checkTarget(files, 'vaes/best', { source: { ...source, vaePath: 'vaes/best' }, layout: 'diffusers' }),
    );
    expect(error.message).toContain('written over what it is made from (vaes/best)');
  });

  test('the settings of a model to be made', async () => {
    const files = settingsFiles(smallModel());
    const error = await errorOf(writeInitialCheckpoint(files, 'settings', { configFolder: 'settings', seed: 1 }));
    expect(error.report.code).toBe('checkpoint/overwrites-source');
    const vaeError = await errorOf(writeInitialVae(files, 'settings/vae', { configFolder: 'settings/vae', seed: 1 }));
    expect(vaeError.report.code).toBe('checkpoint/overwrites-source');
  });
});

describe('a place that is taken', () => {
  test('by a folder of something else', async () => {
    const { files, source } = await randomSource();
    await files.write('photos/a.png', Uint8Array.of(1));
    const error = await errorOf(writeCheckpoint(files, 'photos', unchanged(source, 'diffusers')));
    expect(error.report.code).toBe('checkpoint/target-taken');
    expect(error.message).toBe(
      'A folder with the model is to be written here, but there is a folder that is no model (with a.png).\n' +
        '  in photos\n  Choose another name, or move what is there away.',
    );
    expect(await files.status('photos/a.png')).toMatchObject({ kind: 'file' });
  });

  test('by a file where a folder is to be, and the other way round', async () => {
    const { files, source } = await randomSource();
    await files.write('out/notes', Uint8Array.of(1));
    const file = await errorOf(writeCheckpoint(files, 'out/notes', unchanged(source, 'diffusers')));
    expect(file.message).toContain('A folder with the model is to be written here, but there is a file.');
    await files.write('photos/a.png', Uint8Array.of(1));
    const taken = await errorOf(checkTarget(files, 'photos', { source, layout: 'ldm' }));
    expect(taken.message).toContain('A file with the model is to be written here, but there is a folder.');
  });
});

describe('a single file that could not tell what is inside is not written', () => {
  async function small(): Promise<{ readonly files: Files; readonly source: Checkpoint }> {
    const files = settingsFiles(smallModel());
    await writeInitialCheckpoint(files, 'model', { configFolder: 'settings', seed: 1 });
    return { files, source: await openCheckpoint(files, 'model') };
  }

  test('a width of text that gives no whole number of heads', async () => {
    const { files, source } = await small();
    const error = await errorOf(checkTarget(files, 'a.safetensors', { source, layout: 'ldm' }));
    expect(error.report.code).toBe('checkpoint/layout');
    expect(error.message).toBe(
      'This model does not go into a single file: a width of 24 does not divide into attention heads of size 64, and a single file cannot say how it does.\n' +
        '  in a.safetensors\n' +
        '  Save it in the diffusers layout (save_model_as = "diffusers"): a folder has config.json files, which say everything.',
    );
    const written = await errorOf(writeCheckpoint(files, 'a.safetensors', unchanged(source, 'ldm')));
    expect(written.report.code).toBe('checkpoint/layout');
    expect(await files.status('a.safetensors')).toBeUndefined();
  });

  test('heads, groups and scales that are not those of the family', async () => {
    const { files, source } = await randomSource();
    const vae = source.vae.config;
    const changed: readonly (readonly [Checkpoint, string])[] = [
      [
        { ...source, vae: { ...source.vae, config: { ...vae, scalingFactor: 1 } } },
        '"scaling_factor" of its vae is 1,',
      ],
      [
        { ...source, unet: { ...source.unet, config: { ...source.unet.config, normNumGroups: 16 } } },
        '"norm_num_groups" of its unet is 16, and whoever reads the file would take it for 32',
      ],
      [
        {
          ...source,
          unet: {
            ...source.unet,
            config: {
              ...source.unet.config,
              midBlock: { outChannels: 96, attention: { depth: 1, heads: 3 } },
            },
          },
        },
        '"attention_head_dim" of its unet is [8,8,8,3], and whoever reads the file would take it for [8,8,8,8]',
      ],
      [
        {
          ...source,
          textEncoders: source.textEncoders.map((encoder) => ({
            ...encoder,
            config: { ...encoder.config, numAttentionHeads: 4 },
          })),
        },
        '"num_attention_heads" of its text_encoder is 4, and whoever reads the file would take it for 1',
      ],
    ];
    for (const [checkpoint, sentence] of changed) {
      const error = await errorOf(checkTarget(files, 'a.safetensors', { source: checkpoint, layout: 'ldm' }));
      expect(error.message).toContain(sentence);
    }
  });

  test('widths that give no whole number of heads', async () => {
    const { files, source } = await randomSource({ family: 'sd2' });
    const narrow = { ...source.unet.config, blockOutChannels: [96, 96, 128, 128] };
    const blocks = [96, 96, 128, 128];
    const downBlocks = narrow.downBlocks.map((block, level) => ({ ...block, outChannels: blocks[level] ?? 0 }));
    const config = { ...narrow, downBlocks };
    const error = await errorOf(
      checkTarget(files, 'a.safetensors', { source: { ...source, unet: { ...source.unet, config } }, layout: 'ldm' }),
    );
    expect(error.message).toContain('a width of 96 does not divide into attention heads of size 64');
  });

  test('a VAE with groups of its own', async () => {
    const files = settingsFiles(smallModel());
    await writeInitialVae(files, 'vae', { configFolder: 'settings', seed: 1 });
    const { config, weights } = await openVae(files, 'vae', 'sd1');
    const write = (layout: Layout, path: string): Promise<void> =>
      writeVae(files, path, {
        config,
        weights: (name) => new Float32Array((weights.get(name.slice('vae/'.length))?.byteLength ?? 0) / 4),
        layout,
        dtype: 'F16',
        family: 'sd1',
      });
    const error = await errorOf(write('ldm', 'b.safetensors'));
    expect(error.report.code).toBe('checkpoint/layout');
    expect(error.message).toContain('"norm_num_groups" of its vae is 4');
    await write('diffusers', 'b');
    expect((await openVae(files, 'b', 'sd1')).config).toEqual(config);
  });
});

describe('settings that cannot be', () => {
  const CASES: readonly (readonly [string, Settings, RegExp, string, RegExp])[] = [
    [
      'channels that do not divide into groups',
      { 'unet/config.json': { norm_num_groups: 5 } },
      /a UNet width of 16 does not divide into 5 groups/,
      'settings/unet/config.json',
      /Change "block_out_channels" or "norm_num_groups"/,
    ],
    [
      'channels that do not divide into heads',
      { 'unet/config.json': { attention_head_dim: [1, 5] } },
      /"attention_head_dim" is \[1,5\], not a number of heads that a width of 48 divides into/,
      'settings/unet/config.json',
      /Change "attention_head_dim" in this file/,
    ],
    [
      'a text encoder whose width does not divide into heads',
      { 'text_encoder/config.json': { num_attention_heads: 7 } },
      /"num_attention_heads" is 7, not a number of heads that a width of 24 divides into/,
      'settings/text_encoder/config.json',
      /Change "num_attention_heads"/,
    ],
    [
      'a VAE whose cells are not of 8 pixels',
      {
        'vae/config.json': {
          block_out_channels: [8, 16, 16],
          down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
          up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D'],
        },
      },
      /the VAE has 3 levels, not 4/,
      'settings/vae/config.json',
      /Change "block_out_channels"/,
    ],
    [
      'a VAE whose channels do not divide into groups',
      { 'vae/config.json': { norm_num_groups: 3 } },
      /a VAE width of 8 does not divide into 3 groups/,
      'settings/vae/config.json',
      /Change "block_out_channels" or "norm_num_groups"/,
    ],
    [
      'text of another width than the UNet expects',
      { 'unet/config.json': { cross_attention_dim: 32 } },
      /the UNet expects text of width 32, but the text encoders give 24/,
      'settings/unet/config.json',
      /Change "cross_attention_dim" or "hidden_size" in text_encoder\/config\.json/,
    ],
    [
      'latents of other channels than the UNet takes',
      { 'vae/config.json': { latent_channels: 8 } },
      /the UNet takes 4 and gives 4 channels, but the VAE's latents have 8/,
      'settings/unet/config.json',
      /Change "in_channels" or "out_channels" or "latent_channels" in vae\/config\.json/,
    ],
    [
      'a text encoder with too few words',
      { 'text_encoder/config.json': { vocab_size: 1000 } },
      /a text encoder knows 1000 tokens, but CLIP has 49408/,
      'settings/text_encoder/config.json',
      /Change "vocab_size"/,
    ],
    [
      'block types that we do not have',
      { 'unet/config.json': { down_block_types: ['DownBlock2D', 'AttnDownBlock2D'] } },
      /"down_block_types" is \["DownBlock2D","AttnDownBlock2D"\], not 2 names, each "CrossAttnDownBlock2D" or "DownBlock2D"/,
      'settings/unet/config.json',
      /Change "down_block_types"/,
    ],
    [
      'an activation that we do not have',
      { 'unet/config.json': { act_fn: 'relu' } },
      /"act_fn" is "relu", not "silu"/,
      'settings/unet/config.json',
      /Change "act_fn"/,
    ],
    [
      'a UNet of SDXL with one text encoder',
      {
        'unet/config.json': {
          addition_embed_type: 'text_time',
          addition_time_embed_dim: 8,
          projection_class_embeddings_input_dim: 80,
        },
      },
      /a UNet with an added embedding has 1 text encoder\(s\)/,
      'settings/unet/config.json',
      /Change "addition_embed_type"/,
    ],
  ];
  test.each(CASES)('%s', async (_, changes, sentence, where, fix) => {
    const model = smallModel();
    for (const [path, fields] of Object.entries(changes)) model[path] = { ...model[path], ...fields };
    const files = settingsFiles(model);
    const error = await errorOf(writeInitialCheckpoint(files, 'run/initial', { configFolder: 'settings', seed: 1 }));
    expect(error.report).toMatchObject({ code: 'model/config', where });
    expect(error.report.what).toMatch(/^This network cannot be built: /);
    expect(error.report.what).toMatch(sentence);
    expect(error.report.fix).toMatch(fix);
    expect(await files.status('run/initial')).toBeUndefined();
  });

  test.each([['unet'], ['text_encoder'], ['vae']])('without %s/config.json', async (part) => {
    const files = settingsFiles({ ...smallModel(), [`${part}/config.json`]: undefined });
    const error = await errorOf(writeInitialCheckpoint(files, 'run/initial', { configFolder: 'settings', seed: 1 }));
    expect(error.report.code).toBe('model/config');
    expect(error.message).toContain(`The settings of the model to be trained lack ${part}/config.json`);
    expect(error.report.fix).toContain('with the setting "vae", the last is not needed');
  });

  test('in a folder that does not exist', async () => {
    const error = await errorOf(
      writeInitialVae(settingsFiles({}), 'run/initial', { configFolder: 'settngs', seed: 1 }),
    );
    expect(error.report).toMatchObject({ code: 'model/config', where: 'settngs' });
    expect(error.message).toContain('There is no such folder');
  });

  test('of a VAE alone', async () => {
    const model = smallModel();
    const files = settingsFiles({ 'vae/config.json': { ...model['vae/config.json'], norm_num_groups: 3 } });
    for (const configFolder of ['settings', 'settings/vae']) {
      const error = await errorOf(writeInitialVae(files, 'run/vae', { configFolder, seed: 1 }));
      expect(error.report).toMatchObject({ code: 'model/config', where: 'settings/vae/config.json' });
      expect(error.message).toContain('a VAE width of 8 does not divide into 3 groups');
    }
  });

  test('that are no JSON, or that name a noise schedule of nobody', async () => {
    const files = settingsFiles(smallModel());
    await files.write('settings/scheduler/scheduler_config.json', Buffer.from('{"beta_schedule": "sawtooth"}'));
    const schedule = await errorOf(writeInitialCheckpoint(files, 'run/a', { configFolder: 'settings', seed: 1 }));
    expect(schedule.report.code).toBe('checkpoint/scheduler');
    await files.write('settings/unet/config.json', Buffer.from('{'));
    const broken = await errorOf(writeInitialCheckpoint(files, 'run/a', { configFolder: 'settings', seed: 1 }));
    expect(broken.message).toContain('its settings are not valid JSON');
    expect(broken.report.fix).toContain('Correct this file');
  });
});
