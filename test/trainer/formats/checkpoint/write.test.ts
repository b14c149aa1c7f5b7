/**
 * What a written checkpoint says beside its weights, which test/checkpoints/round-trips.test.ts is about.
 */
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../../../trainer/formats/checkpoint/open.ts';
import { openVae } from '../../../../trainer/formats/checkpoint/separate-vae.ts';
import type { Layout } from '../../../../trainer/formats/checkpoint/types.ts';
import { writeCheckpoint, writeVae } from '../../../../trainer/formats/checkpoint/write.ts';
import { readHeader } from '../../../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../../../trainer/formats/safetensors/read.ts';
import {
  differences,
  jsonAt,
  pathOf,
  randomSource,
  SCHEDULER,
  textAt,
  unchanged,
  valueOf,
  valuesOf,
} from './checkpoints-to-compare.ts';

const LAYOUTS: readonly Layout[] = ['ldm', 'diffusers'];

describe('the noise schedule', () => {
  const own = {
    predictionType: 'v_prediction',
    noiseSchedule: { ...SCHEDULER.noiseSchedule, curve: 'cosine', zeroTerminalSnr: true },
  } as const;
  test.each(LAYOUTS)('is told: %s', async (layout) => {
    const { files, source } = await randomSource();
    const path = pathOf(layout, 'v');
    await writeCheckpoint(files, path, { ...unchanged(source, layout), scheduler: own });
    expect(await openCheckpoint(files, path)).toMatchObject(own);
  });

  test('marks a single file for other programs', async () => {
    const { files, source } = await randomSource();
    await writeCheckpoint(files, 'out/v.safetensors', { ...unchanged(source, 'ldm'), scheduler: own });
    const { tensors } = await readHeader(files, 'out/v.safetensors');
    expect([tensors.get('v_pred')?.byteLength, tensors.get('ztsnr')?.byteLength]).toEqual([0, 0]);
  });

  test('that only a DDPMScheduler knows has that scheduler in model_index.json', async () => {
    const { files, source } = await randomSource();
    const sigmoid = { ...SCHEDULER, noiseSchedule: { ...SCHEDULER.noiseSchedule, curve: 'sigmoid' } } as const;
    await writeCheckpoint(files, 'out/s', { ...unchanged(source, 'diffusers'), scheduler: sigmoid });
    expect(await jsonAt(files, 'out/s/model_index.json')).toMatchObject({ scheduler: ['diffusers', 'DDPMScheduler'] });
  });
});

describe('a folder', () => {
  test('keeps settings of the source that we have no use for', async () => {
    const { files, source } = await randomSource();
    const settings = await jsonAt(files, 'out/source/unet/config.json');
    await files.write('out/source/unet/config.json', Buffer.from(JSON.stringify({ ...settings, sample_size: 40 })));
    await writeCheckpoint(files, 'out/copy', unchanged(source, 'diffusers'));
    expect(await jsonAt(files, 'out/copy/unet/config.json')).toEqual({ ...settings, sample_size: 40 });
  });

  test('made from a single file tells the size of the family', async () => {
    const { files, source } = await randomSource({ layout: 'ldm' });
    await writeCheckpoint(files, 'out/copy', unchanged(source, 'diffusers'));
    expect(await jsonAt(files, 'out/copy/unet/config.json')).toMatchObject({ sample_size: 64 });
  });

  test('gets the tokenizers: those given, or those of the source', async () => {
    const { files, source } = await randomSource({ family: 'sdxl' });
    const tokenizerFiles = new Map([['vocab.json', Buffer.from('{}')]]);
    await writeCheckpoint(files, 'out/copy', { ...unchanged(source, 'diffusers'), tokenizerFiles });
    expect(await textAt(files, 'out/copy/tokenizer_2/vocab.json')).toBe('{}');
    // SDXL's second encoder was trained with padding of zeros, which is the token "!" (its tokenizer_config.json).
    const pads = await Promise.all(
      ['tokenizer', 'tokenizer_2'].map((name) => jsonAt(files, `out/copy/${name}/tokenizer_config.json`)),
    );
    expect(pads.map(({ pad_token: pad }) => pad)).toEqual(['<|endoftext|>', '!']);
    await writeCheckpoint(files, 'out/again', unchanged(await openCheckpoint(files, 'out/copy'), 'diffusers'));
    expect(await textAt(files, 'out/again/tokenizer/vocab.json')).toBe('{}');
  });

  test('has the separate VAE that was in use, with its settings', async () => {
    const { files } = await randomSource();
    const other = await randomSource({ family: 'sdxl', seed: 9 });
    for (const name of ['config.json', 'diffusion_pytorch_model.safetensors']) {
      await files.write(`vae/${name}`, await other.files.read(`out/source/vae/${name}`));
    }
    const source = await openCheckpoint(files, 'out/source', { vae: 'vae' });
    await writeCheckpoint(files, 'out/copy', unchanged(source, 'diffusers'));
    const copy = await openCheckpoint(files, 'out/copy');
    expect(copy.vae.config.scalingFactor).toBe(0.13025);
    expect(differences(await valuesOf(files, source), await valuesOf(files, copy))).toEqual([]);
  });
});

describe('a VAE alone', () => {
  test.each(LAYOUTS)('is one that the setting "vae" takes: %s', async (layout) => {
    const { files, source } = await randomSource();
    const values = await valuesOf(files, source);
    const path = pathOf(layout, 'vae');
    const weights = (name: string): Float32Array => valueOf(values, name).map((value) => value + 1);
    await writeVae(files, path, { config: source.vae.config, weights, layout, dtype: 'F32', family: 'sd1' });
    const vae = await openVae(files, path, 'sd1');
    expect(vae.config).toEqual(source.vae.config);
    const written = new Map<string, Float32Array>();
    for (const [name, ref] of vae.weights) written.set(`vae/${name}`, await readTensor(files, ref));
    const wanted = [...values.keys()].filter((name) => name.startsWith('vae/'));
    expect(differences(written, new Map(wanted.map((name) => [name, weights(name)])))).toEqual([]);
  });
});
