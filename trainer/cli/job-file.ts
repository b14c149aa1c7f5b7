/**
 * Reads a job file and the settings that the command line puts over it.
 */
import { InvalidArgumentError } from 'commander';
import { ignoredSettings, overrideSettings, parseJob, parseJobText, settingFromText } from '../api/job/index.ts';
import type { IgnoredSetting, Job } from '../api/job/index.ts';
import type { Files } from '../base/ports.ts';
import { withBundled } from '../platform/bundled.ts';

export interface JobFile {
  readonly job: Job;
  /** Settings that are accepted without effect; worth a warning each. */
  readonly ignored: readonly IgnoredSetting[];
}

export type Overrides = ReadonlyMap<string, unknown>;

/** @throws {UserError} job/syntax, or what `parseJob`, `withBundled` and reading a file throw */
export async function readJobFile(files: Files, path: string, overrides: Overrides = new Map()): Promise<JobFile> {
  const table = overrideSettings(parseJobText(await files.read(path), path), overrides);
  const where = overrides.size === 0 ? path : `${path} and --set`;
  return { job: withBundled(parseJob(table, where)), ignored: ignoredSettings(table) };
}

/** For commander: collects every `--set key=value`. */
export function collectSetting(text: string, earlier: Overrides = new Map()): Overrides {
  const match = /^\s*([^=\s]+)\s*=([^]*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new InvalidArgumentError('Write it as key=value, for example --set network_dim=16.');
  }
  return new Map([...earlier, [match[1], settingFromText(match[1], match[2])]]);
}
