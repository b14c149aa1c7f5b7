/**
 * Jobs as tables: written back so that reading gives the same job, and with settings from a command line laid over them.
 */
import { writtenShare, type Knob, type Size, type StepShare } from './knob.ts';
import { isJobKey, JOB_KEYS, knobOf, type Job } from './knobs.ts';
import { isPlain } from './name-value-list.ts';

export type JobTable = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Every setting that has a value, defaults included, in the order of the knobs. */
export function jobTable(job: Job): JobTable {
  return Object.fromEntries(
    JOB_KEYS.filter((key) => job[key] !== undefined).map((key) => [key, written(knobOf(key), job[key])]),
  );
}

function written(knob: Knob<unknown>, value: unknown): JobTable[string] {
  switch (knob.kind) {
    case 'size': {
      const { width, height } = value as Size;
      return `${width},${height}`;
    }
    case 'share':
      return writtenShare(value as StepShare);
    case 'arguments':
      return Object.entries(value as object)
        .filter(([, inner]) => inner !== undefined)
        .map(([name, inner]) => `${name}=${String(inner)}`);
    case 'whole':
    case 'real':
    case 'flag':
    case 'text':
    case 'path':
    case 'choice':
      return value as string | number | boolean;
  }
}

export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && isPlain(value);
}

/** Settings in the order of the file, those of a table in place of the table: tables only group. */
export function entriesOf(table: Table): readonly (readonly [string, unknown])[] {
  return Object.entries(table).flatMap(([key, value]) =>
    isTable(value) && !isArguments(key) ? Object.entries(value) : [[key, value] as const],
  );
}

/** The table with these settings instead of its own; what is no table comes back as it is. */
export function overrideSettings(value: unknown, settings: ReadonlyMap<string, unknown>): unknown {
  if (settings.size === 0 || !isTable(value)) return value;
  const kept: (readonly [string, unknown])[] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (settings.has(key)) continue;
    kept.push([key, isTable(entry) && !isArguments(key) ? without(entry, settings) : entry]);
  }
  return Object.fromEntries([...kept, ...settings]);
}

/** A setting that somebody typed, as its kind has it: `16` is a number for network_dim and text for output_name. */
export function settingFromText(key: string, text: string): unknown {
  const knob = isJobKey(key) ? knobOf(key) : undefined;
  const trimmed = text.trim();
  switch (knob?.kind) {
    case 'flag':
      return trimmed === 'true' ? true : trimmed === 'false' ? false : text;
    case 'whole':
    case 'real':
    case 'share':
      return numberOr(trimmed, text);
    case 'choice':
      return knob.example.startsWith('"') ? text : numberOr(trimmed, text);
    case 'size':
    case 'text':
    case 'path':
    case 'arguments':
    case undefined:
      return text;
  }
}

const isArguments = (key: string): boolean => isJobKey(key) && knobOf(key).kind === 'arguments';

function without(table: Table, settings: ReadonlyMap<string, unknown>): Table {
  return Object.fromEntries(Object.entries(table).filter(([key]) => !settings.has(key)));
}

function numberOr(trimmed: string, text: string): unknown {
  const number = Number(trimmed);
  return trimmed === '' || Number.isNaN(number) ? text : number;
}
