/**
 * Stop, resume, death and divergence of runs that train whole networks.
 */
import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { jobTable, type Job } from '../../trainer/api/job/index.ts';
import { runPlaces } from '../../trainer/train/run-folder.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { readState } from '../../trainer/train/state.ts';
import { withNaNLoss } from '../support/sick-executor.ts';
import { playground, runUntil, tinyMachine, type Playground } from '../support/tiny-run.ts';
import { digestsOf, QUIET, savedAt, scratchJob, tensorDigestsOf } from '../support/whole-models.ts';

const machine = await tinyMachine();
const SIZES = [
  [64, 64],
  [128, 64],
] as const;

/** Everything that draws random numbers or remembers. */
const EVERYTHING = {
  resolution: 96,
  max_train_steps: 3,
  gradient_accumulation_steps: 2,
  flip_aug: true,
  random_crop: true,
  color_aug: true,
  ema_decay: 0.9,
  lr_scheduler: 'cosine',
  threads: 1,
};
const FINETUNE = { ...EVERYTHING, method: 'finetune', caption_dropout_rate: 0.3, shuffle_caption: true };
const AUTOENCODER = {
  ...EVERYTHING,
  method: 'autoencoder',
  disc_weight: 0.5,
  disc_start: 1,
  disc_channels: 4,
  disc_layers: 2,
};

const STATE = 'state/state.safetensors';
const METHODS = [
  {
    title: 'finetune with a moving average',
    settings: FINETUNE,
    files: [STATE, 'tiny/unet/diffusion_pytorch_model.safetensors', 'tiny/text_encoder/model.safetensors'],
  },
  {
    title: 'autoencoder with a discriminator',
    settings: AUTOENCODER,
    files: [STATE, 'tiny/diffusion_pytorch_model.safetensors'],
  },
] as const;

const elsewhere = (job: Job, place: Playground, folder: string): Job => ({
  ...job,
  output_dir: join(place.folder, folder),
});

describe.each(METHODS)('$title', ({ settings, files }) => {
  test('stopped, resumed, or killed in the middle and resumed: it ends with the bytes of a run that never stopped', async () => {
    await using place = await playground(SIZES);
    const job = await scratchJob(place, settings);
    await runTraining(machine, job, QUIET);
    const whole = await digestsOf(job.output_dir, files);
    const tensors = await tensorDigestsOf(job.output_dir, files);

    const stopped = elsewhere(job, place, 'stopped');
    await runUntil(machine, stopped, 1);
    // What it started from is in the folder: the settings are not asked for again.
    await rm(join(place.folder, 'config'), { recursive: true });
    await runTraining(machine, stopped, { ...QUIET, resume: true });
    expect(await digestsOf(stopped.output_dir, files)).toEqual(whole);

    const killed = await scratchJob(place, { ...settings, save_every_n_steps: 1 });
    await killedAt(elsewhere(killed, place, 'killed'), place, 1);
    const rest = elsewhere(job, place, 'killed');
    expect(await readdir(join(rest.output_dir, 'tiny', 'state'))).toContain('state.safetensors');
    await runTraining(machine, rest, { ...QUIET, resume: true });
    // The process that was killed had a clock of its own: when the run began stands in the header of the state.
    expect(await tensorDigestsOf(rest.output_dir, files)).toEqual(tensors);
  });

  test('run/diverged: what was good is saved, and the words fit the method', async () => {
    await using place = await playground([[64, 64]]);
    const job = await scratchJob(place, { ...settings, gradient_accumulation_steps: 1 });
    const sick = { ...machine, executor: withNaNLoss(machine.executor, 3) };
    const error: unknown = await runTraining(sick, job, QUIET).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      report: {
        code: 'run/diverged',
        what: 'The training diverged: the loss of step 3 is not a finite number. What was trained until step 2 is saved',
        fix: expect.stringMatching(
          settings.method === 'finetune'
            ? /^Whole networks want lower rates than a LoRA/
            : /lower disc_weight or raise disc_start/,
        ) as string,
      },
    });
    expect(await readdir(savedAt(place, '.'))).toContain('tiny-step00000002');

    // The state is that of step 2: well again, the run ends as one that was never sick.
    await runTraining(machine, job, { ...QUIET, resume: true });
    const well = elsewhere(job, place, 'well');
    await runTraining(machine, well, QUIET);
    expect(await digestsOf(job.output_dir, files)).toEqual(await digestsOf(well.output_dir, files));

    const never = elsewhere(job, place, 'never');
    const sickFromTheStart = { ...machine, executor: withNaNLoss(machine.executor, 1) };
    await expect(runTraining(sickFromTheStart, never, QUIET)).rejects.toThrow('Check the settings in model_config');
  });
});

test.each(['finetune', 'autoencoder'])(
  'run/diverged: a run of method "%s" that really does leaves nothing half-written and no number that is not finite',
  async (method) => {
    await using place = await playground([[64, 64]]);
    // Plain gradient descent without a limit: each step is larger than the one before, until f32 ends.
    const wild = { optimizer_type: 'SGD', learning_rate: 10, max_grad_norm: 0, loss_averaging: 'sum' };
    const job = await scratchJob(place, { ...wild, method, max_train_steps: 100 });
    const error: unknown = await runTraining(machine, job, QUIET).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ report: { code: 'run/diverged' } });
    const names = await readdir(savedAt(place, '.'));
    expect(names.filter((name) => name.endsWith('.part'))).toEqual([]);
    if (!names.includes('state')) return;
    const { values } = await readState(machine.files, runPlaces(machine.files, job));
    expect(values.every(Number.isFinite)).toBe(true);
  },
);

test('run/exists: a folder with a whole model counts as a result, also without a state', async () => {
  await using place = await playground([[64, 64]]);
  const job = await scratchJob(place, { method: 'finetune', max_train_steps: 1 });
  await runTraining(machine, job, QUIET);
  await rm(savedAt(place, 'state'), { recursive: true });
  await expect(runTraining(machine, job, QUIET)).rejects.toThrow('A run of this name is there already (tiny)');
});

const MAIN = fileURLToPath(new URL('../../trainer/cli/main.ts', import.meta.url));

/** Runs the command and kills it with all its processes, once step `last` is saved. */
async function killedAt(job: Job, place: Playground, last: number): Promise<void> {
  const file = join(place.folder, 'job.toml');
  await writeFile(file, stringify(jobTable(job)));
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, 'train', file, '--json'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const saved = new RegExp(`"kind":"step","step":${last + 1}\\b`);
  let told = '';
  child.stdout.on('data', (data: Buffer) => {
    told += data.toString();
    if (saved.test(told) && child.exitCode === null) process.kill(-must(child.pid, 'the run'), 'SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  expect(child.signalCode).toBe('SIGKILL');
  expect(await readFile(join(job.output_dir, 'tiny', 'metrics.jsonl'), 'utf8')).toContain(`"step":${last}`);
}
