/**
 * Reads a job: checks every setting by its knob and the rules between them, fills in defaults, and says in words what
 * is wrong.
 */
import type { ErrorCode } from '../../base/error-codes.ts';
import { UserError, type ErrorReport } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import { nearestNames } from '../../base/nearest-name.ts';
import { isReplaced, type Knob } from './knob.ts';
import { isJobKey, JOB_KEYS, KNOBS, knobOf, type Job, type JobKey } from './knobs.ts';
import { splitNameValues } from './name-value-list.ts';
import { ALIASES, IGNORED, IGNORED_VALUES, NOT_SUPPORTED, NOT_SUPPORTED_VALUES, USUAL_VALUES } from './other-names.ts';
import { JOB_RULES } from './rules.ts';
import { entriesOf, isTable, type Table } from './table.ts';
import { whyUnused } from './unused.ts';

export const DEFAULT_STEPS = 1600;

export interface IgnoredSetting {
  readonly key: string;
  /** What it is taken as, where only its value is other. */
  readonly takenAs?: string;
  readonly why: string;
}

/**
 * The job that a parsed TOML or JSON file means, frozen. Tables only group settings, as in sd-scripts.
 *
 * @param where the file's name, for the sentence
 * @throws {UserError} of the first thing that is wrong; `details.alsoWrong` holds the sentences of the others
 */
export function parseJob(value: unknown, where: string): Job {
  const reading = readJob(value, where);
  const [first, ...others] = reading.problems;
  if (first === undefined) return reading.job;
  if (others.length === 0) throw new UserError(first);
  const details = { ...first.details, alsoWrong: others.map(({ what, fix }) => `${what}. ${fix}`) };
  throw new UserError({ ...first, details });
}

/** Everything that is wrong with a job, in the order of the file; rules between settings last. */
export function jobProblems(value: unknown, where: string): readonly ErrorReport[] {
  return readJob(value, where).problems;
}

/** What a table means, whatever is wrong with it: a setting that cannot be has its default, one that is missing too. */
export const jobOf = (value: unknown): Job => readJob(value, '').job;

/** Settings that ask for something and are accepted without effect, each with the reason. */
export function ignoredSettings(value: unknown): readonly IgnoredSetting[] {
  if (!isTable(value)) return [];
  const method = methodIn(value);
  return entriesOf(value).flatMap(([key, setting]) => {
    if (isUnset(key, setting)) return [];
    if (Object.hasOwn(IGNORED, key)) return [{ key, why: String(IGNORED[key]) }];
    const why = reasonFor(IGNORED_VALUES, key, setting);
    if (!isJobKey(key)) return [];
    if (why === undefined) return unusedSetting(method, key, setting);
    return [{ key, takenAs: `${key} = ${JSON.stringify(knobOf(key).schema.parse(setting))}`, why }];
  });
}

const methodIn = (table: Table): Job['method'] => {
  const stated = KNOBS.method.schema.safeParse(entriesOf(table).find(([key]) => key === 'method')?.[1]);
  return stated.success ? stated.data : KNOBS.method.default;
};

function unusedSetting(method: Job['method'], key: JobKey, setting: unknown): readonly IgnoredSetting[] {
  const knob = knobOf(key);
  const saysSomething =
    knob.kind === 'arguments'
      ? splitNameValues(setting)?.some(([name, inner]) => inner !== knob.inner?.[name]?.default)
      : isOther(knob.schema.safeParse(setting).data, knob.default);
  const why = saysSomething === true ? whyUnused(method, key) : undefined;
  return why === undefined ? [] : [{ key, why }];
}

/** A setting that says what its default says is none to talk about. */
const isOther = (value: unknown, usual: unknown): boolean => JSON.stringify(value) !== JSON.stringify(usual);

interface Reading {
  readonly job: Job;
  readonly problems: readonly ErrorReport[];
}

/** What has been read so far. Keys of `given` are settings and, as "network_args.conv_dim", arguments in them. */
interface Draft {
  readonly where: string;
  readonly problems: ErrorReport[];
  readonly given: Map<string, unknown>;
}

function readJob(value: unknown, where: string): Reading {
  const draft: Draft = { where, problems: [], given: new Map() };
  if (isTable(value)) {
    for (const [key, setting] of entriesOf(value)) take(draft, key, setting);
    reportMissing(draft);
  } else {
    const what = `A job must be a table of settings, but this is ${shown(value)}`;
    report(draft, 'job/wrong-type', what, 'Write one setting a line: name = value.', { expected: 'a table' });
  }
  const job = withDefaults(draft);
  if (draft.problems.length === 0) checkRules(draft, job);
  return { job, problems: draft.problems };
}

function report(
  { where, problems }: Draft,
  code: ErrorCode,
  what: string,
  fix: string,
  details: NonNullable<ErrorReport['details']>,
): void {
  problems.push({ code, what, where, fix, details });
}

function take(draft: Draft, key: string, setting: unknown): void {
  if (Object.hasOwn(IGNORED, key) || (Object.hasOwn(NOT_SUPPORTED, key) && isUnset(key, setting))) return;
  if (!isJobKey(key)) {
    reportUnknown(draft, key, { known: JOB_KEYS, sentence: 'There is no setting' });
  } else if (draft.given.has(key)) {
    report(draft, 'job/conflict', `"${key}" is set twice, in two tables`, 'Keep one of them.', { keys: [key] });
  } else if (knobOf(key).kind === 'arguments') {
    takeArguments(draft, key, knobOf(key), setting);
  } else {
    draft.given.set(key, read(draft, key, key, knobOf(key), setting));
  }
}

/** An option that LoRA Loom does not have, set to what it is for those who do not know it. */
function isUnset(key: string, setting: unknown): boolean {
  if (Array.isArray(setting)) return setting.length === 0;
  if (setting === false || setting === 0 || setting === '') return true;
  return Object.hasOwn(USUAL_VALUES, key) && USUAL_VALUES[key] === setting;
}

function reportMissing(draft: Draft): void {
  const method = draft.given.get('method') ?? KNOBS.method.default;
  for (const key of JOB_KEYS) {
    const knob = knobOf(key);
    if (!knob.required || draft.given.has(key) || isReplaced(knob, method, draft.given)) continue;
    const fix = `Add a line ${key} = ${knob.example}. ${knob.help}`;
    report(draft, 'job/missing-key', `The setting "${key}" is missing`, fix, { key });
  }
}

function takeArguments(draft: Draft, key: JobKey, knob: Knob<unknown>, setting: unknown): void {
  const inner = knob.inner ?? {};
  const values = new Map(Object.entries(inner).map(([name, { default: value }]) => [name, value]));
  draft.given.set(key, undefined);
  const pairs = splitNameValues(setting);
  if (pairs === undefined) {
    reportValue(draft, 'job/wrong-type', key, knob, setting);
    return;
  }
  for (const [name, value] of pairs) {
    const innerKnob = Object.hasOwn(inner, name) ? inner[name] : undefined;
    const path = `${key}.${name}`;
    if (innerKnob === undefined) {
      reportUnknown(draft, name, { known: Object.keys(inner), sentence: `"${key}" has no argument`, within: key });
    } else if (draft.given.has(path)) {
      report(draft, 'job/conflict', `"${name}" is set twice in ${key}`, 'Keep one of them.', { keys: [path] });
    } else {
      draft.given.set(path, value);
      values.set(name, read(draft, path, name, innerKnob, value));
    }
  }
  draft.given.set(key, Object.fromEntries(values));
}

/** The value in the trainer's terms; the default when it is wrong, which is reported. */
function read(draft: Draft, path: string, name: string, knob: Knob<unknown>, setting: unknown): unknown {
  const result = knob.schema.safeParse(setting);
  if (result.success) return deepFreeze(result.data);
  const instead = reasonFor(NOT_SUPPORTED_VALUES, path, setting);
  if (instead !== undefined) {
    const what = `${name} = ${shown(setting)} is not supported`;
    report(draft, 'job/not-supported', what, instead, { key: path, found: shown(setting) });
  } else {
    const typeIsWrong = result.error.issues.some((issue) => /^invalid_(type|union|element|key)$/.test(issue.code));
    reportValue(draft, typeIsWrong ? 'job/wrong-type' : 'job/out-of-range', path, knob, setting);
  }
  return knob.default;
}

function reportValue(
  draft: Draft,
  code: 'job/wrong-type' | 'job/out-of-range',
  path: string,
  knob: Knob<unknown>,
  setting: unknown,
): void {
  const what = `${path} must be ${knob.expects}, but it is ${shown(setting)}`;
  const quotes =
    typeof setting === 'string' && setting.trim() !== '' && knob.schema.safeParse(unquoted(setting)).success;
  const near =
    knob.choices === undefined
      ? []
      : nearestNames(typeof setting === 'string' ? setting : shown(setting), knob.choices);
  const fix = quotes
    ? `Write it without quotes: ${setting.trim()}.`
    : near[0] !== undefined
      ? `Did you mean ${knob.example.startsWith('"') ? `"${near[0]}"` : near[0]}?`
      : `Write something like ${knob.example}.`;
  report(draft, code, what, fix, { key: path, expected: knob.expects, found: shown(setting) });
}

interface Expected {
  readonly known: readonly string[];
  /** To go on with the name. */
  readonly sentence: string;
  /** The setting whose argument it would be. */
  readonly within?: JobKey;
}

function reportUnknown(draft: Draft, key: string, { known, sentence, within }: Expected): void {
  const name = excerpt(key, LONGEST_SHOWN);
  const path = within === undefined ? name : `${within}.${name}`;
  const why = Object.hasOwn(NOT_SUPPORTED, key) ? NOT_SUPPORTED[key] : undefined;
  if (why !== undefined) {
    const fix = `Remove it from the job: ${why}.`;
    report(draft, 'job/not-supported', `The sd-scripts option "${name}" is not supported`, fix, { key: path });
    return;
  }
  const alias = Object.hasOwn(ALIASES, key.toLowerCase()) ? ALIASES[key.toLowerCase()] : undefined;
  const nearest = alias === undefined ? nearestNames(key, known) : [alias];
  const meant = nearest[0];
  const fix =
    meant === undefined
      ? 'Remove it; docs/job-settings.md lists all settings.'
      : meant === 'network_args' && alias !== undefined
        ? `Put it into network_args: network_args = ["${key}=..."].`
        : `Did you mean "${meant}"?`;
  report(draft, 'job/unknown-key', `${sentence} "${name}"`, fix, { key: path, nearest });
}

function withDefaults(draft: Draft): Job {
  const values = new Map<string, unknown>(JOB_KEYS.map((key) => [key, draft.given.get(key) ?? KNOBS[key].default]));
  if (values.get('max_train_steps') === undefined && values.get('max_train_epochs') === undefined) {
    values.set('max_train_steps', DEFAULT_STEPS);
  }
  const anew = values.get('random_crop') === true || values.get('color_aug') === true;
  if (!draft.given.has('cache_latents') && anew) values.set('cache_latents', false);
  return deepFreeze(Object.fromEntries(values)) as Job;
}

function checkRules(draft: Draft, job: Job): void {
  for (const rule of JOB_RULES) {
    if (rule.broken(job)) report(draft, 'job/conflict', rule.what(job), rule.fix, { keys: rule.keys });
  }
}

/** What a table says about a value of a setting; capital letters do not count. */
function reasonFor(table: typeof NOT_SUPPORTED_VALUES, key: string, setting: unknown): string | undefined {
  const values = isJobKey(key) ? table[key] : undefined;
  const name = typeof setting === 'string' ? setting.toLowerCase() : '';
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

function unquoted(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  return Number(trimmed);
}

const LONGEST_SHOWN = 60;

/** A value as a sentence shows it. */
function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(excerpt(value, LONGEST_SHOWN));
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      if (value === null) return 'empty (null)';
      return value instanceof Date ? 'a date' : Array.isArray(value) ? `a list of ${value.length}` : 'a table';
    default:
      return 'nothing';
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
