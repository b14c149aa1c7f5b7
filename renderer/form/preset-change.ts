/**
 * What a preset would change in a job. It sets what it names; the other settings of how to train go back to their defaults
 * where that is wanted, and folders, models, samples and what computes stay in any case unless the preset names them.
 */
import { isPlace, type JobKey, type KnobGroup } from '../../trainer/api/job/index.ts';
import {
  FIELDS,
  givenAt,
  sameSetting,
  valueAt,
  withSetting,
  type FieldOfJob,
  type JobSetting,
  type JobSettings,
} from './settings.ts';

export interface PresetChange {
  readonly set: JobSettings;
  readonly unset: readonly string[];
  readonly rows: readonly {
    readonly field: FieldOfJob;
    readonly before: JobSetting | undefined;
    readonly after: JobSetting | undefined;
  }[];
}

const STAYING_GROUPS: ReadonlySet<KnobGroup> = new Set<KnobGroup>(['Folders', 'Samples', 'Metadata']);
/** What a checkpoint is, and what computes. */
const STAYING_KEYS: ReadonlySet<JobKey> = new Set<JobKey>(['v2', 'sdxl', 'v_parameterization', 'engine', 'threads']);

const stays = ({ key, knob }: FieldOfJob): boolean =>
  isPlace(key) || STAYING_GROUPS.has(knob.group) || STAYING_KEYS.has(key);

export function presetChange(table: JobSettings, preset: JobSettings, resetsOthers: boolean): PresetChange {
  let after = table;
  for (const field of FIELDS) {
    // A list of arguments that the preset names takes the place of the job's whole list.
    if (Object.hasOwn(preset, field.key)) after = withSetting(after, field, givenAt(preset, field));
    else if (resetsOthers && !stays(field)) after = withSetting(after, field, undefined);
  }
  const rows = FIELDS.map((field) => ({ field, before: valueAt(table, field), after: valueAt(after, field) }));
  return {
    set: Object.fromEntries(Object.entries(after).filter(([key, value]) => !sameSetting(value, table[key]))),
    unset: Object.keys(table).filter((key) => !Object.hasOwn(after, key)),
    rows: rows.filter((row) => !sameSetting(row.before, row.after)),
  };
}

/** Whether the job trains as the preset says, in every setting that a preset is about. */
export const trainsAs = (table: JobSettings, preset: JobSettings): boolean =>
  presetChange(table, preset, true).rows.length === 0;
