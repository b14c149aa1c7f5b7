import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Job } from '../../trainer/api/job/index.ts';
import { UserError } from '../../trainer/base/errors.ts';
import { readPngText } from '../../trainer/platform/png-text.ts';
import { makeClassImages } from '../../trainer/train/class-images/make.ts';
import type { Machine } from '../../trainer/train/machine.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { NEVER_STOP, playground, recorder, tinyJob, tinyMachine, type Playground } from '../support/tiny-run.ts';

const machine = await tinyMachine();

const classJob = (place: Playground, settings: Readonly<Record<string, unknown>> = {}): Job =>
  tinyJob(place, {
    reg_data_dir: join(place.folder, 'reg'),
    class_prompt: 'a dog',
    num_class_images: 4,
    class_steps: 2,
    ...settings,
  });

const folderOf = (place: Playground): string => join(place.folder, 'reg', '1_a dog');

async function bytesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.png')).sort();
  const bytes = await Promise.all(names.map(async (name) => (await readFile(join(folder, name))).toString('base64')));
  return Object.fromEntries(names.map((name, index) => [name, bytes[index] ?? '']));
}

async function make(job: Job, on: Machine = machine) {
  const { events, report } = recorder();
  const outcome = await makeClassImages(on, job, { report, stop: NEVER_STOP });
  const warnings = events.flatMap((event) => (event.kind === 'warning' ? [event.what] : []));
  return { ...outcome, events, warnings };
}

const errorOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof UserError ? `${error.report.code}: ${error.report.what}` : String(error)),
  );

/** The values of each picture, 0 to 255. */
async function pixelsIn(folder: string): Promise<Readonly<Record<string, Buffer>>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.png')).sort();
  const pixels = await Promise.all(names.map((name) => sharp(join(folder, name)).raw().toBuffer()));
  return Object.fromEntries(names.map((name, index) => [name, pixels[index] ?? Buffer.of()]));
}

test('as many are drawn as are wanted, they tell what they were made from, and a second time none is drawn', async () => {
  await using place = await playground([[64, 64]]);
  expect(await make(classJob(place))).toMatchObject({ kind: 'done', wanted: 4, drawn: 4 });
  const [first = ''] = await readdir(folderOf(place)).then((names) => names.filter((name) => name.endsWith('.png')));
  const text = readPngText(await readFile(join(folderOf(place), first)));
  expect(text['parameters']).toContain('a dog\nSteps: 2');
  expect(JSON.parse(text['lora-loom class image'] ?? '')).toMatchObject({ prompt: 'a dog', width: 64, height: 64 });
  expect(await make(classJob(place))).toMatchObject({ drawn: 0 });
  expect(await make(classJob(place, { num_class_images: 6 }))).toMatchObject({ drawn: 2, wanted: 6 });
});

test('wherever the drawing is stopped, it goes on to the same pictures, also in batches of another size', async () => {
  await using whole = await playground([[64, 64]]);
  await make(classJob(whole));
  const expected = await pixelsIn(folderOf(whole));
  // Events of the drawing: each may be the last one that is heard of before the stop.
  for (const last of [1, 3, 4, 6, 8]) {
    await using place = await playground([[64, 64]]);
    const stop: { wanted: 'no' | 'now' } = { wanted: 'no' };
    let heard = 0;
    const job = classJob(place, { sample_batch_size: 2 });
    await makeClassImages(machine, job, {
      stop,
      report: (event) => {
        if (event.kind === 'progress' && ++heard >= last) stop.wanted = 'now';
      },
    });
    await make(classJob(place, { sample_batch_size: 1 }));
    const found = await pixelsIn(folderOf(place));
    expect(Object.keys(found), `stopped at event ${last}`).toEqual(Object.keys(expected));
    for (const [name, pixels] of Object.entries(found)) {
      const distances = [...pixels].map((value, at) => Math.abs(value - (expected[name]?.[at] ?? 0)));
      // Products of another size are added up in another order: f32 rounding, which guidance multiplies.
      expect(Math.max(...distances), `${name}, stopped at event ${last}`).toBeLessThanOrEqual(2);
    }
  }
});

test('a picture that the user removed is replaced by another one, or not, as the job says', async () => {
  await using place = await playground([[64, 64]]);
  await make(classJob(place));
  const [first = ''] = Object.keys(await bytesIn(folderOf(place)));
  await rm(join(folderOf(place), first));
  expect(await make(classJob(place, { replace_removed_class_images: false }))).toMatchObject({ drawn: 0 });
  expect(await make(classJob(place))).toMatchObject({ drawn: 1 });
  const names = Object.keys(await bytesIn(folderOf(place)));
  expect(names).toHaveLength(4);
  expect(names).not.toContain(first);
  expect(await make(classJob(place))).toMatchObject({ drawn: 0 });
});

test('other settings make new pictures, and those of before stay and are told of, as are pictures from elsewhere', async () => {
  await using place = await playground([[64, 64]]);
  await make(classJob(place));
  const before = await bytesIn(folderOf(place));
  await writeFile(join(folderOf(place), 'mine.png'), 'not ours');
  const { drawn, warnings } = await make(classJob(place, { class_seed: 9 }));
  expect(drawn).toBe(4);
  expect(await bytesIn(folderOf(place))).toMatchObject(before);
  expect(warnings.join('\n')).toContain('4 of the class images here were made with other settings');
  expect(warnings.join('\n')).toContain('1 of the pictures in the folder of class images is from elsewhere (mine.png)');
});

test('"as used" is what an epoch shows, at the sizes of its buckets, and a run draws them first', async () => {
  await using place = await playground([
    [64, 64],
    [64, 64],
    [128, 64],
  ]);
  const { events, report } = recorder();
  const job = classJob(place, {
    num_class_images: 'as used',
    with_prior_preservation: true,
    max_train_steps: 1,
    resolution: '96,96',
  });
  await runTraining(machine, job, { report, stop: NEVER_STOP });
  const log = events.flatMap((event) => (event.kind === 'log' ? [event.message] : [])).join('\n');
  expect(log).toContain('3 images and 3 regularisation images an epoch');
  expect(events.findIndex((event) => event.kind === 'progress' && event.state === 'class-images')).toBeGreaterThan(0);
});

test('what makes class images impossible is told before anything is drawn', async () => {
  await using place = await playground([[64, 64]]);
  const full: Machine = { ...machine, files: { ...machine.files, freeSpace: () => Promise.resolve(1000) } };
  expect(await errorOf(make(classJob(place), full))).toBe(
    'file/no-space: 4 class images take up to 1 MB, but the disk has only 0 MB left',
  );
  expect(await errorOf(make(classJob(place, { class_prompt: ' ' })))).toBe(
    'classes/prompt: The job does not say what class images show',
  );
  expect(await errorOf(make(classJob(place, { class_prompt: '??' })))).toBe(
    'classes/prompt: The class prompt "??" has no letter that could name a folder',
  );
  expect(await errorOf(make(classJob(place, { reg_data_dir: undefined })))).toBe(
    'classes/folder: The job does not say where class images lie',
  );
  expect(await errorOf(make(classJob(place, { method: 'autoencoder' })))).toBe(
    'classes/model: There is no trained model that could draw class images: the job starts from scratch, or trains an autoencoder',
  );
  await rm(join(place.pictures, '1_sks dog'), { recursive: true });
  expect(await errorOf(make(classJob(place)))).toMatch(/^data\/no-images/);
});
