/**
 * Job files as the tables that a form edits: flat, and of plain values.
 */
import { entriesOf, isJobKey, isTable, knobOf, ignoredSettings, type JobKey } from '../api/job/index.ts';
import type { JobSetting, JobSettings } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';

/** @throws {UserError} job/wrong-type */
export function settingsOf(value: unknown, where: string): JobSettings {
  if (!isTable(value)) throw wrongType('A job is a table of settings, but this is none', where);
  const ignored = new Set(ignoredSettings(value).map(({ key }) => key));
  return Object.fromEntries(
    entriesOf(value)
      .filter(([key]) => !ignored.has(key) || isJobKey(key))
      .map(([key, setting]) => [key, plain(key, setting, where)]),
  );
}

function plain(key: string, setting: unknown, where: string): JobSetting {
  if (typeof setting === 'string' || typeof setting === 'number' || typeof setting === 'boolean') return setting;
  if (Array.isArray(setting) && setting.every((item) => typeof item === 'string' || typeof item === 'number')) {
    return setting;
  }
  if (isTable(setting)) return Object.entries(setting).map(([name, value]) => `${name}=${String(value)}`);
  throw wrongType(`The setting "${key}" has a value that no setting has`, where);
}

const wrongType = (what: string, where: string): UserError =>
  new UserError({
    code: 'job/wrong-type',
    what,
    where,
    fix: 'docs/job-settings.md lists all settings with an example each.',
  });

/** The table with each path as `nameOf` calls it. */
export function withPaths(table: JobSettings, nameOf: (path: string) => string): JobSettings {
  return { ...table, ...Object.fromEntries(pathsIn(table).map(([key, path]) => [key, nameOf(path)])) };
}

/** Settings that are paths, in the order of the knobs that the table has. */
export const pathsIn = (table: JobSettings): readonly (readonly [JobKey, string])[] =>
  Object.entries(table).flatMap(([key, value]) =>
    isJobKey(key) && knobOf(key).kind === 'path' && typeof value === 'string' ? [[key, value] as const] : [],
  );
