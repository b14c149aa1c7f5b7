/**
 * What a job trains, looked at as its method will: a checkpoint, or of one that trains the autoencoder its VAE alone.
 */
import type { WarningEvent } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import type { CallOutput, JobSettings } from '../api/rpc/index.ts';
import { checkBucketOptions } from '../data/buckets.ts';
import { bucketOptionsOf } from '../data/options.ts';
import { openCheckpoint } from '../formats/checkpoint/open.ts';
import type { Checkpoint, Weights } from '../formats/checkpoint/types.ts';
import { FAMILY_TITLES } from '../formats/configs.ts';
import { cellOf } from '../train/autoencoder/autoencoder-graph.ts';
import { openGivenVae, type VaeChoice } from '../train/autoencoder/starting-vae.ts';
import { bucketMultiple, checkAgainstCheckpoint, checkpointWarnings } from '../train/family-rules.ts';
import type { Surroundings } from './surroundings.ts';

type Machine = Surroundings['machine'];
type Facts = NonNullable<CallOutput<'job.check'>['checkpoint']>;

/** What cannot be done is a problem of the job. */
export type Attempt = <T>(work: () => Promise<T>) => Promise<T | undefined>;

interface Found {
  readonly checkpoint?: Checkpoint;
  readonly facts?: Facts;
  readonly warnings: readonly WarningEvent[];
}

const NOTHING: Found = { warnings: [] };

interface Asked {
  /** Where it could be read. */
  readonly job: Job | undefined;
  readonly table: JobSettings;
}

export const findModel = (machine: Machine, asked: Asked, attempt: Attempt): Promise<Found> =>
  asked.table['method'] === 'autoencoder' ? findVae(machine, asked, attempt) : findCheckpoint(machine, asked, attempt);

async function findCheckpoint(machine: Machine, { job, table }: Asked, attempt: Attempt): Promise<Found> {
  const given = pathAt(table, 'pretrained_model_name_or_path');
  if (given === undefined) return NOTHING;
  const options = job?.vae === undefined ? {} : { vae: job.vae };
  const checkpoint = await attempt(() => openCheckpoint(machine.files, machine.bundledPath(given), options));
  if (checkpoint === undefined) return NOTHING;
  const { unet, predictionType } = checkpoint;
  const prediction = predictionType === undefined ? {} : { prediction: predictionType };
  const facts = { ...(await factsOf(machine, checkpoint, unet.weights)), ...prediction };
  if (job === undefined) return { checkpoint, facts, warnings: [] };
  await attempt(async () => checkAgainstCheckpoint(job, checkpoint));
  await attempt(async () => checkBucketOptions(bucketOptionsOf(job), bucketMultiple(checkpoint.family)));
  return { checkpoint, facts, warnings: checkpointWarnings(job, checkpoint) };
}

async function findVae(machine: Machine, { job, table }: Asked, attempt: Attempt): Promise<Found> {
  const { files } = machine;
  const choice = await attempt(async () => job ?? choiceOf(machine, table));
  const given = choice?.pretrained_model_name_or_path;
  if (choice === undefined || (choice.vae ?? given) === undefined) return NOTHING;
  const opened = await attempt(() => openGivenVae(files, choice));
  if (opened === undefined) return NOTHING;
  const { config, weights, family, checkpoint: path } = opened;
  if (job !== undefined) await attempt(async () => checkBucketOptions(bucketOptionsOf(job), cellOf(config)));
  if (path === undefined || given === undefined || path !== files.resolve(given)) return NOTHING;
  return { facts: await factsOf(machine, { path, family }, weights), warnings: [] };
}

/** Of a job that cannot be read as a whole yet. */
function choiceOf({ bundledPath }: Machine, table: JobSettings): VaeChoice {
  const [checkpoint, vae] = [pathAt(table, 'pretrained_model_name_or_path'), pathAt(table, 'vae')];
  return {
    ...(checkpoint === undefined ? {} : { pretrained_model_name_or_path: bundledPath(checkpoint) }),
    ...(vae === undefined ? {} : { vae: bundledPath(vae) }),
  };
}

function pathAt(table: JobSettings, key: keyof VaeChoice): string | undefined {
  const path = table[key];
  return typeof path === 'string' && path !== '' ? path : undefined;
}

/** @param weights those that are most of it */
async function factsOf(
  { files }: Machine,
  { path, family }: Pick<Checkpoint, 'path' | 'family'>,
  weights: Weights,
): Promise<Facts> {
  const paths = new Set([path, ...[...weights.values()].slice(0, 1).map(({ file }) => file)]);
  let bytes = 0;
  for (const one of paths) bytes = Math.max(bytes, (await files.status(one))?.size ?? 0);
  return { path, family, title: FAMILY_TITLES[family], bytes };
}
