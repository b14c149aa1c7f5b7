/**
 * Writes a job back as a table for TOML or JSON; reading the table gives the same job.
 */
import type { Knob, Size, StepShare } from './knob.ts';
import { JOB_KEYS, knobOf, type Job } from './knobs.ts';

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
    case 'share': {
      const share = value as StepShare;
      return 'steps' in share ? share.steps : share.fraction;
    }
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
