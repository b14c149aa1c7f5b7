import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable } from '../../../trainer/api/job/index.ts';
import type { ClassImagesEvent, JobSettings } from '../../../trainer/api/rpc/index.ts';
import { codeOf, serviceStage } from '../../support/service.ts';
import { playground, tinyJob, type Playground } from '../../support/tiny-run.ts';

const tableOf = (place: Playground, settings = {}): JobSettings =>
  jobTable(
    tinyJob(place, {
      reg_data_dir: join(place.folder, 'reg'),
      class_prompt: 'a dog',
      num_class_images: 3,
      class_steps: 1,
      ...settings,
    }),
  );

/** Stands for `lora-loom`: a process that goes on until it is ended. */
const WAITS = [process.execPath, '-e', 'setInterval(() => undefined, 1000)', '--'];

const ORDER = {
  model: '/model',
  loras: [],
  prompt: 'a dog',
  negative: '',
  steps: 1,
  cfg: 1,
  sampler: 'ddim',
  count: 1,
  compare: false,
  engine: 'cpu',
};

test('what is missing is drawn by a process of its own, told picture by picture, and can be shown', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const table = tableOf(place);
  const folder = join(place.folder, 'reg', '1_a dog');
  const before = await stage.client.call('classes.look', { table });
  expect(before).toMatchObject({ folder, wanted: 3, missing: 3, removed: 0, pictures: [], foreign: 0 });
  // Three bytes a pixel, and what a PNG has beside them.
  expect(before.bytes).toBeGreaterThan(3 * 3 * 64 * 64);

  const told: ClassImagesEvent[] = [];
  const located: Promise<{ readonly type: string }>[] = [];
  stage.client.on('classes', ({ event }) => {
    told.push(event);
    if (event.kind === 'picture') located.push(stage.client.call('media.locate', { path: event.file }));
  });
  const ended = stage.next('classes', ({ event }) => event.kind === 'done' || event.kind === 'failed');
  await stage.client.call('classes.make', { table });
  expect(await stage.client.call('classes.current', {})).toHaveProperty('making');
  expect((await ended).event).toEqual({ kind: 'done' });
  expect(await stage.client.call('classes.current', {})).toEqual({});
  expect(told.filter(({ kind }) => kind === 'picture')).toHaveLength(3);
  expect(told.findLast(({ kind }) => kind === 'progress')).toMatchObject({ done: 3, total: 3 });

  // Each was asked for as soon as it was told, in a folder that was not there when it was looked at.
  expect((await Promise.all(located)).map(({ type }) => type)).toEqual(Array(3).fill('image/png'));

  const { missing, pictures } = await stage.client.call('classes.look', { table });
  expect([missing, pictures.map(({ wanted }) => wanted)]).toEqual([0, [true, true, true]]);
  expect(stage.mistakes).toEqual([]);
});

test('what is removed goes with its caption into a hidden folder, is missed once more, and foreign pictures stay', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const table = tableOf(place, { caption_extension: '.txt' });
  const folder = join(place.folder, 'reg', '1_a dog');
  const ended = stage.next('classes', ({ event }) => event.kind === 'done');
  await stage.client.call('classes.make', { table });
  await ended;
  const { pictures } = await stage.client.call('classes.look', { table });
  const [{ file } = { file: '' }] = pictures;
  await writeFile(file.replace('.png', '.txt'), 'a dog');
  const foreign = join(folder, 'photo.png');
  await writeFile(foreign, '');
  const elsewhere = join(place.pictures, '1_sks dog', '0.png');

  const files = [file, foreign, elsewhere];
  expect(await stage.client.call('classes.remove', { table, files })).toEqual({
    removed: 1,
    left: [foreign, elsewhere],
  });
  expect((await readdir(join(folder, '.removed'))).length).toBe(2);
  expect(await readdir(folder)).toContain('photo.png');
  const replaced = await stage.client.call('classes.look', { table });
  expect(replaced).toMatchObject({ missing: 1, removed: 0, foreign: 1 });
  const kept = { ...table, replace_removed_class_images: false };
  expect(await stage.client.call('classes.look', { table: kept })).toMatchObject({ missing: 0, removed: 1 });
});

test('classes/on: there is one drawing of class images, nothing is tried or drawn beside it, and it can be stopped', async () => {
  await using stage = await serviceStage(WAITS);
  await using place = await playground([[64, 64]]);
  const table = tableOf(place);
  const begun = stage.next('classes', () => true);
  await stage.client.call('classes.make', { table });
  expect((await begun).event).toEqual({ kind: 'progress', done: 0, total: 0 });
  for (const beside of [
    stage.client.call('classes.make', { table }),
    stage.client.call('check.start', { table }),
    stage.client.call('generate.start', { order: ORDER }),
  ]) {
    await expect(beside).rejects.toMatchObject({
      report: {
        code: 'classes/on',
        what: 'Class images are being drawn',
        fix: expect.stringContaining('stop it') as string,
      },
    });
  }
  const stopped = stage.next('classes', ({ event }) => event.kind === 'stopped');
  await stage.client.call('classes.stop', {});
  await stopped;
  expect(await stage.client.call('classes.current', {})).toEqual({});
});

test('none are drawn beside a drawing or a run, and a run that starts ends those that are being drawn', async () => {
  await using stage = await serviceStage(WAITS);
  await using place = await playground([[64, 64]]);
  const table = tableOf(place);
  const { drawingId } = await stage.client.call('generate.start', { order: ORDER });
  expect(await codeOf(stage.client.call('classes.make', { table }))).toBe('generate/on');
  const idle = stage.next('generate', ({ event }) => event.kind === 'stopped');
  await stage.client.call('generate.stop', { drawingId });
  await idle;

  await stage.client.call('classes.make', { table });
  const stopped = stage.next('classes', ({ event }) => event.kind === 'stopped');
  await stage.client.call('run.start', { table, numbered: true });
  await stopped;
  expect(await codeOf(stage.client.call('classes.make', { table }))).toBe('run/on');
});

test('run/on: nothing is removed while a run may still read it', async () => {
  await using stage = await serviceStage(WAITS);
  await using place = await playground([[64, 64]]);
  const table = tableOf(place);
  const folder = join(place.folder, 'reg', '1_a dog');
  const file = join(folder, 'class-000000-0123456789abcdef.png');
  await mkdir(folder, { recursive: true });
  await writeFile(file, '');
  const { runId } = await stage.client.call('run.start', { table, numbered: true });
  await expect(stage.client.call('classes.remove', { table, files: [file] })).rejects.toMatchObject({
    report: {
      code: 'run/on',
      what: 'A run is on, and it may still read the pictures that would be removed',
      fix: expect.stringContaining('pause it') as string,
    },
  });
  expect(await readdir(folder)).toEqual(['class-000000-0123456789abcdef.png']);
  const ended = stage.next('run.status', ({ run }) => run.end !== undefined);
  await stage.client.call('run.stop', { runId, how: 'now' });
  await ended;
  expect(await stage.client.call('classes.remove', { table, files: [file] })).toEqual({ removed: 1, left: [] });
});

test('classes/prompt: a class that nobody named is told by the look at it', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const { class_prompt: _prompt, ...table } = tableOf(place);
  expect(await codeOf(stage.client.call('classes.look', { table }))).toBe('classes/prompt');
  await mkdir(join(place.folder, 'reg'));
  expect(await codeOf(stage.client.call('classes.remove', { table, files: [] }))).toBe('classes/prompt');
});

test('a picture that lies aside, and would come back, can be removed as well', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const folder = join(place.folder, 'reg', '1_a dog');
  const file = join(folder, '.aside', 'class-000000-0123456789abcdef.png');
  await mkdir(join(folder, '.aside'), { recursive: true });
  await writeFile(file, '');
  expect(await stage.client.call('classes.remove', { table: tableOf(place), files: [file] })).toEqual({
    removed: 1,
    left: [],
  });
  expect(await readdir(join(folder, '.removed'))).toEqual(['class-000000-0123456789abcdef.png']);
});

test('a check counts the class images that a run will draw, and the scan after it the same', async () => {
  await using stage = await serviceStage();
  await using place = await playground([
    [64, 64],
    [64, 64],
    [64, 64],
  ]);
  const table = tableOf(place, { with_prior_preservation: true, max_train_epochs: 2, max_train_steps: undefined });
  const { plan, problems } = await stage.client.call('job.check', { table });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  // Three pictures and as many class images, in batches of one.
  const steps = { images: 3, regularisationImages: 3, regularisationSamples: 3, stepsPerEpoch: 6, totalSteps: 12 };
  expect(plan?.steps).toMatchObject(steps);
  const ended = stage.next('classes', ({ event }) => event.kind === 'done');
  await stage.client.call('classes.make', { table });
  await ended;
  expect((await stage.client.call('job.check', { table })).plan?.steps).toMatchObject(steps);
});
