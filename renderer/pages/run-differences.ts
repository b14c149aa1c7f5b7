/** What sets runs apart: settings that are not the same in all of them. */
import type { JobSetting, JobSettings, RunSummary } from '../../trainer/api/rpc/index.ts';
import { FIELDS, givenAt, sameSetting, valueAt, type FieldOfJob } from '../form/settings.ts';
import { lastPart } from '../text/amounts.ts';

/** A run's own name and place: never the same, and nothing of how it learns. */
const OWN: ReadonlySet<string> = new Set(['output_name', 'output_dir']);
const COMPARED = FIELDS.filter(({ key }) => !OWN.has(key));

/** What a row has no room for. */
const LESS_TELLING: ReadonlySet<string> = new Set(['seed', 'sample_prompts']);
const TOLD = COMPARED.filter(({ key }) => !LESS_TELLING.has(key));

const differ = (tables: readonly JobSettings[], field: FieldOfJob): boolean =>
  tables.some((table) => !sameSetting(valueAt(table, field), valueAt(tables[0] ?? {}, field)));

/** For each run its settings that another run has otherwise, as short words: "Network Alpha 8". */
export function differingSettings(tables: readonly JobSettings[]): readonly (readonly string[])[] {
  const fields = TOLD.filter((field) => differ(tables, field));
  return tables.map((table) =>
    fields.flatMap((field) => {
      const given = givenAt(table, field);
      return given === undefined ? [] : [`${field.knob.label} ${settingText(field, given)}`];
    }),
  );
}

export interface DifferenceRow {
  readonly path: string;
  readonly label: string;
  /** One for each run, defaults included; `undefined` where the setting is left out and that has a meaning of its own. */
  readonly values: readonly (string | undefined)[];
}

/** How many settings are compared. */
export const COMPARED_SETTINGS = COMPARED.length;

/** Settings that are not the same in all runs, in the order of the form. */
export function differenceRows(tables: readonly JobSettings[]): readonly DifferenceRow[] {
  return COMPARED.filter((field) => differ(tables, field)).map((field) => ({
    path: field.path,
    label: field.knob.label,
    values: tables.map((table) => {
      const value = valueAt(table, field);
      return value === undefined ? undefined : settingText(field, value);
    }),
  }));
}

/** A value as a table shows it; of a path its last part. */
function settingText({ knob }: FieldOfJob, value: JobSetting): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return knob.kind === 'path' ? lastPart(String(value)) : String(value);
}

/** Bytes of the file that a run ended with, or of the newest that it saved. */
export const fileBytes = ({ files }: RunSummary): number | undefined =>
  (files.find(({ final }) => final) ?? files.at(-1))?.bytes;

/** Points of a polyline that fills the box. */
export function sparkline(values: readonly number[], width: number, height: number): string {
  const shown = values.filter(Number.isFinite);
  const low = Math.min(...shown);
  const span = Math.max(...shown) - low || 1;
  return shown
    .map((value, index) => {
      const x = shown.length === 1 ? 0 : (index / (shown.length - 1)) * width;
      return `${x.toFixed(1)},${(height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`;
    })
    .join(' ');
}
