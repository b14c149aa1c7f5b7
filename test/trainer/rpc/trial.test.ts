import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable, type Job } from '../../../trainer/api/job/index.ts';
import type { JobSettings } from '../../../trainer/api/rpc/index.ts';
import { serviceStage } from '../../support/service.ts';
import { playground, tinyJob, type Playground } from '../../support/tiny-run.ts';

const THREE = [
  [64, 64],
  [64, 64],
  [64, 64],
] as const;

const CLASSES = { with_prior_preservation: true, class_prompt: 'a dog', num_class_images: 3, class_steps: 1 };

const tableOf = (place: Playground, settings: Readonly<Record<string, unknown>> = {}): JobSettings =>
  jobTable(tinyJob(place, { max_train_steps: undefined, max_train_epochs: 2, ...settings }));

test('a trial tells what a step takes, and how many the run has with the class images that it will draw', async () => {
  await using stage = await serviceStage();
  await using place = await playground(THREE);
  const classes = { ...CLASSES, reg_data_dir: join(place.folder, 'reg') };
  const table = tableOf(place, { ...classes, prior_target: 'frozen_model' });
  const { engine, secondsPerStep, totalSteps, seconds } = await stage.client.call('check.start', { table });
  // Three pictures and three class images an epoch, one in each step, in two epochs.
  expect([engine, totalSteps]).toEqual(['cpu', 12]);
  expect(secondsPerStep).toBeGreaterThan(0);
  expect(seconds).toBe(12 * secondsPerStep);
  expect(stage.mistakes).toEqual([]);
});

/** A trainer that keeps the job it was given in a file, and tells two steps of one second. */
const keepsJob = (file: string): readonly string[] => [
  process.execPath,
  '-e',
  `process.once('message', ({ order }) => {
    require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(order.job));
    for (const step of [1, 2]) process.send({ kind: 'event', event: { kind: 'step', step, steps: 2, seconds: 1 } });
    process.send({ kind: 'ended', outcome: { kind: 'done', step: 2 } }, () => process.disconnect());
  });`,
  '--',
];

test.each([
  ['of a plain job', {}, 6, {}],
  ['with class images', { ...CLASSES, reg_data_dir: 'reg' }, 12, { with_prior_preservation: false }],
  [
    'towards the frozen model',
    { ...CLASSES, reg_data_dir: 'reg', prior_target: 'frozen_model' },
    12,
    { prior_target: 'frozen_model' },
  ],
])('a trial %s draws nothing, and has regularisation images only where its steps depend on them', async (...row) => {
  const [, settings, steps, kept] = row;
  await using place = await playground(THREE);
  const file = join(place.folder, 'order.json');
  await using stage = await serviceStage(keepsJob(file));
  const places = 'reg_data_dir' in settings ? { reg_data_dir: join(place.folder, settings.reg_data_dir) } : {};
  const table = tableOf(place, { ...settings, ...places });
  expect(await stage.client.call('check.start', { table })).toMatchObject({ totalSteps: steps, seconds: steps });
  const job = JSON.parse(await readFile(file, 'utf8')) as Job;
  expect(job).toMatchObject(kept);
  expect(job.reg_data_dir).toBe('prior_target' in kept ? job.train_data_dir : undefined);
});
