/**
 * All that can be known of a job without training: what is wrong, how many steps it takes, how the learning rate goes.
 */
import { ignoredSettings, jobProblems, parseJob, type Job } from '../api/job/index.ts';
import type { CallOutput, JobSettings, Problem } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { requireImages } from '../data/dataset.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import { layoutLora } from '../lora/layout.ts';
import { learningRates } from '../train/learning-rates.ts';
import { modulesOf } from '../train/network-of-job.ts';
import { readPrompts } from '../train/preview.ts';
import { datasetJob, reportOf, scanOf, stepsOf, withClassImages } from './dataset.ts';
import { engineProblems } from './engines.ts';
import { freeName, placedJob } from './free-name.ts';
import { findModel, type Attempt } from './job-model.ts';
import { problemOfError, problemOfFinding, problemOfWarning } from './problems.ts';
import type { Surroundings } from './surroundings.ts';

type Check = CallOutput<'job.check'>;
type Plan = NonNullable<Check['plan']>;

export async function checkJob(around: Surroundings, table: JobSettings, signal: AbortSignal): Promise<Check> {
  const { machine } = around;
  const problems: Problem[] = jobProblems(table, 'the job').map((error) => problemOfError(error, table));
  const ignored = [...ignoredSettings(table)];
  const job = problems.length === 0 ? readJob(machine, table, problems) : undefined;

  const attempt: Attempt = async (work) => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(problemOfError(error.report, table));
      return undefined;
    }
  };
  const trials = around.engines.known();
  if (job !== undefined && trials !== undefined) problems.push(...engineProblems(job, trials));
  const { checkpoint, facts, warnings } = await findModel(machine, { job, table }, attempt);
  problems.push(...warnings.map((warning) => problemOfWarning(warning, table)));
  const plan = await planOf(around, table, job, attempt, problems);
  if (job !== undefined) {
    const name = await attempt(() => freeName(machine.files, placedJob(machine, job)));
    if (name !== undefined && name !== job.output_name) problems.push(otherName(job.output_name, name));
    const { sample_prompts: prompts, sample_sampler: sampler } = job;
    if (prompts !== undefined) await attempt(() => readPrompts(machine.files, { prompts, sampler }));
  }
  const sizes = job === undefined || checkpoint === undefined ? undefined : sizesOf(job, checkpoint);
  return {
    problems: unique(problems),
    ignored,
    ...(plan === undefined ? {} : { plan: { ...plan, ...sizes } }),
    ...(facts === undefined ? {} : { checkpoint: facts }),
  };
}

/** Nothing to mend: a run never mixes with another. */
const otherName = (taken: string, name: string): Problem => ({
  severity: 'info',
  code: 'run/exists',
  keys: ['output_name'],
  what: `There is a run named ${taken} already`,
  fix: `Start names the next one ${name}.`,
  remedies: [],
});

function readJob(machine: Surroundings['machine'], table: JobSettings, problems: Problem[]): Job | undefined {
  try {
    return machine.withBundled(parseJob(table, 'the job'));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(problemOfError(error.report, table));
    return undefined;
  }
}

/** Where the settings of the dataset are right, whatever else is wrong. */
async function planOf(
  around: Surroundings,
  table: JobSettings,
  whole: Job | undefined,
  attempt: Attempt,
  problems: Problem[],
): Promise<Plan | undefined> {
  if (typeof table['train_data_dir'] !== 'string' || table['train_data_dir'] === '') return undefined;
  const job = quietly(() => datasetJob(around.machine, table));
  if (job === undefined) return undefined;
  const dataset = await attempt(() => scanOf(around, job));
  if (dataset === undefined) return undefined;
  problems.push(
    ...dataset.findings
      .filter(({ severity }) => severity !== 'info')
      .map((finding) => problemOfFinding({ ...finding, severity: 'warning' }, dataset, job)),
  );
  const usable = await attempt(async () => {
    requireImages(dataset, job.train_data_dir);
    return true;
  });
  if (usable === undefined) return undefined;
  const counted = await attempt(async () => (whole === undefined ? dataset : withClassImages(around, whole, dataset)));
  const steps = stepsOf(reportOf(job, counted ?? dataset));
  return { steps, lrCurve: lrCurve(job, steps.totalSteps), saves: savesOf(job, steps) };
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const MOST_POINTS = 200;

function lrCurve(job: Job, totalSteps: number): Plan['lrCurve'] {
  if (totalSteps < 1) return [];
  const rates = learningRates(job, totalSteps);
  const count = Math.min(MOST_POINTS, totalSteps);
  const steps = Array.from({ length: count }, (_, index) =>
    count === 1 ? 0 : Math.round((index * (totalSteps - 1)) / (count - 1)),
  );
  const all = steps.map((step) => [step + 1, rates(step)] as const);
  return partsOf(job).map((part) => ({ part, points: all.map(([step, rate]) => [step, rate[part] ?? 0]) }));
}

/** The groups that a person thinks of; SDXL's second text encoder learns as the first. */
const partsOf = (job: Job): readonly string[] => {
  if (job.method === 'autoencoder') return ['vae'];
  const unet = job.network_train_text_encoder_only ? [] : ['unet'];
  const text = job.network_train_unet_only ? [] : ['text_encoder'];
  return [...unet, ...text];
};

function savesOf(job: Job, { epochs, totalSteps }: Plan['steps']): number {
  const { save_every_n_epochs: everyEpochs, save_every_n_steps: everySteps } = job;
  const byEpochs = everyEpochs === undefined ? 0 : Math.floor(Math.max(0, epochs - 1) / everyEpochs);
  return 1 + byEpochs + (everySteps === undefined ? 0 : Math.floor(totalSteps / everySteps));
}

const BYTES = { float: 4, fp16: 2, bf16: 2 } as const;

function sizesOf(job: Job, checkpoint: Checkpoint) {
  if (job.method !== 'lora') return undefined;
  const trained = layoutLora(modulesOf(job, checkpoint)).size;
  return { trained, fileBytes: trained * BYTES[job.save_precision] };
}

/** A broken file is found on more than one way. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, what, where }) => {
    const key = JSON.stringify([code, what, where]);
    return !seen.has(key) && seen.add(key);
  });
}
