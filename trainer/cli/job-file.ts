/**
 * Reads a job file and the settings that the command line puts over it.
 */
import { InvalidArgumentError } from 'commander';
import { parse, TomlError } from 'smol-toml';
import { ignoredSettings, overrideSettings, parseJob, settingFromText } from '../api/job/index.ts';
import type { IgnoredSetting, Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
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
  const table = overrideSettings(parseToml(decode(await files.read(path), path), path), overrides);
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

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError({
      code: 'job/syntax',
      what: 'The job file is no UTF-8 text',
      where: path,
      fix: 'Give the TOML file with the settings, and save it as UTF-8 in your editor.',
    });
  }
}

function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    const shown = (text.split(/\r?\n/)[line - 1] ?? '').trim().slice(0, 120);
    throw new UserError({
      code: 'job/syntax',
      what: `Line ${line} of the job file is no valid TOML (${reason}): ${shown}`,
      where: path,
      fix: 'Write one setting a line: name = 1, name = "text", name = true or name = ["a", "b"]. In Windows paths write / or double each \\.',
      details: { line, column, reason },
    });
  }
}
