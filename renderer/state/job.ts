/**
 * The job that is open, like a document: its settings, where it is kept, what was changed since it was saved, and the
 * way back from each change.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Remedy } from '../../trainer/api/rpc/index.ts';
import {
  EMPTY_TABLE,
  sameTable,
  without,
  withSetting,
  type FieldOfJob,
  type JobSetting,
  type JobSettings,
} from '../form/settings.ts';
import { createWarmupKeeper } from '../form/warmup.ts';

const LONGEST_PAST = 200;

export interface JobDocument {
  /** Where it is kept; a job that was never saved has none. */
  readonly path?: string;
  readonly table: JobSettings;
  /** As the file has it. */
  readonly saved: JobSettings;
}

export interface JobState extends JobDocument {
  readonly past: readonly JobSettings[];
  readonly future: readonly JobSettings[];
  /** `undefined` sets a field back to its default. */
  set(field: FieldOfJob, value: JobSetting | undefined): void;
  apply(remedy: Pick<Extract<Remedy, { kind: 'settings' }>, 'set' | 'unset'>): void;
  undo(): void;
  redo(): void;
  /** Another document, with no way back to this one. */
  load(document: { readonly path?: string; readonly table: JobSettings; readonly saved?: JobSettings }): void;
  markSaved(path: string, table: JobSettings): void;
}

export type JobStore = StoreApi<JobState>;

export const isUnsaved = ({ table, saved }: JobDocument): boolean => !sameTable(table, saved);

/** The name that people know it by: the file's, or the run's. */
export function documentName({ path, table }: JobDocument): string {
  const file = path
    ?.split(/[\\/]/)
    .at(-1)
    ?.replace(/\.(toml|json)$/i, '');
  const name = table['output_name'];
  return file ?? (typeof name === 'string' && name !== '' ? name : '');
}

export function createJobStore(): JobStore {
  return createStore<JobState>((set, get) => {
    const warmup = createWarmupKeeper();
    const change = (wanted: JobSettings, mergesWith?: string): void => {
      const { table: before, past } = get();
      const table = warmup.after({ before, table: wanted });
      if (sameTable(table, before)) return;
      const joins = mergesWith !== undefined && mergesWith === lastField && past.length > 0;
      lastField = mergesWith;
      set({ table, past: joins ? past : [...past, before].slice(-LONGEST_PAST), future: [] });
    };
    // Typing "1600" is one change, not four.
    let lastField: string | undefined;
    return {
      table: EMPTY_TABLE,
      saved: EMPTY_TABLE,
      past: [],
      future: [],
      set: (field, value) => change(withSetting(get().table, field, value), field.path),
      apply: ({ set: settings, unset }) => {
        change({ ...unset.reduce(without, get().table), ...settings });
      },
      undo: () => {
        const { past, future, table } = get();
        const before = past.at(-1);
        lastField = undefined;
        if (before !== undefined) set({ table: before, past: past.slice(0, -1), future: [table, ...future] });
      },
      redo: () => {
        const { past, future, table } = get();
        const [after, ...rest] = future;
        lastField = undefined;
        if (after !== undefined) set({ table: after, past: [...past, table], future: rest });
      },
      load: ({ path, table, saved = table }) => {
        lastField = undefined;
        warmup.forget();
        const { path: before, ...state } = get();
        const place = path === undefined ? {} : { path };
        if (before !== path) set({ ...state, ...place }, true);
        set({ table, saved, past: [], future: [] });
      },
      markSaved: (path, table) => set({ path, saved: table }),
    };
  });
}
