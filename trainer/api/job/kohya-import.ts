/**
 * Takes over settings from Kohya's GUI (JSON) and sd-scripts (TOML), and tells what became of each.
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import { writtenShare, type Knob, type StepShare } from './knob.ts';
import { parseToml } from './job-text.ts';
import { isJobKey, knobOf, type JobKey } from './knobs.ts';
import { isSent, readGui, type GuiSetting } from './kohya-gui.ts';
import { splitNameValues } from './name-value-list.ts';
import { IGNORED, IGNORED_VALUES, NOT_SUPPORTED, NOT_SUPPORTED_VALUES, USUAL_VALUES } from './other-names.ts';
import { entriesOf, isTable, type Table } from './table.ts';

export type ForeignFormat = 'kohya-json' | 'sd-scripts-toml';

export interface ImportReport {
  readonly format: ForeignFormat;
  readonly used: readonly { readonly from: string; readonly key: string }[];
  readonly ignored: readonly { readonly from: string; readonly value: string; readonly why: string }[];
  readonly changed: readonly {
    readonly from: string;
    readonly value: string;
    readonly key: string;
    readonly now: string;
    readonly why: string;
  }[];
}

export type ImportedSetting = string | number | boolean | readonly (string | number)[];

export interface Import {
  /** Settings that are not at their default here. */
  readonly table: Readonly<Record<string, ImportedSetting>>;
  readonly report: ImportReport;
  /** Sample prompts that the file holds itself: a file is to be made of them, and named in `sample_prompts`. */
  readonly prompts?: string;
}

interface Draft {
  readonly table: Map<string, ImportedSetting>;
  readonly used: ImportReport['used'][number][];
  readonly ignored: ImportReport['ignored'][number][];
  readonly changed: ImportReport['changed'][number][];
}

/** @throws {UserError} job/syntax */
export function importJob(text: string): Import {
  const draft: Draft = { table: new Map(), used: [], ignored: [], changed: [] };
  const json = jsonIn(text);
  if (json === undefined) {
    const table = parseToml(text.replace(/^\ufeff/u, ''), 'the file');
    for (const [key, value] of isTable(table) ? entriesOf(table) : []) {
      take(draft, { from: key, found: value, key, value });
    }
    return importOf(draft, 'sd-scripts-toml');
  }
  const { settings, leftOut, prompts } = readGui(json);
  for (const setting of settings) if (isSent(setting.from, json)) take(draft, setting);
  for (const { from, found, why } of leftOut) draft.ignored.push({ from, value: shown(found), why });
  return { ...importOf(draft, 'kohya-json'), ...(prompts === undefined ? {} : { prompts }) };
}

const importOf = ({ table, ...report }: Draft, format: ForeignFormat): Import => ({
  table: Object.fromEntries(table),
  report: { format, ...report },
});

function jsonIn(text: string): Table | undefined {
  if (!/^\s*[{[]\s*["}\]{]/.test(text.replace(/^\ufeff/u, ''))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/u, ''));
  } catch (error) {
    // A TOML file may begin with a table's name in brackets.
    if (/^\s*\[/.test(text)) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw notSettings(`The file is no valid JSON (${excerpt(reason, 100)})`);
  }
  if (isTable(value)) return value;
  throw notSettings('The file is JSON, but holds no settings');
}

const notSettings = (what: string): UserError =>
  new UserError({
    code: 'job/syntax',
    what,
    fix: "Choose the JSON that Kohya's GUI saved, or a TOML file of sd-scripts.",
  });

function take(draft: Draft, setting: GuiSetting): void {
  const { from, found, key, value } = setting;
  const unset = value === false || value === '' || (Array.isArray(value) && value.length === 0);
  if (Object.hasOwn(IGNORED, key)) {
    const usual = unset || value === 0 || USUAL_VALUES[key] === value;
    if (!usual) draft.ignored.push({ from, value: shown(found), why: String(IGNORED[key]) });
    return;
  }
  if (!isJobKey(key)) {
    if (unset || value === 0 || USUAL_VALUES[key] === value) return;
    const why = Object.hasOwn(NOT_SUPPORTED, key) ? String(NOT_SUPPORTED[key]) : 'LoRA Loom does not know it';
    draft.ignored.push({ from, value: shown(found), why });
    return;
  }
  // Which family a checkpoint is of is found out; a false says no more than nothing.
  if (value === false && knobOf(key).default === undefined) return;
  if (knobOf(key).kind === 'arguments') takeArguments(draft, setting, key);
  else takeValue(draft, setting, key, knobOf(key));
}

function takeValue(draft: Draft, { from, found, value, why }: GuiSetting, key: JobKey, knob: Knob<unknown>): void {
  const instead = reasonFor(NOT_SUPPORTED_VALUES, key, value);
  if (instead !== undefined) {
    const now = /"([^"]+)"/.exec(instead)?.[1];
    if (now !== undefined) draft.table.set(key, now);
    draft.changed.push({ from, value: shown(found), key, now: now ?? shown(knob.default), why: instead });
    return;
  }
  const read = knob.schema.safeParse(value);
  if (!read.success) {
    const reason = `it must be ${knob.expects}`;
    draft.changed.push({ from, value: shown(found), key, now: shown(knob.default), why: reason });
    return;
  }
  const kept = plain(value);
  const isDefault = JSON.stringify(read.data) === JSON.stringify(knob.default);
  if (!isDefault) draft.table.set(key, kept);
  const reported = why ?? reasonFor(IGNORED_VALUES, key, value);
  if (reported !== undefined) {
    draft.changed.push({ from, value: shown(found), key, now: shown(written(knob, read.data)), why: reported });
  } else if (!isDefault) draft.used.push({ from, key });
}

function takeArguments(draft: Draft, { from, found, value }: GuiSetting, key: JobKey): void {
  const pairs = splitNameValues(value);
  if (pairs === undefined) {
    draft.ignored.push({ from, value: shown(found), why: 'it is no list of "name=value"' });
    return;
  }
  const inner = knobOf(key).inner ?? {};
  const kept: string[] = [];
  for (const [name, each] of pairs) {
    const knob = Object.hasOwn(inner, name) ? inner[name] : undefined;
    const text = typeof each === 'string' ? each : JSON.stringify(each);
    if (knob?.schema.safeParse(each).success === true) kept.push(`${name}=${text}`);
    else {
      const why =
        knob === undefined ? (NOT_SUPPORTED[name] ?? 'LoRA Loom does not know it') : `it must be ${knob.expects}`;
      draft.ignored.push({ from: `${key}.${name}`, value: text, why });
    }
  }
  if (kept.length === 0) return;
  draft.table.set(key, kept);
  draft.used.push({ from, key });
}

function reasonFor(table: typeof NOT_SUPPORTED_VALUES, key: JobKey, value: unknown): string | undefined {
  const values = table[key];
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

function plain(value: unknown): ImportedSetting {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'number' ? item : String(item)));
  return String(value);
}

const written = (knob: Knob<unknown>, value: unknown): unknown =>
  knob.kind === 'share' ? writtenShare(value as StepShare) : value;

const LONGEST_SHOWN = 100;

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  return excerpt(typeof value === 'string' ? value : JSON.stringify(value), LONGEST_SHOWN);
}
