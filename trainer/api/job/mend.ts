/**
 * A change of a job that a button can make, with the words on the button.
 */
import { writtenShare, type StepShare } from './knob.ts';
import { knobOf, type Job, type JobKey } from './knobs.ts';

/** A setting, or as "network_args.conv_dim" an argument within one. */
export type SettingPath = JobKey | `${JobKey}.${string}`;

type Written = string | number | boolean;

export interface Mend {
  readonly label: string;
  /** Over the job's settings. */
  readonly set: Readonly<Record<string, Written>>;
  /** Back to their defaults, a setting that does not exist away. */
  readonly unset: readonly string[];
}

interface Change {
  readonly set?: Readonly<Partial<Record<JobKey, Written>>>;
  readonly unset?: readonly SettingPath[];
}

/** @param label  where the settings alone do not say what it is for */
export function mend({ set = {}, unset = [] }: Change, label?: string): Mend {
  return { label: label ?? wordsOf({ set, unset }), set, unset };
}

export const setTo = (set: NonNullable<Change['set']>): Mend => mend({ set });

export const cleared = (...unset: readonly SettingPath[]): Mend => mend({ unset });

/** Those of the settings that the job does not have at their default. */
export const clearedIn = (job: Job, keys: readonly JobKey[]): Mend =>
  cleared(...keys.filter((key) => JSON.stringify(job[key]) !== JSON.stringify(knobOf(key).default)));

/** "Clear “v2” and “SDXL”, turn off “Random crop instead of center crop”" */
function wordsOf({ set, unset }: Required<Change>): string {
  const objects = new Map<string, string[]>();
  const say = ([verb, object]: readonly [string, string]): unknown =>
    objects.set(verb, [...(objects.get(verb) ?? []), object]);
  for (const [key, value] of Object.entries(set) as [JobKey, Written][]) say(wordsOfSetting(key, value));
  for (const path of unset) say(wordsOfDefault(path));
  const phrases = [...objects].map(([verb, those]) => `${verb} ${those.join(' and ')}`);
  const all = phrases.join(', ');
  return `${all.charAt(0).toUpperCase()}${all.slice(1)}`;
}

function wordsOfSetting(key: JobKey, value: Written): readonly [string, string] {
  const name = `“${knobOf(key).label}”`;
  if (typeof value === 'boolean') return [value ? 'turn on' : 'turn off', name];
  return ['set', `${name} to ${value}`];
}

function wordsOfDefault(path: SettingPath): readonly [string, string] {
  const [key, argument] = path.split('.') as [JobKey, string?];
  const knob = argument === undefined ? knobOf(key) : knobOf(key).inner?.[argument];
  const name = `“${knob?.label ?? argument ?? key}”`;
  const standard = knob?.default;
  if (typeof standard === 'boolean') return [standard ? 'turn on' : 'turn off', name];
  if (standard === undefined || knob?.required === true) return ['clear', name];
  const shown = knob?.kind === 'share' ? writtenShare(standard as StepShare) : standard;
  return typeof shown === 'number' || typeof shown === 'string' ? ['set', `${name} to ${shown}`] : ['reset', name];
}
