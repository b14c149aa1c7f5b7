import { expect, test } from 'vitest';
import { jobTable } from '../../../trainer/api/job/index.ts';
import { serviceStage } from '../../support/service.ts';
import { playground, tinyJob } from '../../support/tiny-run.ts';

/** A trainer that draws class images for ever. */
const DRAWS = [
  process.execPath,
  '-e',
  `process.once('message', () => {
    const state = 'class-images';
    process.send({ kind: 'event', event: { kind: 'state', state, message: 'Drawing' } });
    process.send({ kind: 'event', event: { kind: 'progress', state, done: 3, total: 40, etaSeconds: 720 } });
  });`,
  '--',
];

test('a window that comes later hears how far a state of the run is, and how long it takes', async () => {
  await using stage = await serviceStage(DRAWS);
  await using place = await playground([[64, 64]]);
  const told = stage.next('run', ({ event }) => event.kind === 'progress');
  await stage.client.call('run.start', { table: jobTable(tinyJob(place)), numbered: true });
  await told;
  const { run } = await stage.client.call('run.current', {});
  expect(run).toMatchObject({ state: 'class-images', progress: { done: 3, total: 40, secondsLeft: 720 } });
});
