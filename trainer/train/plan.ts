/**
 * From a job to everything it means, before anything dear begins: the checkpoint opened and checked, the pictures found,
 * the LoRA laid out, the steps counted, and what will be left out or looks wrong.
 */
import type { WarningEvent } from '../api/events.ts';
import type { Job, JobKey } from '../api/job/index.ts';
import type { Files } from '../base/ports.ts';
import { createGenerator, deriveSeed } from '../base/random.ts';
import { planSteps, type StepPlan } from '../data/batches.ts';
import { checkBucketOptions } from '../data/buckets.ts';
import { requireImages, type Dataset, type DatasetImage } from '../data/dataset.ts';
import type { Finding } from '../data/findings.ts';
import { bucketOptionsOf, durationOf, scanOptionsOf } from '../data/options.ts';
import { scanDataset } from '../data/scan.ts';
import { openCheckpoint } from '../formats/checkpoint/open.ts';
import type { Checkpoint, PredictionType } from '../formats/checkpoint/types.ts';
import { openLora } from '../formats/lora/read.ts';
import { initialiseLora } from '../lora/initialise.ts';
import { layoutLora, type LoraLayout } from '../lora/layout.ts';
import { sizesIn, takeLora } from '../lora/stored.ts';
import { tokensOf } from './text-encoder-run.ts';
import { bucketMultiple, checkAgainstCheckpoint, checkpointWarnings, predictionOf } from './family-rules.ts';
import type { Machine } from './machine.ts';
import { modulesOf, sizesOf } from './network-of-job.ts';
import { readPrompts } from './preview.ts';

export interface RunPlan {
  readonly job: Job;
  /** The job's, or one that was drawn. */
  readonly seed: number;
  readonly checkpoint: Checkpoint;
  readonly prediction: PredictionType;
  readonly dataset: Dataset;
  readonly layout: LoraLayout;
  /** The text encoder is trained too, so it runs inside the step's graph. */
  readonly textInside: boolean;
  /** f32 [layout.size]: fresh, or from network_weights. */
  readonly initial: Float32Array;
  /** Before the pictures have been decoded: broken ones are still counted. */
  readonly steps: StepPlan;
  readonly estimate: RunEstimate;
  /** What will be left out or looks wrong. */
  readonly warnings: readonly WarningEvent[];
}

export interface RunEstimate {
  /** Numbers that are trained. */
  readonly trained: number;
  /** Bytes of a LoRA file. */
  readonly fileBytes: number;
  /** Bytes that the run folder will hold at most, samples not counted. */
  readonly folderBytes: number;
}

/** @throws {UserError} of whatever makes the job impossible */
export async function planRun(machine: Machine, job: Job): Promise<RunPlan> {
  const { files, pictures, clock } = machine;
  const { vae, sample_prompts: prompts, sample_sampler: sampler } = job;
  // Later, while the run goes on, wrong prompts are a warning; now they can still be mended.
  if (prompts !== undefined) await readPrompts(files, { prompts, sampler });
  const checkpoint = await openCheckpoint(files, job.pretrained_model_name_or_path, vae === undefined ? {} : { vae });
  checkAgainstCheckpoint(job, checkpoint);
  checkBucketOptions(bucketOptionsOf(job), bucketMultiple(checkpoint.family));

  const dataset = await scanDataset(files, pictures, scanOptionsOf(job));
  requireImages(dataset, job.train_data_dir);

  const seed = job.seed ?? Math.floor(clock.now()) % 2 ** 32;
  const { layout, initial, warnings } = await startingLora(files, job, seed, checkpoint);
  const steps = stepsOfRun(job, dataset.images);
  return {
    job: { ...job, ...absolutePaths(files, job), seed },
    seed,
    checkpoint,
    prediction: predictionOf(job, checkpoint),
    dataset,
    layout,
    textInside: layout.modules.some(({ part }) => part !== 'unet'),
    initial,
    steps,
    estimate: estimateOf(job, layout, steps),
    warnings: [
      ...checkpointWarnings(job, checkpoint),
      ...findingWarnings(dataset.findings),
      ...captionWarnings(machine, job, checkpoint, dataset.images),
      ...warnings,
    ],
  };
}

const PATHS = [
  'pretrained_model_name_or_path',
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

async function startingLora(files: Files, job: Job, seed: number, checkpoint: Checkpoint) {
  const file =
    job.network_weights === undefined ? undefined : await openLora(files, job.network_weights, checkpoint.family);
  const sizes = file !== undefined && job.dim_from_weights ? sizesIn(file) : sizesOf(job);
  const layout = layoutLora(modulesOf(job, checkpoint, sizes));
  const initial = initialiseLora(layout, createGenerator(deriveSeed(seed, 'initialisation')));
  if (file === undefined) return { layout, initial, warnings: [] };
  const { missing, unused } = await takeLora(files, file, layout, initial);
  const note = (names: readonly string[], what: string, fix: string): readonly WarningEvent[] =>
    names.length === 0 ? [] : [{ kind: 'warning', what: `${names.length} ${what}`, where: file.path, fix }];
  const warnings = [
    ...note(
      missing,
      'modules of this job are not in network_weights and start fresh',
      'Nothing to do if that is meant.',
    ),
    ...note(
      unused,
      'modules of network_weights are not trained by this job and are left out',
      'Set conv_dim or train the text encoder too, to go on with them.',
    ),
  ];
  return { layout, initial, warnings };
}

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

function captionWarnings(
  { tokenizer }: Machine,
  job: Job,
  { textEncoders }: Checkpoint,
  images: readonly DatasetImage[],
): readonly WarningEvent[] {
  const configs = textEncoders.map(({ config }) => config);
  const long = images.filter(
    ({ caption }) => tokensOf(tokenizer, caption, job.max_token_length, configs).cut !== undefined,
  );
  const [first] = long;
  if (first === undefined) return [];
  const whose = long.length === 1 ? 'A caption has' : `${long.length} captions have`;
  const fix = job.max_token_length === 225 ? 'Shorten them.' : 'Shorten them, or set max_token_length = 225.';
  const what = `${whose} more than ${job.max_token_length} tokens; the rest is not read`;
  return [{ kind: 'warning', what, where: first.path, fix }];
}

const BYTES_OF = { float: 4, fp16: 2, bf16: 2 } as const;
/** Log, metrics, header of the files. */
const SMALL_FILES = 4_000_000;
/** The LoRA and at most two vectors of the optimizer, and once more while a new state is written. */
const STATE_VECTORS = 6;

function estimateOf(job: Job, { size }: LoraLayout, { totalSteps, epochs }: StepPlan): RunEstimate {
  const fileBytes = size * BYTES_OF[job.save_precision];
  const { save_every_n_epochs, save_every_n_steps, save_last_n_epochs, save_last_n_steps } = job;
  const byEpochs = save_every_n_epochs === undefined ? 0 : Math.floor((epochs - 1) / save_every_n_epochs);
  const bySteps = save_every_n_steps === undefined ? 0 : Math.floor(totalSteps / save_every_n_steps);
  const keptSteps =
    save_every_n_steps === undefined || save_last_n_steps === undefined
      ? bySteps
      : Math.ceil(save_last_n_steps / save_every_n_steps) + 1;
  const files = Math.min(byEpochs, save_last_n_epochs ?? byEpochs) + Math.min(bySteps, keptSteps) + 1;
  return {
    trained: size,
    fileBytes,
    folderBytes: files * fileBytes + STATE_VECTORS * 4 * size + SMALL_FILES,
  };
}
