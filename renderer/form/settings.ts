/**
 * Settings of a job as the form holds them: a table of what is not at its default. Values are written as a job file has
 * them; "network_args.conv_dim" names an argument within a setting.
 */
import {
  isJobKey,
  JOB_KEYS,
  knobOf,
  NEW_JOB,
  writtenShare,
  type JobKey,
  type Knob,
  type StepShare,
} from '../../trainer/api/job/index.ts';
import { splitNameValues } from '../../trainer/api/job/name-value-list.ts';
import type { JobSetting, JobSettings } from '../../trainer/api/rpc/shapes.ts';
import type { FieldPath } from './presentation.ts';

export type { JobSetting, JobSettings };

export interface FieldOfJob {
  readonly path: FieldPath;
  readonly key: JobKey;
  /** Name of the argument within the setting. */
  readonly argument?: string;
  readonly knob: Knob<unknown>;
}

/** Every field of the form; those of a list of arguments stand for its list. */
export const FIELDS: readonly FieldOfJob[] = JOB_KEYS.flatMap((key): readonly FieldOfJob[] => {
  const knob = knobOf(key);
  if (knob.kind !== 'arguments') return [{ path: key, key, knob }];
  return Object.entries(knob.inner ?? {}).map(([argument, inner]) => ({
    path: `${key}.${argument}` as const,
    key,
    argument,
    knob: inner,
  }));
});

const BY_PATH: ReadonlyMap<string, FieldOfJob> = new Map(FIELDS.map((field) => [field.path, field]));

export const fieldAt = (path: string): FieldOfJob | undefined => BY_PATH.get(path);

export const fieldsOf = (key: JobKey): readonly FieldOfJob[] => FIELDS.filter((field) => field.key === key);

/** The fields that a problem's key means: a setting of arguments means all of them. */
export const fieldsNamed = (key: string): readonly FieldOfJob[] => {
  const field = fieldAt(key);
  if (field !== undefined) return [field];
  return isJobKey(key) ? fieldsOf(key) : [];
};

/** The value of a field that the job does not set; `undefined` where leaving it out has a meaning of its own. */
export function defaultOf({ knob }: FieldOfJob): JobSetting | undefined {
  const value = knob.default;
  if (value === undefined || (knob.required && value === '')) return undefined;
  switch (knob.kind) {
    case 'size': {
      const { width, height } = value as { width: number; height: number };
      return `${width},${height}`;
    }
    case 'share':
      return writtenShare(value as StepShare);
    case 'arguments':
      return [];
    case 'choice':
    case 'whole':
    case 'real':
    case 'flag':
    case 'text':
    case 'path':
      return value as string | number | boolean;
  }
}

/** What the field is in a new job, and so where a person takes it back to. */
export function standardOf(field: FieldOfJob): JobSetting | undefined {
  return field.argument === undefined && isInNewJob(field.key) ? NEW_JOB[field.key] : defaultOf(field);
}

const isInNewJob = (key: JobKey): key is keyof typeof NEW_JOB => Object.hasOwn(NEW_JOB, key);

/** What the job says; `undefined` when it leaves the field to its default. */
export function givenAt(table: JobSettings, { key, argument }: FieldOfJob): JobSetting | undefined {
  const setting = Object.hasOwn(table, key) ? table[key] : undefined;
  if (argument === undefined || setting === undefined) return setting;
  const pair = (splitNameValues(setting) ?? []).find(([name]) => name === argument);
  return pair === undefined ? undefined : (pair[1] as JobSetting);
}

export const valueAt = (table: JobSettings, field: FieldOfJob): JobSetting | undefined =>
  givenAt(table, field) ?? defaultOf(field);

export function isChanged(table: JobSettings, field: FieldOfJob): boolean {
  const given = givenAt(table, field);
  return given !== undefined && !sameSetting(given, standardOf(field));
}

/**
 * The table with a field set, or without it (`undefined`). A value that is the default is not kept, unless a new job
 * has another: then it is a person's choice.
 */
export function withSetting(table: JobSettings, field: FieldOfJob, value: JobSetting | undefined): JobSettings {
  const { key, argument } = field;
  const standard = defaultOf(field);
  const isUsual = sameSetting(value, standard) && sameSetting(standard, standardOf(field));
  const kept = isUsual ? undefined : value;
  const written = argument === undefined ? kept : withArgument(table[key], argument, kept);
  const rest = Object.fromEntries(Object.entries(table).filter(([other]) => other !== key));
  return written === undefined ? rest : inOrder({ ...rest, [key]: written });
}

/** The table without what a remedy names: a setting, an argument within one, or a name that no setting has. */
export function without(table: JobSettings, path: string): JobSettings {
  const fields = fieldsNamed(path);
  if (fields.length > 0) return fields.reduce((rest, field) => withSetting(rest, field, undefined), table);
  const [key = '', argument] = path.split('.');
  const rest = Object.fromEntries(Object.entries(table).filter(([name]) => name !== path));
  if (argument === undefined || !isJobKey(key)) return rest;
  const { [key]: list, ...others } = rest;
  const written = withArgument(list, argument, undefined);
  return written === undefined ? others : inOrder({ ...others, [key]: written });
}

function withArgument(
  list: JobSetting | undefined,
  argument: string,
  value: JobSetting | undefined,
): JobSetting | undefined {
  const others = (splitNameValues(list ?? []) ?? []).filter(([name]) => name !== argument);
  const pairs = value === undefined ? others : [...others, [argument, value] as const];
  return pairs.length === 0 ? undefined : pairs.map(([name, inner]) => `${name}=${String(inner)}`);
}

/** Settings in the order of the form, so that a file does not shuffle when one is changed; unknown ones last. */
function inOrder(table: JobSettings): JobSettings {
  const place = (key: string): number => (isJobKey(key) ? JOB_KEYS.indexOf(key) : JOB_KEYS.length);
  return Object.fromEntries(Object.entries(table).sort(([one], [other]) => place(one) - place(other)));
}

export function sameSetting(one: JobSetting | undefined, other: JobSetting | undefined): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => item === other[index]);
  }
  return one === other;
}

/** Whether two tables say the same: a default that is written down says no more than one that is left out. */
export function sameTable(one: JobSettings, other: JobSettings): boolean {
  return Object.keys({ ...one, ...other }).every((key) => sameSetting(settingIn(one, key), settingIn(other, key)));
}

const settingIn = (table: JobSettings, key: string): JobSetting | undefined => {
  const field = fieldAt(key);
  return field === undefined ? table[key] : valueAt(table, field);
};

/** Why a value cannot be what the knob asks for, as "must be ..."; nothing when it can. */
export function faultOf({ knob }: FieldOfJob, value: JobSetting | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  return knob.schema.safeParse(value).success ? undefined : knob.expects;
}

/** What a job is before anybody touched it: nothing set. */
export const EMPTY_TABLE: JobSettings = Object.freeze({});
