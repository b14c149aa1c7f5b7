/** What sets runs apart: settings that are not the same in all of them. */
import { isJobKey, knobOf } from '../../trainer/api/job/index.ts';
import type { JobSettings } from '../../trainer/api/rpc/index.ts';
import { sameSetting } from '../form/settings.ts';
import { lastPart } from '../text/amounts.ts';

/** Names and places say nothing about how a run learns. */
const NOT_TOLD: ReadonlySet<string> = new Set(['output_name', 'output_dir', 'seed', 'sample_prompts']);

/** For each run its settings that another run has otherwise, as short words: "Network Alpha 8". */
export function differingSettings(tables: readonly JobSettings[]): readonly (readonly string[])[] {
  const keys = [...new Set(tables.flatMap((table) => Object.keys(table)))].filter(
    (key) => !NOT_TOLD.has(key) && tables.some((table) => !sameSetting(table[key], tables[0]?.[key])),
  );
  return tables.map((table) => keys.flatMap((key) => (table[key] === undefined ? [] : [chipOf(key, table[key])])));
}

function chipOf(key: string, value: JobSettings[string]): string {
  const label = isJobKey(key) ? knobOf(key).label : key;
  const path = isJobKey(key) && knobOf(key).kind === 'path';
  return `${label} ${path ? lastPart(String(value)) : String(value)}`;
}

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
