/**
 * The settings of a training trace in our terms, and which of them we do not know.
 *
 * They are sd-scripts' arguments with sd-scripts' defaults.
 */
import { isJobKey, jobProblems, knobOf, parseJob, type Job, type KnobGroup } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import { isObject } from '../formats/safetensors/header-json.ts';
import { parseOptimizer, type OptimizerSettings } from '../optim/optimizers.ts';
import type { Trace } from './trace.ts';

export interface TraceSettings {
  readonly job: Job;
  readonly optimizer: OptimizerSettings;
  /** Optimizer steps of the whole run, which the trace may show the beginning of. */
  readonly totalSteps: number;
  /** [B], the same in every batch. */
  readonly ownWeights: readonly number[] | undefined;
  /** By name; those inside a list as `network_args.rank_dropout`. */
  readonly unknown: readonly string[];
}

type Table = Readonly<Record<string, unknown>>;

/** A trace has no folders of its own, and its draws are recorded: seeds, dropped captions and offsets are in its batches. */
const PLACES: Table = { pretrained_model_name_or_path: '-', train_data_dir: '-', output_dir: '-' };
/** Say what pictures and captions came to be, which is recorded, or what was written. */
const BESIDE_THE_STEPS: readonly KnobGroup[] = [
  'Folders',
  'Dataset',
  'Captions',
  'Buckets',
  'Saving',
  'Samples',
  'Metadata',
];
/** Where ours is another. */
const THEIR_DEFAULTS: Table = { learning_rate: 2e-6 };
/** Drawn anew in each pass, and not recorded. */
const UNRECORDED = [
  'network_dropout',
  'network_args.rank_dropout',
  'network_args.module_dropout',
  'ip_noise_gamma',
] as const;
/** A job may have them without effect, but they change sd-scripts' numbers. */
const PRECISION = ['mixed_precision', 'full_fp16', 'full_bf16', 'fp8_base', 'fp8_base_unet'] as const;

export function readTraceSettings({ settings, steps }: Pick<Trace, 'settings' | 'steps'>): TraceSettings {
  const { loss_weights_in_batch: weights, optimizer_type, optimizer_args, ...given } = settings;
  const set = Object.entries(given).filter(([key, value]) => isSaid(value) && !isBesideTheSteps(key));
  const table: Table = { max_train_steps: steps, ...THEIR_DEFAULTS, ...Object.fromEntries(set), ...PLACES };
  const problems = jobProblems(table, 'trace.json').flatMap(({ details, what }) => namesIn(details) ?? [what]);
  const job = parseJob(problems.length === 0 ? table : PLACES, 'trace.json');
  const optimizer = readOptimizer(optimizer_type, optimizer_args);
  const { rank_dropout, module_dropout } = job.network_args;
  const drawn = [job.network_dropout, rank_dropout, module_dropout, job.ip_noise_gamma];
  return {
    job,
    optimizer: 'unknown' in optimizer ? parseOptimizer('AdamW') : optimizer,
    totalSteps: job.max_train_steps ?? steps,
    ownWeights: isNumbers(weights) ? weights : undefined,
    unknown: [
      ...problems,
      ...('unknown' in optimizer ? optimizer.unknown : []),
      ...PRECISION.filter((name) => isSaid(given[name]) && given[name] !== false && given[name] !== 'no'),
      ...UNRECORDED.filter((_, index) => drawn[index] !== undefined),
      ...(!isSaid(weights) || isNumbers(weights) ? [] : ['loss_weights_in_batch']),
    ],
  };
}

function isBesideTheSteps(key: string): boolean {
  // The length of an epoch is not recorded.
  return key === 'max_train_epochs' || (isJobKey(key) && BESIDE_THE_STEPS.includes(knobOf(key).group));
}

const isSaid = (value: unknown): boolean => value !== null && value !== undefined;

/** The settings that a problem is about. */
function namesIn({ key, keys }: Table = {}): readonly string[] | undefined {
  if (typeof key === 'string') return [key];
  return Array.isArray(keys) ? keys.map(String) : undefined;
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');

function readOptimizer(given: unknown, list: unknown): OptimizerSettings | { readonly unknown: readonly string[] } {
  const type = isSaid(given) && given !== '' ? String(given) : 'AdamW';
  const args = argumentsOf(list);
  if (parsed(type, []) === undefined) return { unknown: ['optimizer_type'] };
  const settings = args && parsed(type, args);
  if (settings !== undefined) return settings;
  const wrong = (args ?? []).filter((argument) => parsed(type, [argument]) === undefined);
  const names = wrong.map((argument) => `optimizer_args.${argument.replace(/=[^]*/, '')}`);
  return { unknown: names.length === 0 ? ['optimizer_args'] : names };
}

function parsed(type: string, args: readonly string[]): OptimizerSettings | undefined {
  try {
    return parseOptimizer(type, args);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A list of "name=value", one text with spaces between, or a table. */
function argumentsOf(given: unknown): readonly string[] | undefined {
  if (!isSaid(given)) return [];
  if (typeof given === 'string') return given.split(/\s+/).filter((piece) => piece !== '');
  if (Array.isArray(given)) return given.map(String);
  return isObject(given) ? Object.entries(given).map(([name, value]) => `${name}=${literal(value)}`) : undefined;
}

/** As Python writes it. */
const literal = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : Array.isArray(value) ? value.join(',') : String(value);
