import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../trainer/base/errors.ts';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { withInfiniteWeight, withNaNLoss } from '../support/sick-executor.ts';
import { NEVER_STOP, playground, recorder, TINY_MODELS, tinyJob, tinyMachine } from '../support/tiny-run.ts';

const machine = await tinyMachine();
const QUIET = { report: () => undefined, stop: NEVER_STOP };
const THREE = [
  [64, 64],
  [70, 64],
  [64, 80],
] as const;

test('a run leaves the folder that design and docs describe, and a LoRA with the keys of sd-scripts', async () => {
  await using place = await playground(THREE);
  const { events, report } = recorder();
  const job = tinyJob(place, { save_every_n_steps: 2, save_last_n_steps: 1, save_every_n_epochs: 1 });
  const outcome = await runTraining(machine, job, { report, stop: NEVER_STOP });

  const folder = join(place.folder, 'output', 'tiny');
  expect((await readdir(folder)).sort()).toEqual([
    'job.toml',
    'log.txt',
    'metrics.jsonl',
    'state',
    'tiny-000001.safetensors',
    'tiny-step00000004.safetensors',
    'tiny.safetensors',
  ]);
  expect(outcome).toEqual({ kind: 'done', step: 4, file: join(folder, 'tiny.safetensors') });
  expect(events.at(-1)).toMatchObject({ kind: 'done', steps: 4 });
  expect(await readFile(join(folder, 'job.toml'), 'utf8')).toContain('seed = 7');

  const lora = await openLora(machine.files, join(folder, 'tiny.safetensors'), 'sd1');
  const parts = [...lora.modules.values()].map(({ part }) => part);
  // The UNet has all modules of the real one; the tiny text encoder has 3 layers of 6 linear layers.
  expect(parts.filter((part) => part === 'unet')).toHaveLength(192);
  expect(parts.filter((part) => part === 'text_encoder')).toHaveLength(18);
  expect(lora.metadata).toMatchObject({
    ss_network_dim: '2',
    ss_steps: '4',
    ss_epoch: '2',
    ss_seed: '7',
    ss_base_model_version: 'sd_v1',
    ss_dataset_dirs: '{"1_sks dog":{"n_repeats":1,"img_count":3}}',
    'modelspec.architecture': 'stable-diffusion-v1/lora',
  });
  expect(lora.metadata['sshs_model_hash']).toMatch(/^[0-9a-f]{64}$/);

  const metrics = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  expect(metrics.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3, 4]);
});

test('a trained LoRA is where the next run goes on from', async () => {
  await using place = await playground([[64, 64]]);
  await runTraining(machine, tinyJob(place, { max_train_steps: 2 }), QUIET);
  const first = join(place.folder, 'output', 'tiny', 'tiny.safetensors');

  // A learning rate of nearly nothing: what comes out is what went in.
  const job = tinyJob(place, {
    output_name: 'next',
    network_weights: first,
    dim_from_weights: true,
    network_dim: 8,
    // The checkpoint's own VAE as a separate file: nothing changes but what the header says.
    vae: TINY_MODELS.sd15,
    learning_rate: 1e-12,
    max_train_steps: 1,
  });
  await runTraining(machine, job, QUIET);
  const [before, after] = await Promise.all(
    [first, join(place.folder, 'output', 'next', 'next.safetensors')].map((path) => openLora(machine.files, path)),
  );
  const file = createHash('sha256').update(await readFile(TINY_MODELS.sd15));
  expect(after?.metadata).toMatchObject({ ss_vae_name: 'sd15-tiny.safetensors', ss_new_vae_hash: file.digest('hex') });
  expect(before?.modules.size).toBe(192 + 18);
  for (const [name, { up }] of before?.modules ?? []) {
    const again = after?.modules.get(name)?.up;
    expect(again?.shape).toEqual(up.shape);
    const [old, now] = [await readTensor(machine.files, up), await readTensor(machine.files, again ?? up)];
    // AdamW moves a weight by at most about the learning rate.
    for (const [index, value] of old.entries()) expect(Math.abs(value - (now[index] ?? 9))).toBeLessThan(1e-9);
  }
});

test('SD 2.x with velocity, SDXL with both text encoders, convolutions and norm caps: each trains', async () => {
  await using place = await playground([[64, 64]]);
  const rest = {
    max_train_steps: 1,
    network_args: ['conv_dim=2'],
    scale_weight_norms: 1,
    gradient_checkpointing: true,
  };
  for (const [family, parts] of [
    ['sd21', ['text_encoder', 'unet']],
    ['sdxl', ['text_encoder', 'text_encoder_2', 'unet']],
  ] as const) {
    const model = { pretrained_model_name_or_path: TINY_MODELS[family], output_name: family };
    const { events, report } = recorder();
    await runTraining(machine, tinyJob(place, { ...rest, ...model }), { report, stop: NEVER_STOP });
    const step = events.find(({ kind }) => kind === 'step');
    expect(step).toMatchObject({ kind: 'step', step: 1 });
    const lora = await openLora(machine.files, join(place.folder, 'output', family, `${family}.safetensors`));
    expect([...new Set([...lora.modules.values()].map(({ part }) => part))].sort()).toEqual(parts);
  }
});

test('latents cached in memory, on disk, and read from disk again give the same losses; so do captions encoded apart', async () => {
  await using place = await playground(THREE);
  const lossesWith = async (output_name: string, settings: object): Promise<number[]> => {
    const { events, report } = recorder();
    const job = tinyJob(place, { ...settings, output_name, max_train_steps: 2 });
    await runTraining(machine, job, { report, stop: NEVER_STOP });
    return events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
  };
  const apart = { network_train_unet_only: true };
  const inMemory = await lossesWith('memory', apart);
  for (const name of ['to-disk', 'from-disk']) {
    expect(await lossesWith(name, { ...apart, cache_latents_to_disk: true })).toEqual(inMemory);
  }
  expect(await readdir(join(place.folder, 'output', 'latents-cache'))).toHaveLength(3);

  // Fresh LoRAs add nothing, so the first loss is the same with the text encoder inside the graph, but for rounding.
  const [first] = await lossesWith('inside', {});
  expect(first).toBeCloseTo(inMemory[0] ?? 0, 5);
});

test('a picture that breaks when it is decoded is left out, with a warning, before the steps are counted', async () => {
  await using place = await playground(THREE);
  const path = join(place.pictures, '1_sks dog', '1.png');
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  for (const cache_latents of [true, false]) {
    const { events, report } = recorder();
    const job = tinyJob(place, {
      cache_latents,
      max_train_steps: 0,
      max_train_epochs: 1,
      output_name: `${cache_latents}`,
    });
    await runTraining(machine, job, { report, stop: NEVER_STOP });
    const warnings = events.filter(({ kind }) => kind === 'warning');
    expect(warnings).toMatchObject([{ where: path }]);
    expect(events.at(-1)).toMatchObject({ kind: 'done', steps: 2 });
  }
});

test('regularisation images train beside the others, their loss times prior_loss_weight', async () => {
  await using place = await playground([[64, 64]]);
  await using regularisation = await playground([[64, 64]]);
  const { events, report } = recorder();
  const job = tinyJob(place, {
    reg_data_dir: regularisation.pictures,
    prior_loss_weight: 0,
    random_crop: true,
    max_train_steps: 0,
    max_train_epochs: 2,
  });
  await runTraining(machine, job, { report, stop: NEVER_STOP });
  const losses = events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
  // Each of two epochs shows the picture once and the regularisation image once.
  expect(losses.map((loss) => loss === 0).sort()).toEqual([false, false, true, true]);
});

test('an output folder that cannot be made is found before anything is encoded', async () => {
  await using place = await playground([[64, 64]]);
  const file = join(place.folder, 'a-file');
  await writeFile(file, '');
  const { events, report } = recorder();
  const job = tinyJob(place, { output_dir: file });
  const error: unknown = await runTraining(machine, job, { report, stop: NEVER_STOP }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report.where).toContain(file);
  expect(events.map(({ kind }) => kind)).toEqual(['state']);
});

test('run/diverged: a loss that is no number ends the run with the last good LoRA and state', async () => {
  await using place = await playground([[64, 64]]);
  const sick = { ...machine, executor: withNaNLoss(machine.executor, 3) };
  const error: unknown = await runTraining(sick, tinyJob(place), QUIET).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  const { report } = error as UserError;
  expect(report).toMatchObject({
    code: 'run/diverged',
    what: 'The training diverged: the loss of step 3 is not a finite number. What was trained until step 2 is saved',
  });
  expect(report.fix).toContain('Lower learning_rate');
  const folder = join(place.folder, 'output', 'tiny');
  expect(await readdir(folder)).toContain('tiny-step00000002.safetensors');
  expect(await readdir(join(folder, 'state'))).toEqual(['state.safetensors']);
  expect(await readFile(join(folder, 'log.txt'), 'utf8')).toContain('The training diverged');
});

test('run/diverged: weights that are not finite are saved neither in the middle of a run nor at its end', async () => {
  for (const settings of [{ save_every_n_steps: 1 }, { max_train_steps: 1 }]) {
    await using place = await playground([[64, 64]]);
    const sick = { ...machine, executor: withInfiniteWeight(machine.executor, 1) };
    const error: unknown = await runTraining(sick, tinyJob(place, settings), QUIET).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      report: {
        code: 'run/diverged',
        what: 'The training diverged: after step 1 some weights are not finite numbers. Nothing was saved before',
        fix: expect.stringContaining('Lower learning_rate') as string,
      },
    });
    expect((await readdir(join(place.folder, 'output', 'tiny'))).sort()).toEqual([
      'job.toml',
      'log.txt',
      'metrics.jsonl',
    ]);
  }
});

test('run/diverged: at the very first step the checkpoint is to blame', async () => {
  await using place = await playground([[64, 64]]);
  const sick = { ...machine, executor: withNaNLoss(machine.executor, 1) };
  await expect(runTraining(sick, tinyJob(place), QUIET)).rejects.toThrow(
    'The loss of the very first step is not a finite number',
  );
});
