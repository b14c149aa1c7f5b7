/**
 * "Check before start": a few real steps on the largest bucket, in a process of its own, for what a step takes.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { TrainEvent } from '../api/events.ts';
import { jobTable, parseJob, type Job } from '../api/job/index.ts';
import type { Handlers, JobSettings, TrialResult } from '../api/rpc/index.ts';
import { must, UserError } from '../base/errors.ts';
import { requireImages, type DatasetImage } from '../data/dataset.ts';
import { reportOf, scanOf, withClassImages } from './dataset.ts';
import { startRun } from './run-process.ts';
import type { Surroundings } from './surroundings.ts';

/** The first is slower: what it needs is built then. */
const STEPS = 4;

export interface TrialHandlers {
  readonly handlers: Pick<Handlers, 'check.start'>;
  /** Ends the trials that are on: they would take memory that a run needs. */
  close(): Promise<void>;
}

/** @param requireFree throws while something else computes: a trial beside it would measure both */
export function trialHandlers(around: Surroundings, requireFree: () => void): TrialHandlers {
  const trials = new Map<AbortController, Promise<unknown>>();
  const tryOnce = async (table: JobSettings, signal: AbortSignal): Promise<TrialResult> => {
    const folder = await mkdtemp(join(tmpdir(), 'lora-loom-trial-'));
    try {
      return await tryIn(around, table, folder, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return {
    handlers: {
      'check.start': async ({ table }, { signal }) => {
        requireFree();
        const closing = new AbortController();
        const trial = tryOnce(table, AbortSignal.any([signal, closing.signal]));
        trials.set(closing, trial);
        try {
          return await trial;
        } catch (error) {
          throw closing.signal.aborted ? besideTrial() : error;
        } finally {
          trials.delete(closing);
        }
      },
    },
    close: async () => {
      for (const closing of trials.keys()) closing.abort();
      await Promise.allSettled(trials.values());
    },
  };
}

async function tryIn(
  around: Surroundings,
  table: JobSettings,
  folder: string,
  signal: AbortSignal,
): Promise<TrialResult> {
  const { machine, emit } = around;
  const job = machine.withBundled(parseJob(table, 'the job'));
  const dataset = await scanOf(around, job);
  requireImages(dataset, job.train_data_dir);
  const { totalSteps } = reportOf(job, await withClassImages(around, job, dataset)).steps;
  const trial = await trialJob(job, largest(dataset.images, job.train_batch_size), folder);

  const seconds: number[] = [];
  const run = startRun(
    [...machine.self, 'train', '--child', '-'],
    { job: trial, resume: false },
    (event: TrainEvent) => {
      if (event.kind === 'step') seconds.push(event.seconds);
      if (event.kind === 'state') emit('check', { kind: 'state', message: event.message });
      if (event.kind === 'step') emit('check', { kind: 'progress', done: event.step, total: event.steps });
    },
  );
  const end = (): unknown => run.kill();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    await run.outcome;
  } finally {
    signal.removeEventListener('abort', end);
  }
  const usual = seconds.slice(1);
  const secondsPerStep = usual.reduce((sum, each) => sum + each, 0) / Math.max(1, usual.length);
  const memory = run.memory()?.highest;
  return {
    engine: job.engine,
    secondsPerStep,
    totalSteps,
    seconds: secondsPerStep * totalSteps,
    ...(memory === undefined ? {} : { memory }),
    available: machine.hardware.memory,
    table,
  };
}

/** Pictures of the bucket with the most pixels, enough for a batch. */
function largest(images: readonly DatasetImage[], count: number): readonly DatasetImage[] {
  const pixels = ({ placement: { bucket } }: DatasetImage): number => bucket.width * bucket.height;
  const sorted = images.toSorted((a, b) => pixels(b) - pixels(a));
  const { bucket } = must(sorted[0], 'a picture').placement;
  const same = sorted.filter(
    ({ placement }) => placement.bucket.width === bucket.width && placement.bucket.height === bucket.height,
  );
  return same.slice(0, count);
}

/** The job on copies of these pictures, with nothing that is not a step. */
async function trialJob(job: Job, images: readonly DatasetImage[], folder: string): Promise<Job> {
  const dataset = join(folder, 'pictures');
  // Repeated until a batch is full: a smaller one would need less.
  const repeats = Math.ceil(job.train_batch_size / images.length);
  const subset = join(dataset, `${repeats}_trial`);
  await mkdir(subset, { recursive: true });
  for (const [index, { path, caption }] of images.entries()) {
    await copyFile(path, join(subset, `${index}${extname(path)}`));
    await writeFile(join(subset, `${index}.txt`), caption);
  }
  const left = [
    'with_prior_preservation',
    'reg_data_dir',
    'instance_prompt',
    'num_repeats',
    'sample_prompts',
    'sample_every_n_steps',
    'sample_every_n_epochs',
    'sample_at_first',
    'save_every_n_steps',
    'save_every_n_epochs',
    'save_last_n_steps',
    'save_last_n_epochs',
    'max_train_epochs',
    'cache_latents_to_disk',
  ];
  const kept = Object.entries(jobTable(job)).filter(([key]) => !left.includes(key));
  return parseJob(
    {
      ...Object.fromEntries(kept),
      train_data_dir: dataset,
      // The frozen model's pass is a part of each step; whose pictures it sees makes no difference.
      ...(job.prior_target === 'frozen_model' ? { reg_data_dir: dataset } : {}),
      output_dir: join(folder, 'output'),
      output_name: 'trial',
      caption_extension: '.txt',
      max_train_steps: STEPS,
    },
    'the trial',
  );
}

export const besideTrial = (): UserError =>
  new UserError({
    code: 'run/on',
    what: 'A run is on, and a trial beside it would measure both',
    fix: 'Wait until it has ended, pause it or stop it.',
  });
