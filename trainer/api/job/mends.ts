/**
 * What a button can change in a job about an error, before a start and after a run has failed.
 */
import type { ErrorReport } from '../../base/errors.ts';
import { isJobKey, knobOf, type Job, type JobKey } from './knobs.ts';
import { cleared, mend, setTo, type Mend } from './mend.ts';
import { jobOf } from './parse.ts';
import { JOB_RULES } from './rules.ts';
import type { JobTable, Table } from './table.ts';
import { whyUnused } from './unused.ts';

/** @param table  the job that the error is about */
export function mendsOf({ code, details = {} }: ErrorReport, table: Table): readonly Mend[] {
  const { key, multiple } = details;
  const path = typeof key === 'string' ? key : undefined;
  switch (code) {
    case 'job/conflict':
      return ofRules(details['keys'], jobOf(table));
    case 'job/unknown-key':
    case 'job/not-supported':
      return path === undefined ? [] : [...meant(path, details['nearest'], table), removed(path)];
    case 'job/wrong-type':
    case 'job/out-of-range':
      return path === undefined || knobAt(path)?.required !== false
        ? []
        : [{ label: 'Back to the default', set: {}, unset: [path] }];
    case 'data/image-folder-given':
      return aroundIt(table['train_data_dir']);
    case 'data/parent-folder-given':
      return [mend({ unset: ['instance_prompt', 'num_repeats'] }, 'Use the folders inside')];
    case 'data/bucket-step':
      return typeof multiple === 'number' ? [setTo({ bucket_reso_steps: multiple })] : [];
    case 'checkpoint/other-family':
    case 'run/prediction':
      return path !== undefined && isJobKey(path) ? [cleared(path)] : [];
    case 'run/clip-skip':
      return [setTo({ clip_skip: 1 })];
    case 'run/timesteps':
      return [cleared('min_timestep')];
    case 'lora/other-rank':
      return [setTo({ dim_from_weights: true })];
    case 'engine/no-device':
      return onProcessor(jobOf(table));
    case 'engine/crashed':
      // The window calls a run crashed, too, whose end nobody saw.
      return details['how'] === undefined ? [] : onProcessor(jobOf(table));
    case 'engine/out-of-memory':
      return details['drawing'] === true ? [] : ofMemory(jobOf(table));
    case 'run/diverged':
      return details['untrained'] === true ? [] : slower(jobOf(table));
    default:
      return [];
  }
}

function ofRules(keys: unknown, job: Job): readonly Mend[] {
  const named = JSON.stringify(keys);
  return JOB_RULES.filter((rule) => JSON.stringify(rule.keys) === named && rule.broken(job)).flatMap((rule) =>
    rule.mends(job),
  );
}

const removed = (path: string): Mend => ({ label: `Remove ${path.split('.').at(-1)}`, set: {}, unset: [path] });

/** The same setting under the name that it has here. */
function meant(path: string, nearest: unknown, table: Table): readonly Mend[] {
  const [name] = Array.isArray(nearest) ? (nearest as readonly unknown[]) : [];
  const value = table[path];
  if (typeof name !== 'string' || !isJobKey(name) || Object.hasOwn(table, name) || !isWritten(value)) return [];
  if (!knobOf(name).schema.safeParse(value).success) return [];
  return [{ label: `Use the name ${name}`, set: { [name]: value }, unset: [path] }];
}

const isWritten = (value: unknown): value is Exclude<JobTable[string], readonly string[]> =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function knobAt(path: string): ReturnType<typeof knobOf> | undefined {
  const [key = '', argument] = path.split('.');
  if (!isJobKey(key)) return undefined;
  return argument === undefined ? knobOf(key) : knobOf(key).inner?.[argument];
}

/** "…/10_sks dog" is one of the folders in the folder that is wanted. */
function aroundIt(folder: unknown): readonly Mend[] {
  const [, parent, name] = typeof folder === 'string' ? (/^(.*)[/\\]([^/\\]+)[/\\]*$/.exec(folder) ?? []) : [];
  if (!parent || name === undefined || !/^\d+_/.test(name)) return [];
  return [mend({ set: { train_data_dir: parent } }, 'Use the folder around it')];
}

const onProcessor = ({ engine }: Job): readonly Mend[] => (engine === 'cpu' ? [] : [setTo({ engine: 'cpu' })]);

/** What costs the least first. */
function ofMemory(job: Job): readonly Mend[] {
  const { gradient_checkpointing: recomputes, train_batch_size: batch, resolution } = job;
  const key = 'gradient_checkpointing' satisfies JobKey;
  const first = recomputes || whyUnused(job.method, key) !== undefined ? [] : [setTo({ [key]: true })];
  const smaller = { width: lower(resolution.width), height: lower(resolution.height) };
  const fits = Math.min(smaller.width, smaller.height) >= Math.max(SMALLEST_SIDE, job.min_bucket_reso);
  return [
    ...first,
    ...(batch > 1 ? [setTo(halfBatch(job))] : []),
    ...(batch === 1 && fits ? [setTo({ resolution: `${smaller.width},${smaller.height}` })] : []),
    ...onProcessor(job),
  ];
}

/** As many pictures an update as before, where that is possible, so that it learns the same. */
const halfBatch = ({ train_batch_size: batch, gradient_accumulation_steps: passes }: Job) =>
  batch % 2 === 0
    ? { train_batch_size: batch / 2, gradient_accumulation_steps: passes * 2 }
    : { train_batch_size: Math.floor(batch / 2) };

/** Models of Stable Diffusion draw little below. */
const SMALLEST_SIDE = 256;

/** Three quarters of it, as a side that every family can have. */
const lower = (side: number): number => Math.floor((side * 0.75) / 64) * 64;

const RATES = ['learning_rate', 'unet_lr', 'text_encoder_lr'] as const satisfies readonly JobKey[];

function slower(job: Job): readonly Mend[] {
  const third = (rate: number): number => Number((rate / 3).toPrecision(2));
  const rates = RATES.flatMap((key) => {
    const rate = job[key];
    return rate === undefined || rate === 0 ? [] : [[key, third(rate)] as const];
  });
  const isClipped = job.max_grad_norm > 0 && job.max_grad_norm <= 1;
  return [mend({ set: Object.fromEntries(rates) }), ...(isClipped ? [] : [setTo({ max_grad_norm: 1 })])];
}
