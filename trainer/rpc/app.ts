/**
 * About this copy and this computer.
 */
import { execFile } from 'node:child_process';
import { sep } from 'node:path';
import * as z from 'zod';
import { parseJobText } from '../api/job/index.ts';
import type { CallOutput, Handlers } from '../api/rpc/index.ts';
import { InternalError } from '../base/errors.ts';
import { VERSION } from '../base/version.ts';
import { settingsOf } from './job-table.ts';
import type { Surroundings } from './surroundings.ts';

const BUNDLED = {
  model: 'bundled:model',
  sampleDataset: 'bundled:sample-dataset',
  samplePrompts: 'bundled:sample-prompts',
};
const SAMPLE_JOB = 'sample-job.toml';
const ENGINES_TIMEOUT = 120_000;

export function appHandlers({ machine }: Surroundings): Pick<Handlers, 'app.info' | 'app.engines'> {
  const { platform, processor, cores, memory } = machine.hardware;
  return {
    'app.info': async () => ({
      version: VERSION,
      platform,
      separator: sep,
      home: machine.home,
      processor,
      cores,
      memory,
      bundled: await bundledOf(machine),
    }),
    'app.engines': async (_, { signal }) => ({ engines: await tryEngines(machine.self, signal) }),
  };
}

async function bundledOf(machine: Surroundings['machine']): Promise<CallOutput<'app.info'>['bundled']> {
  const found = Object.entries(BUNDLED).filter(([, name]) => isThere(machine, name));
  const job = machine.findAsset(SAMPLE_JOB);
  const table = job === undefined ? undefined : parseJobText(await machine.files.read(job), job);
  const place = { output_dir: machine.files.join(machine.workFolder, 'runs') };
  return {
    ...Object.fromEntries(found),
    ...(table === undefined || found.length < Object.keys(BUNDLED).length
      ? {}
      : { sampleJob: { ...settingsOf(table, SAMPLE_JOB), ...place } }),
  };
}

function isThere({ bundledPath }: Surroundings['machine'], name: string): boolean {
  try {
    return bundledPath(name) !== name;
  } catch {
    return false;
  }
}

const ENGINES = z.object({
  engines: z.array(
    z.object({ name: z.string(), bundled: z.boolean(), works: z.boolean(), reason: z.string().exactOptional() }),
  ),
});

/** In processes of their own: a driver may crash. */
function tryEngines([program = process.execPath, ...start]: readonly string[], signal: AbortSignal) {
  return new Promise<z.infer<typeof ENGINES>['engines']>((resolve, reject) => {
    const options = { timeout: ENGINES_TIMEOUT, signal };
    execFile(program, [...start, 'engines', '--json'], options, (error, stdout) => {
      if (error !== null) return reject(new InternalError(`the trial of the engines failed: ${error.message}`));
      resolve(ENGINES.parse(JSON.parse(stdout)).engines);
    });
  });
}
