import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, type F32Tensor } from '../../trainer/base/tensor.ts';
import { openVae } from '../../trainer/formats/checkpoint/separate-vae.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { measureLatents } from '../../trainer/train/autoencoder/measure.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { differences } from '../trainer/formats/checkpoint/checkpoints-to-compare.ts';
import { NEVER_STOP, playground, recorder, TINY_MODELS, tinyJob, tinyMachine } from '../support/tiny-run.ts';
import { QUIET, savedAt, scratchJob } from '../support/whole-models.ts';

const machine = await tinyMachine();
const { files, pictures, executor } = machine;
const TWO = [
  [64, 64],
  [128, 64],
] as const;
/** Of two sizes, so the graph with a discriminator is built twice. */
const SETTINGS = { method: 'autoencoder', resolution: 96, loss_averaging: 'mean', kl_weight: 1e-3 };
const JUDGED = { disc_weight: 0.5, disc_start: 1, disc_channels: 4, disc_layers: 2, learned_logvar: true };

/** The weights of a VAE, by name with part. */
async function weightsOf(path: string): Promise<ReadonlyMap<string, F32Tensor>> {
  const { weights } = await openVae(files, path, 'sd1');
  const read = [...weights].map(
    async ([name, ref]) => [`vae/${name}`, f32(ref.shape, await readTensor(files, ref))] as const,
  );
  return new Map(await Promise.all(read));
}

const dataOf = (weights: ReadonlyMap<string, F32Tensor>): ReadonlyMap<string, Float32Array> =>
  new Map([...weights].map(([name, { data }]) => [name, data]));

/** The pictures of a playground as the run sees them, without augmentation. */
async function pixelsOf(folder: string): Promise<readonly F32Tensor[]> {
  const seen: F32Tensor[] = [];
  for (const [index, [width, height]] of TWO.entries()) {
    const size = { width, height };
    const path = join(folder, '1_sks dog', `${index}.png`);
    const { data } = await pictures.load(path, size, { left: 0, top: 0, ...size });
    const area = width * height;
    const planes = Float32Array.from({ length: 3 * area }, (_, at) => {
      const [channel, place] = [Math.floor(at / area), at % area];
      return (data[3 * place + channel] ?? 0) / 127.5 - 1;
    });
    seen.push(f32([3, height, width], planes));
  }
  return seen;
}

describe('from scratch, with a discriminator', () => {
  const { events, report } = recorder();
  let place: Awaited<ReturnType<typeof playground>>;
  beforeAll(async () => {
    place = await playground(TWO);
    const more = { ...JUDGED, ema_decay: 0.5, max_train_steps: 3, sample_every_n_steps: 2, sample_at_first: true };
    const job = await scratchJob(place, { ...SETTINGS, ...more, save_every_n_steps: 2 });
    await runTraining(machine, job, { report, stop: NEVER_STOP });
  });
  afterAll(() => rm(place.folder, { recursive: true }));

  test('the run leaves VAE folders, sheets of reconstructions, and says how good they are', async () => {
    expect((await readdir(savedAt(place, '.'))).sort()).toEqual([
      'initial',
      'job.toml',
      'log.txt',
      'metrics.jsonl',
      'samples',
      'state',
      'tiny',
      'tiny-step00000002',
    ]);
    expect((await readdir(savedAt(place, 'samples'))).sort()).toEqual([
      '000000_reconstructions.png',
      '000002_reconstructions.png',
    ]);
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);
    const [step] = events.flatMap((event) => (event.kind === 'step' ? [event] : []));
    expect(Object.keys(step?.lr ?? {})).toEqual(['vae', 'loss', 'discriminator']);
    expect(await readFile(savedAt(place, 'log.txt'), 'utf8')).toMatch(/Reconstructions of 2 pictures: \d+\.\d\d dB/);
  });

  test('the latents of the saved VAE have mean 0 and deviation 1, once scaled', async () => {
    const path = savedAt(place, 'tiny');
    const { config } = await openVae(files, path, 'sd1');
    const seen = await pixelsOf(place.pictures);
    const measured = await measureLatents(executor, config, await weightsOf(path), seen);
    // Measured over the same pictures as while saving; f32 sums of some hundred values stay within 1e-4.
    for (const mean of measured.mean) expect(Math.abs(mean * config.scalingFactor)).toBeLessThan(1e-4);
    for (const deviation of measured.deviation) expect(deviation * config.scalingFactor).toBeCloseTo(1, 4);
  });

  test('a LoRA takes it as its VAE', async () => {
    const job = tinyJob(place, { vae: savedAt(place, 'tiny'), output_name: 'lora', max_train_steps: 1 });
    expect(await runTraining(machine, job, QUIET)).toMatchObject({ kind: 'done', step: 1 });
  });
});

test.each([
  ['a single file', TINY_MODELS.sd15],
  ['a diffusers folder', TINY_MODELS.sd21],
])(
  'from the VAE of %s, without a discriminator: every weight moves, and the pictures are not lost',
  async (_, source) => {
    await using place = await playground([[64, 64]]);
    const settings = { ...SETTINGS, resolution: 64, max_train_steps: 1, learning_rate: 1e-6 };
    const job = tinyJob(place, { ...settings, pretrained_model_name_or_path: source, save_model_as: 'safetensors' });
    const { events, report } = recorder();
    const { file = '' } = await runTraining(machine, job, { report, stop: NEVER_STOP });
    expect(file).toBe(savedAt(place, 'tiny.safetensors'));
    expect(events.filter(({ kind }) => kind === 'warning')).toMatchObject([
      { what: expect.stringContaining('makes other latents than before') as string },
    ]);
    const [before, after] = [await weightsOf(source), await weightsOf(file)];
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const isSame = (name: string): boolean =>
      Buffer.from(must(after.get(name), name).data.buffer).equals(
        Buffer.from(must(before.get(name), name).data.buffer),
      );
    expect([...before.keys()].filter(isSame)).toEqual([]);

    const { config } = await openVae(files, source, 'sd1');
    const noise = Float32Array.from({ length: 3 * 64 * 64 }, (__, index) => Math.sin(index) / 2);
    const quality = async (weights: ReadonlyMap<string, F32Tensor>): Promise<number> =>
      (await measureLatents(executor, config, weights, [f32([3, 64, 64], noise)])).psnr;
    // A step of 1e-6 changes hardly a picture, and latents stay where a UNet that knows them expects them.
    expect(await quality(after)).toBeCloseTo(await quality(before), 2);
    const biasOf = (weights: ReadonlyMap<string, F32Tensor>): Float32Array =>
      must(weights.get('vae/quant_conv.bias'), 'the bias').data;
    for (const [index, value] of biasOf(after).entries()) expect(value).toBeCloseTo(biasOf(before)[index] ?? NaN, 4);
  },
);

test('from a single file of SDXL, and no word of it in the job: what is saved has the scale of SDXL', async () => {
  await using place = await playground([[64, 64]]);
  const source = join(place.folder, 'sdxl.safetensors');
  await writeRandomCheckpoint(files, source, { family: 'sdxl', size: 'tiny', layout: 'ldm', dtype: 'F32', seed: 3 });
  const settings = { ...SETTINGS, resolution: 64, max_train_steps: 1, pretrained_model_name_or_path: source };
  const { file = '' } = await runTraining(machine, tinyJob(place, settings), QUIET);
  const config: unknown = JSON.parse(await readFile(join(file, 'config.json'), 'utf8'));
  // 0.18215 is the scale of SD 1.x and 2.x.
  expect(config).toMatchObject({ scaling_factor: 0.13025 });
});

test.each([
  ['alone', {}, 'Decoder,'],
  ['with a discriminator', { ...JUDGED, disc_start: 0 }, 'Decoder and discriminator,'],
])(
  'freeze_encoder, %s: the decoder moves, the encoder keeps its bits, and nobody is warned',
  async (_, judged, title) => {
    await using place = await playground([[64, 64]]);
    const source = TINY_MODELS.sd15;
    const settings = { ...SETTINGS, ...judged, resolution: 64, max_train_steps: 2, freeze_encoder: true };
    const start = { pretrained_model_name_or_path: undefined, vae: source };
    const job = tinyJob(place, { ...settings, ...start, save_model_as: 'safetensors' });
    const { events, report } = recorder();
    const { file = '' } = await runTraining(machine, job, { report, stop: NEVER_STOP });
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);
    expect(await readFile(savedAt(place, 'log.txt'), 'utf8')).toContain(title);

    const [before, after] = [await weightsOf(source), await weightsOf(file)];
    const changed = differences(dataOf(before), dataOf(after));
    const ofDecoder = [...before.keys()].filter((name) => /^vae\/(decoder|post_quant_conv)\./.test(name));
    expect([...changed].sort()).toEqual(ofDecoder.sort());
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  },
);

test('run/small-pictures: a discriminator that would have no patch left is refused, with what would fit', async () => {
  await using place = await playground(TWO);
  const { events, report } = recorder();
  // 6 layers take 3·2⁶ = 192 pixels; 64 pixels are enough for 4 (48), not for 5 (96).
  const job = await scratchJob(place, { ...SETTINGS, disc_weight: 0.5, disc_layers: 6 });
  const error: unknown = await runTraining(machine, job, { report, stop: NEVER_STOP }).catch((caught) => caught);
  expect(error).toMatchObject({
    report: {
      code: 'run/small-pictures',
      what: 'The discriminator with disc_layers = 6 needs pictures of 192x192 pixels or more, but this one is trained at 64x64, and 1 other is too small too',
      where: join(place.pictures, '1_sks dog', '0.png'),
      fix: 'Set disc_layers = 4, raise resolution and min_bucket_reso, or take such pictures away.',
    },
  });
  expect(events.map(({ kind }) => kind)).toEqual(['state']);
});

test('checkpoint/layout: a VAE that does not go into a single file is refused before anything is trained', async () => {
  await using place = await playground([[64, 64]]);
  const { events, report } = recorder();
  // Its norms have 4 groups; whoever reads a single file takes them for 32.
  const job = await scratchJob(place, { ...SETTINGS, save_model_as: 'safetensors' });
  const error: unknown = await runTraining(machine, job, { report, stop: NEVER_STOP }).catch((caught) => caught);
  expect(error).toMatchObject({ report: { code: 'checkpoint/layout', where: savedAt(place, 'tiny.safetensors') } });
  expect(events.map(({ kind }) => kind)).toEqual(['state']);
});

test('regularisation images are left out', async () => {
  await using place = await playground([[64, 64]]);
  await using regularisation = await playground(TWO);
  const { events, report } = recorder();
  const settings = { ...SETTINGS, reg_data_dir: regularisation.pictures, max_train_steps: 0, max_train_epochs: 1 };
  await runTraining(machine, await scratchJob(place, settings), { report, stop: NEVER_STOP });
  expect(events.at(-1)).toMatchObject({ kind: 'done', steps: 1 });
});
