/**
 * From a job to everything it means, before anything dear begins: the method planned, the pictures found, the steps
 * counted, and what will be left out or looks wrong.
 */
import type { WarningEvent } from '../api/events.ts';
import type { Job, JobKey } from '../api/job/index.ts';
import type { Files } from '../base/ports.ts';
import { planSteps, type StepPlan } from '../data/batches.ts';
import { checkBucketOptions } from '../data/buckets.ts';
import { requireImages, type Dataset, type DatasetImage } from '../data/dataset.ts';
import type { Finding } from '../data/findings.ts';
import { bucketOptionsOf, durationOf, scanOptionsOf } from '../data/options.ts';
import { scanDataset } from '../data/scan.ts';
import { ADVICE } from './advice.ts';
import type { MethodPlan, MethodRequest } from './method.ts';
import { planMethod } from './methods/index.ts';

export interface RunPlan {
  readonly job: Job;
  /** The job's, or one that was drawn. */
  readonly seed: number;
  readonly method: MethodPlan;
  readonly dataset: Dataset;
  /** Before the pictures have been decoded: broken ones are still counted. */
  readonly steps: StepPlan;
  readonly estimate: RunEstimate;
  /** What will be left out or looks wrong. */
  readonly warnings: readonly WarningEvent[];
}

export interface RunEstimate {
  /** Numbers that are trained. */
  readonly trained: number;
  /** Bytes of what one save writes. */
  readonly fileBytes: number;
  /** Bytes that the run folder will hold at most, samples not counted. */
  readonly folderBytes: number;
  /** Bytes of memory for all numbers of the networks; what is computed from the pictures comes on top. */
  readonly memoryBytes: number;
}

/** @throws {UserError} of whatever makes the job impossible */
export async function planRun(request: Omit<MethodRequest, 'seed'>): Promise<RunPlan> {
  const { machine, job } = request;
  const { files, pictures, clock } = machine;
  const seed = job.seed ?? Math.floor(clock.now()) % 2 ** 32;
  const method = await planMethod({ ...request, seed });
  checkBucketOptions(bucketOptionsOf(job), method.bucketMultiple);

  const dataset = await scanDataset(files, pictures, scanOptionsOf(job));
  requireImages(dataset, job.train_data_dir);
  const steps = stepsOfRun(job, dataset.images);
  const estimate = estimateOf(job, method, steps);
  return {
    job: { ...job, ...absolutePaths(files, job), seed },
    seed,
    method,
    dataset,
    steps,
    estimate,
    warnings: [
      ...method.warnings,
      ...memoryWarnings(job, estimate, machine.memory),
      ...findingWarnings(dataset.findings),
      ...method.checkImages(dataset.images),
    ],
  };
}

const PATHS = [
  'pretrained_model_name_or_path',
  'model_config',
  'vae',
  'train_data_dir',
  'reg_data_dir',
  'output_dir',
  'network_weights',
  'sample_prompts',
] as const satisfies readonly JobKey[];

/** The run's job.toml must mean the same wherever it is read. */
const absolutePaths = (files: Files, job: Job): Partial<Job> =>
  Object.fromEntries(PATHS.flatMap((key) => (job[key] === undefined ? [] : [[key, files.resolve(job[key])]])));

export const stepsOfRun = (job: Job, images: readonly DatasetImage[]): StepPlan =>
  planSteps(
    images,
    { batchSize: job.train_batch_size, accumulation: job.gradient_accumulation_steps },
    durationOf(job),
  );

/** Files of one kind of finding that are named. */
const NAMED = 5;

function findingWarnings(findings: readonly Finding[]): readonly WarningEvent[] {
  const counts = new Map<string, number>();
  const warnings: WarningEvent[] = [];
  for (const { severity, code, path: where, sentence, fix } of findings) {
    if (severity === 'info') continue;
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    const what = severity === 'error' ? `Left out: ${sentence}` : sentence;
    if (count <= NAMED) warnings.push({ kind: 'warning', what, where, fix });
  }
  for (const [code, count] of counts) {
    if (count <= NAMED) continue;
    const what = `${count - NAMED} more files like the last ones (${code})`;
    warnings.push({ kind: 'warning', what, fix: '"lora-loom scan" on the folder lists all of them.' });
  }
  return warnings;
}

/** Log, metrics, header of the files. */
const SMALL_FILES = 4_000_000;
const BYTES = 4;
/** Vectors that AdamW keeps; the others keep fewer. */
const MOMENTS = 2;
/** The gradient of a pass and the sum over the passes of a step. */
const GRADIENTS = 2;

type Sizes = Pick<MethodPlan, 'frozen' | 'startBytes' | 'fileBytes'> & { readonly layout: { readonly size: number } };
type Length = Pick<StepPlan, 'totalSteps' | 'epochs'>;

export function estimateOf(
  job: Job,
  { layout: { size }, frozen, startBytes, fileBytes }: Sizes,
  steps: Length,
): RunEstimate {
  const kept = 1 + MOMENTS + (job.ema_decay === undefined ? 0 : 1);
  // Beside the state there is, for a moment, the one that replaces it.
  const states = 2 * kept * BYTES * size;
  return {
    trained: size,
    fileBytes,
    folderBytes: startBytes + filesAtMost(job, steps) * fileBytes + states + SMALL_FILES,
    memoryBytes: BYTES * (frozen + (kept + GRADIENTS) * size),
  };
}

/** Saves that are there at once, the last one too. */
function filesAtMost(job: Job, { totalSteps, epochs }: Length): number {
  const { save_every_n_epochs, save_every_n_steps, save_last_n_epochs, save_last_n_steps } = job;
  const byEpochs = save_every_n_epochs === undefined ? 0 : Math.floor((epochs - 1) / save_every_n_epochs);
  const bySteps = save_every_n_steps === undefined ? 0 : Math.floor(totalSteps / save_every_n_steps);
  const keptSteps =
    save_every_n_steps === undefined || save_last_n_steps === undefined
      ? bySteps
      : Math.ceil(save_last_n_steps / save_every_n_steps) + 1;
  return Math.min(byEpochs, save_last_n_epochs ?? byEpochs) + Math.min(bySteps, keptSteps) + 1;
}

/** Of what is sure to be needed; what is not, depends on the pictures. */
export function memoryWarnings(
  job: Job,
  { trained, memoryBytes }: RunEstimate,
  memory: number | undefined,
): readonly WarningEvent[] {
  if (memory === undefined || memoryBytes <= memory) return [];
  const numbers = trained.toLocaleString('en-US');
  const what = `Training ${numbers} numbers takes about ${memoryText(memoryBytes)} of memory beside what is computed from the pictures, but there are ${memoryText(memory)}`;
  return [{ kind: 'warning', what, fix: ADVICE[job.method].memory }];
}

/** "320 MB", "18.2 GB" */
export const memoryText = (bytes: number): string =>
  bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
