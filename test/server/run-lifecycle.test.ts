import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable } from '../../trainer/api/job/index.ts';
import type { JobSettings } from '../../trainer/api/rpc/index.ts';
import { killTrainer, trainersBelow } from '../support/processes.ts';
import { codeOf, serviceStage, type ServiceStage } from '../support/service.ts';
import { playground, tinyJob, type Playground } from '../support/tiny-run.ts';

const tableOf = (place: Playground, settings = {}): JobSettings =>
  jobTable(tinyJob(place, { max_train_steps: 500, ...settings }));

const stepOf = (stage: ServiceStage, least: number) =>
  stage.next('run', ({ event }) => event.kind === 'step' && event.step >= least);
const endOf = (stage: ServiceStage) => stage.next('run.status', ({ run }) => run.end !== undefined);

const trainers = (): readonly number[] => trainersBelow(process.pid);

test('a run saves and draws when asked, pauses, tells its history, and goes on to its end', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const { client } = stage;
  const run = await client.call('run.start', { table: tableOf(place), numbered: false });
  expect(await codeOf(client.call('run.start', { table: tableOf(place), numbered: true }))).toBe('run/on');
  await stepOf(stage, 2);

  const { runId, folder } = run;
  const saved = stage.next('run', ({ event }) => event.kind === 'checkpoint');
  await client.call('run.saveNow', { runId });
  await saved;
  const drawn = stage.next('run', ({ event }) => event.kind === 'sample');
  await client.call('run.sampleNow', { runId, prompt: 'a red dog --s 1' });
  expect((await drawn).event).toMatchObject({ prompt: 'a red dog' });

  const paused = endOf(stage);
  await client.call('run.pause', { runId });
  expect((await paused).run).toMatchObject({ end: { kind: 'paused' }, resumable: true });
  expect(await codeOf(client.call('run.saveNow', { runId }))).toBe('run/not-on');

  const history = await client.call('run.history', { folder });
  const done = history.metrics.step.at(-1) ?? 0;
  expect(history.metrics.step).toEqual(Array.from({ length: done }, (_, index) => index + 1));
  expect(history.metrics.lr['unet']).toHaveLength(done);
  expect(history.samples).toMatchObject([{ prompt: 'a red dog' }]);
  expect(history.resumable).toBe(true);
  expect((await client.call('run.history', { folder, afterStep: done - 1 })).metrics.step).toEqual([done]);
  const { runs } = await client.call('runs.list', {});
  expect(runs).toMatchObject([{ folder, state: 'stopped', step: done, steps: 500, resumable: true }]);

  // Under the same name a new run would mix with the old one; numbered, it gets a name of its own.
  expect(await codeOf(client.call('run.start', { table: tableOf(place), numbered: false }))).toBe('run/exists');
  const finished = endOf(stage);
  const table = tableOf(place, { max_train_steps: 2 });
  const second = await client.call('run.start', { table, numbered: true });
  expect(second.name).toBe('tiny-2');
  expect((await finished).run.end).toMatchObject({ kind: 'done' });

  const { trashed } = await client.call('runs.trash', { folder: second.folder });
  expect((await client.call('runs.list', {})).runs).toHaveLength(1);
  const inTrash = await client.call('runs.trashed', {});
  expect(inTrash.runs.map(({ name, trashed: path }) => [name, path])).toEqual([['tiny-2', trashed]]);
  expect(await client.call('runs.restore', { trashed })).toEqual({ folder: second.folder });
  expect(stage.mistakes).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a trainer that is killed is told in a sentence, and what was saved is resumed',
  async () => {
    await using stage = await serviceStage();
    await using place = await playground([[64, 64]]);
    const { client } = stage;
    const table = tableOf(place, { save_every_n_steps: 1 });
    const { folder } = await client.call('run.start', { table, numbered: false });
    await stepOf(stage, 3);
    const ended = endOf(stage);
    await killTrainer(trainers);
    const { run } = await ended;
    expect(run).toMatchObject({ end: { kind: 'failed', error: { code: 'engine/out-of-memory' } }, resumable: true });
    expect(run.end?.kind === 'failed' && run.end.error.fix).toContain('press Resume to go on from there');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);

    const goesOn = stepOf(stage, 3);
    const resumed = await client.call('run.resume', { folder });
    await goesOn;
    const stopped = endOf(stage);
    await client.call('run.stop', { runId: resumed.runId, how: 'now' });
    expect((await stopped).run.end).toEqual({ kind: 'stopped' });
    expect(trainers()).toEqual([]);
  },
);

test.skipIf(process.platform !== 'linux')(
  'closing the service lets the run save and leaves no trainer behind',
  async () => {
    await using stage = await serviceStage();
    await using place = await playground([[64, 64]]);
    const { folder } = await stage.client.call('run.start', { table: tableOf(place), numbered: false });
    await stepOf(stage, 1);
    await stage.service.close(new AbortController().signal);
    expect(trainers()).toEqual([]);
    expect(await readdir(join(folder, 'state'))).toEqual(['state.safetensors']);
  },
);
