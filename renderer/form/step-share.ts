/**
 * Steps, or a part of the run: the file has 0.1 where the field has 10 %, and "100%" for all of it, because 1 is one step.
 */
import type { JobSetting } from './settings.ts';

export type ShareUnit = 'steps' | 'percent';

interface Shown {
  /** Nothing says which where there are none. */
  readonly unit?: ShareUnit;
  readonly amount: JobSetting | undefined;
}

export function shownShare(setting: JobSetting | undefined): Shown {
  if (typeof setting === 'number' && setting > 0 && setting < 1) {
    return { unit: 'percent', amount: Number((setting * 100).toPrecision(6)) };
  }
  const percent = typeof setting === 'string' ? /^\s*(-?[\d.]+)\s*%\s*$/.exec(setting) : null;
  if (percent !== null) return { unit: 'percent', amount: Number(percent[1]) };
  return setting === undefined || setting === 0 ? { amount: setting } : { unit: 'steps', amount: setting };
}

/** What the file has for an amount in that unit. What is no part of a run stays what was typed, so that its fault shows. */
export function writtenAmount(unit: ShareUnit, amount: JobSetting | undefined): JobSetting | undefined {
  if (unit === 'steps' || typeof amount !== 'number' || amount === 0) return amount;
  return amount > 0 && amount < 100 ? Number((amount / 100).toPrecision(12)) : `${amount}%`;
}
