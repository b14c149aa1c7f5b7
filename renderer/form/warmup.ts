/**
 * The warmup goes with the schedule, as in Kohya's GUI: one without a warmup takes it out of the job, and one that has
 * it again brings it back.
 */
import { hasWarmup, KNOBS } from '../../trainer/api/job/index.ts';
import { fieldAt, withSetting, type JobSetting, type JobSettings } from './settings.ts';
import { must } from '../../trainer/base/errors.ts';

export interface WarmupKeeper {
  /** The table after a change, with the warmup that its schedule allows. */
  after(change: { readonly before: JobSettings; readonly table: JobSettings }): JobSettings;
  forget(): void;
}

const WARMUP = must(fieldAt('lr_warmup_steps'), 'the field of the warmup');

const warmsUp = ({ lr_scheduler: given }: JobSettings): boolean => {
  const scheduler = KNOBS.lr_scheduler.schema.safeParse(given ?? KNOBS.lr_scheduler.default);
  return !scheduler.success || hasWarmup(scheduler.data);
};

export function createWarmupKeeper(): WarmupKeeper {
  let putAside: JobSetting | undefined;
  return {
    after: ({ before, table }) => {
      if (warmsUp(before) === warmsUp(table)) return table;
      const given = table[WARMUP.key];
      if (warmsUp(table)) return withSetting(table, WARMUP, given ?? putAside);
      putAside = given;
      return withSetting(table, WARMUP, undefined);
    },
    forget: () => (putAside = undefined),
  };
}
