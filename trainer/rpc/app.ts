/**
 * About this copy and this computer.
 */
import { sep } from 'node:path';
import { parseJobText } from '../api/job/index.ts';
import type { CallOutput, Handlers } from '../api/rpc/index.ts';
import { VERSION } from '../base/version.ts';
import { settingsOf } from './job-table.ts';
import type { Surroundings } from './surroundings.ts';

const BUNDLED = {
  model: 'bundled:model',
  sampleDataset: 'bundled:sample-dataset',
  samplePrompts: 'bundled:sample-prompts',
};
const SAMPLE_JOB = 'sample-job.toml';

export function appHandlers({ machine, engines }: Surroundings): Pick<Handlers, 'app.info' | 'app.engines'> {
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
    'app.engines': async () => ({ engines: await engines.tried() }),
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
