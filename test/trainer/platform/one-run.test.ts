import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { claimFolder } from '../../../trainer/platform/one-run.ts';

const MODULE = fileURLToPath(new URL('../../../trainer/platform/one-run.ts', import.meta.url));

const claimed = (folder: string, system?: NodeJS.Platform): Promise<unknown> =>
  claimFolder(folder, system).then(
    async (claim) => claim[Symbol.asyncDispose](),
    (error: unknown) => (error instanceof UserError ? `${error.report.code}: ${error.report.what}` : error),
  );
const BUSY = 'run/busy: Another run is training into this folder right now';

// The second way of macOS, a socket file, works on Linux too.
const systems = process.platform === 'linux' ? (['linux', 'darwin'] as const) : [process.platform];

test.each(systems)('a folder is claimed once at a time, and given back (%s)', async (system) => {
  const folder = await mkdtemp(join(tmpdir(), 'loom-claim-'));
  {
    await using claim = await claimFolder(folder, system);
    expect(claim).toBeDefined();
    expect(await claimed(folder, system)).toBe(BUSY);
    expect(await claimed(join(folder, 'other'), system)).toBeUndefined();
  }
  expect(await claimed(folder, system)).toBeUndefined();
  await rm(folder, { recursive: true });
});

test.each(systems)('a process that is killed gives its folder back (%s)', async (system) => {
  const folder = await mkdtemp(join(tmpdir(), 'loom-claim-'));
  const script = `import(${JSON.stringify(MODULE)}).then(async ({ claimFolder }) => {
    await claimFolder(${JSON.stringify(folder)}, '${system}');
    console.log('claimed');
    setInterval(() => {}, 1000);
  });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(await claimed(folder, system)).toBe(BUSY);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(await claimed(folder, system)).toBeUndefined();
  await rm(folder, { recursive: true });
});
