/**
 * Presets: parts of jobs that say how to train, not where things lie. Those that come with LoRA Loom are a closed list;
 * each is a file of its name in assets/presets.
 */
import { isReplaced } from './knob.ts';
import { isJobKey, JOB_KEYS, KNOBS, knobOf, type JobKey } from './knobs.ts';
import { parseJob } from './parse.ts';
import { entriesOf, isTable } from './table.ts';

export interface BuiltInPreset {
  /** Name of its file, without extension. */
  readonly file: string;
  readonly name: string;
  readonly about: string;
}

export const BUILT_IN_PRESETS: readonly BuiltInPreset[] = [
  {
    file: 'subject-sd15',
    name: 'Subject, SD 1.5',
    about: 'One person, animal or thing from 10 to 30 pictures. Rank 16, about 1500 pictures seen.',
  },
  {
    file: 'style-sd15',
    name: 'Style, SD 1.5',
    about: 'A look from 30 or more pictures. Rank 32 at a lower rate, more steps, the text encoder stays as it is.',
  },
  {
    file: 'subject-sdxl-low-memory',
    name: 'Subject, SDXL, low memory',
    about: 'SDXL with everything that saves memory: rank 8, batch 1, the UNet alone, activations computed twice.',
  },
  {
    file: 'quick-try',
    name: 'Quick try on the bundled base',
    about: 'Pictures of 128 pixels and 300 steps, for the small model of LoRA Loom.',
  },
];

/** What a name of a preset must be: it becomes the name of a file. */
export const PRESET_NAME = { schema: KNOBS.output_name.schema, expects: KNOBS.output_name.expects } as const;

const PLACES: ReadonlySet<JobKey> = new Set<JobKey>(['output_name', 'instance_prompt', 'num_repeats']);

/** Whether a setting names a folder, a file or the subject of one dataset. A preset has it only when it was asked for. */
export const isPlace = (key: string): boolean => isJobKey(key) && (PLACES.has(key) || knobOf(key).kind === 'path');

export const withoutPlaces = <T>(table: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(table).filter(([key]) => !isPlace(key)));

/**
 * Checks a part of a job as a whole job is checked, all but that something is missing.
 *
 * @param where the preset's file
 * @throws {UserError} of the first thing that is wrong
 */
export function checkPreset(value: unknown, where: string): void {
  const given = new Map(isTable(value) ? entriesOf(value) : []);
  const missing = JOB_KEYS.filter((key) => {
    const knob = knobOf(key);
    return knob.required && !given.has(key) && !isReplaced(knob, given.get('method'), given);
  });
  const places = Object.fromEntries(missing.map((key) => [key, 'not said']));
  parseJob(isTable(value) ? { ...value, ...places } : value, where);
}
