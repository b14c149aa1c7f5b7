/**
 * Jobs as documents: opened, saved, checked, taken over from Kohya's tools and given back to them.
 */
import { resolve } from 'node:path';
import { stringify } from 'smol-toml';
import { exportJob, importJob, isJobKey, JOB_KEYS, NEW_JOB, parseJobText } from '../api/job/index.ts';
import type { Handlers, JobSettings } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import { checkJob } from './job-check.ts';
import { refuseOther } from './taken-file.ts';
import { settingsOf } from './job-table.ts';
import type { Surroundings } from './surroundings.ts';

type JobCalls = 'job.new' | 'job.open' | 'job.save' | 'job.check' | 'job.import' | 'job.export';

export function jobHandlers(around: Surroundings): Pick<Handlers, JobCalls> {
  const { machine } = around;
  const { files, home, bundledPath } = machine;
  const placeOf = (path: string): string => resolve(home, bundledPath(path));
  const write = async (path: string, text: string, replaces: string | undefined): Promise<void> => {
    await refuseOther(files, path, replaces === undefined ? undefined : placeOf(replaces));
    await files.write(path, new TextEncoder().encode(text));
  };
  return {
    'job.new': () => ({ table: { output_dir: files.join(machine.workFolder, 'runs'), ...NEW_JOB } }),
    'job.open': async (from) => {
      if ('text' in from) {
        return { table: settingsOf(parseJobText(new TextEncoder().encode(from.text), SENT_FILE), SENT_FILE) };
      }
      const path = placeOf(from.path);
      return { path, table: settingsOf(parseJobText(await files.read(path), path), path) };
    },
    'job.save': async ({ path: given, table, replaces }) => {
      const path = placeOf(/\.toml$/i.test(given) ? given : `${given}.toml`);
      await write(path, `${stringify(inOrder(table))}\n`, replaces);
      return { path };
    },
    'job.check': ({ table }, { signal }) => checkJob(around, table, signal),
    'job.import': async (from) => {
      if ('text' in from) return importJob(from.text);
      const path = placeOf(from.path);
      return importJob(decode(await files.read(path), path));
    },
    'job.export': async ({ table, format, path: given, replaces }) => {
      const exported = exportJob(table, format);
      if (given === undefined) return exported;
      const extension = EXTENSIONS[format];
      const path = placeOf(given.toLowerCase().endsWith(extension) ? given : `${given}${extension}`);
      await write(path, exported.text, replaces);
      return { ...exported, path };
    },
  };
}

/** A file that came without its path. */
const SENT_FILE = 'the file';

const EXTENSIONS = { 'kohya-json': '.json', 'sd-scripts-toml': '.toml' } as const;

const inOrder = (table: JobSettings): JobSettings =>
  Object.fromEntries([
    ...JOB_KEYS.filter((key) => table[key] !== undefined).map((key) => [key, table[key]]),
    ...Object.entries(table).filter(([key]) => !isJobKey(key)),
  ]) as JobSettings;

export function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError({
      code: 'job/syntax',
      what: 'The file is no UTF-8 text',
      where,
      fix: 'Choose a JSON or TOML file with settings, saved as UTF-8.',
    });
  }
}
