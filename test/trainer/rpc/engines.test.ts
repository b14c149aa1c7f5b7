import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engineProblems, type EngineTrials } from '../../../trainer/rpc/engines.ts';
import { serviceStage } from '../../support/service.ts';
import { playground, tinyJob } from '../../support/tiny-run.ts';
import { jobTable } from '../../../trainer/api/job/index.ts';

const CPU = { name: 'cpu', bundled: true, works: true } as const;
const WEBGPU = { name: 'webgpu', bundled: true, works: true } as const;
const NO_WEBGPU = { name: 'webgpu', bundled: true, works: false, reason: 'It finds no device' } as const;

const said = (engine: 'cpu' | 'webgpu' | 'cuda' | 'dml', trials: EngineTrials): readonly object[] =>
  engineProblems({ engine }, trials).map(({ severity, code, what, fix, remedies }) => ({
    severity,
    code,
    says: `${what}. ${fix}`,
    sets: remedies.map((remedy) => (remedy.kind === 'settings' ? remedy.set : remedy)),
  }));

test('engine/no-device: an engine that failed its trial is a warning, one that the system does not have an error', () => {
  expect(said('webgpu', [CPU, NO_WEBGPU])).toEqual([
    {
      severity: 'warning',
      code: 'engine/no-device',
      says: 'The engine "webgpu" did not work when it was tried: It finds no device. Take "cpu", of those that work here the fastest as a rule.',
      sets: [{ engine: 'cpu' }],
    },
  ]);
  expect(said('dml', [CPU, WEBGPU])).toEqual([
    {
      severity: 'error',
      code: 'engine/no-device',
      says: 'The engine "dml" is not for this system. Take "webgpu", of those that work here the fastest as a rule.',
      sets: [{ engine: 'webgpu' }],
    },
  ]);
});

test('whoever has a graphics card and computes on the processor is told of it, and nobody else', () => {
  expect(said('cpu', [CPU, WEBGPU])).toEqual([
    {
      severity: 'info',
      code: 'engine/other-works',
      says: 'The job computes on the processor, and "webgpu" works here too. On a graphics card it is many times faster as a rule; a trial before the start measures it.',
      sets: [{ engine: 'webgpu' }],
    },
  ]);
  expect(said('cpu', [CPU, NO_WEBGPU])).toEqual([]);
  expect(said('webgpu', [CPU, WEBGPU, { ...WEBGPU, name: 'cuda' }])).toEqual([]);
});

test('engines are tried once for all who ask, and from then on a check knows of them', async () => {
  await using place = await playground([[64, 64]]);
  const counted = join(place.folder, 'trials');
  const program = `require('node:fs').appendFileSync(${JSON.stringify(counted)}, 'x');
    console.log(${JSON.stringify(JSON.stringify({ engines: [CPU, NO_WEBGPU] }))});`;
  await using stage = await serviceStage([process.execPath, '-e', program]);
  const table = { ...jobTable(tinyJob(place)), engine: 'webgpu' };
  const codes = async (): Promise<readonly string[]> =>
    (await stage.client.call('job.check', { table })).problems.map(({ code }) => code);
  expect(await codes()).not.toContain('engine/no-device');
  const answers = await Promise.all([stage.client.call('app.engines', {}), stage.client.call('app.engines', {})]);
  expect(answers).toEqual([{ engines: [CPU, NO_WEBGPU] }, { engines: [CPU, NO_WEBGPU] }]);
  await stage.client.call('app.engines', {});
  expect(await readFile(counted, 'utf8')).toBe('x');
  expect(await codes()).toContain('engine/no-device');
});

test('a service that ends leaves the trial, and that is no mistake', async () => {
  const stage = await serviceStage([process.execPath, '-e', 'setInterval(() => undefined, 1000)']);
  const trial = stage.client.call('app.engines', {});
  await stage.client.call('settings.read', {});
  await stage[Symbol.asyncDispose]();
  expect(await trial).toEqual({ engines: [] });
  expect(stage.mistakes).toEqual([]);
});
