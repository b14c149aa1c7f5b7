import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Job } from '../../trainer/api/job/index.ts';
import { UserError } from '../../trainer/base/errors.ts';
import { readPngText } from '../../trainer/platform/png-text.ts';
import { makeClassImages } from '../../trainer/train/class-images/make.ts';
import { surveyClassImages } from '../../trainer/train/class-images/survey.ts';
import type { Machine } from '../../trainer/train/machine.ts';
import { runTraining } from '../../trainer/train/run.ts';
import {
  NEVER_STOP,
  playground,
  recorder,
  TINY_MODELS,
  tinyJob,
  tinyMachine,
  type Playground,
} from '../support/tiny-run.ts';

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

test('a picture that was drawn as the process ended is there for good, and known as removed once it is', async () => {
  await using place = await playground([[64, 64]]);
  const ends: Machine = { ...machine, files: { ...machine.files, append: () => Promise.reject(new Error('ended')) } };
  expect(await errorOf(make(classJob(place), ends))).toBe('Error: ended');
  const [first = '', ...others] = Object.keys(await bytesIn(folderOf(place)));
  expect(others).toEqual([]);
  expect(await make(classJob(place))).toMatchObject({ drawn: 3 });
  await rm(join(folderOf(place), first));
  expect(await make(classJob(place, { replace_removed_class_images: false }))).toMatchObject({ drawn: 0 });
  expect(await make(classJob(place))).toMatchObject({ drawn: 1 });
  expect(Object.keys(await bytesIn(folderOf(place)))).not.toContain(first);
});

test('pictures are used again wherever the model lies, and set aside while anything that they follow from is another', async () => {
  await using place = await playground([[64, 64]]);
  const one = { num_class_images: 1 };
  await make(classJob(place, one));
  const before = await bytesIn(folderOf(place));
  const counted = async (change: Readonly<Record<string, unknown>>) => {
    const { missing, present, surplus } = await surveyClassImages(machine, classJob(place, { ...one, ...change }));
    return { missing: missing.length, present: present.length, surplus: surplus.length };
  };
  const pretrained_model_name_or_path = join(place.folder, 'moved.safetensors');
  await copyFile(TINY_MODELS.sd15, pretrained_model_name_or_path);
  expect(await counted({ pretrained_model_name_or_path })).toEqual({ missing: 0, present: 1, surplus: 0 });
  for (const change of [
    { pretrained_model_name_or_path: TINY_MODELS.sdxl },
    { clip_skip: 2 },
    { class_negative_prompt: 'a cat' },
    { class_steps: 1 },
    { class_guidance_scale: 3 },
    { class_sampler: 'euler' },
    { class_seed: 9 },
    { class_size: '128,64' },
  ]) {
    expect(await counted(change), JSON.stringify(change)).toEqual({ missing: 1, present: 0, surplus: 1 });
  }
  // Another prompt that is the same folder's name.
  expect(await counted({ class_prompt: 'a dog?' })).toEqual({ missing: 1, present: 0, surplus: 1 });
  expect(await counted({ class_prompt: 'a cat' })).toEqual({ missing: 1, present: 0, surplus: 0 });

  expect(await make(classJob(place, { ...one, class_seed: 9 }))).toMatchObject({ drawn: 1, setAside: 1 });
  const other = Object.keys(await bytesIn(folderOf(place)));
  expect([other.length, other.filter((name) => name in before)]).toEqual([1, []]);
  expect(await make(classJob(place, one))).toMatchObject({ drawn: 0, setAside: 1, broughtBack: 1 });
  expect(await bytesIn(folderOf(place))).toEqual(before);
});

test('what is set aside is told of and takes its caption along; pictures from elsewhere stay, and are told of', async () => {
  await using place = await playground([[64, 64]]);
  const asked = { class_prompt: 'a dog?', num_class_images: 1 };
  await make(classJob(place, asked));
  const [picture = ''] = Object.keys(await bytesIn(folderOf(place)));
  await writeFile(join(folderOf(place), 'mine.png'), 'not ours');
  const { warnings, events } = await make(classJob(place, { ...asked, class_seed: 9 }));
  expect(await readdir(join(folderOf(place), '.aside'))).toEqual([picture, picture.replace('.png', '.txt')]);
  expect(await readdir(folderOf(place))).toContain('mine.png');
  expect(warnings).toEqual(['1 of the pictures in the folder of class images is from elsewhere (mine.png)']);
  expect(events).toContainEqual({
    kind: 'log',
    message: `1 class image of other settings, or more than wanted, set aside in .aside of ${folderOf(place)}.`,
  });
});

/** Sizes of the pictures that are trained on, by file name. */
async function sizesIn(folder: string): Promise<readonly string[]> {
  const files = Object.keys(await bytesIn(folder)).map((name) => sharp(join(folder, name)).metadata());
  return (await Promise.all(files)).map(({ width, height }) => `${width}x${height}`);
}

/** Two buckets, of squares and of pictures twice as wide. */
const TWO_BUCKETS = { resolution: '96,96' };

test('one more picture of the subject changes how many there are of each size, and none that stays', async () => {
  await using place = await playground([
    [64, 64],
    [128, 64],
  ]);
  const job = classJob(place, TWO_BUCKETS);
  await make(job);
  const before = await bytesIn(folderOf(place));
  expect(await sizesIn(folderOf(place))).toEqual(['64x64', '128x64', '64x64', '128x64']);
  const more = join(place.pictures, '1_sks dog', 'more.png');
  await sharp({ create: { width: 128, height: 64, channels: 3, background: 'red' } }).toFile(more);
  // A third and two thirds of four.
  expect(await make(job)).toMatchObject({ drawn: 1, setAside: 1 });
  const after = await bytesIn(folderOf(place));
  expect((await sizesIn(folderOf(place))).toSorted()).toEqual(['128x64', '128x64', '128x64', '64x64']);
  expect(Object.keys(before).filter((name) => after[name] === before[name])).toHaveLength(3);
  await rm(more);
  expect(await make(job)).toMatchObject({ drawn: 0, setAside: 1, broughtBack: 1 });
  expect(await bytesIn(folderOf(place))).toEqual(before);
});

test('"2 per image" are two for each picture of the subject', async () => {
  await using place = await playground([
    [64, 64],
    [64, 64],
  ]);
  expect(await make(classJob(place, { num_class_images: '2 per image' }))).toMatchObject({ wanted: 4, drawn: 4 });
});

/** What a run tells of its epoch, when it has drawn what it lacks. */
async function epochOf(job: Job): Promise<string> {
  const { events, report } = recorder();
  await runTraining(machine, job, { report, stop: NEVER_STOP });
  const log = events.flatMap((event) => (event.kind === 'log' ? [event.message] : []));
  return log.findLast((message) => message.includes('an epoch in')) ?? '';
}

const THREE = [
  [64, 64],
  [64, 64],
  [128, 64],
] as const;

const asUsed = (place: Playground, settings: Readonly<Record<string, unknown>> = {}): Job =>
  classJob(place, {
    ...TWO_BUCKETS,
    ...{ num_class_images: 'as used', with_prior_preservation: true, max_train_steps: 1, ...settings },
  });

test('"as used" is what an epoch shows, at the sizes of its buckets, and a run draws them first', async () => {
  await using place = await playground(THREE);
  // Folders that are no class images of this trainer refuse nothing.
  await mkdir(join(place.folder, 'reg', 'dogs'), { recursive: true });
  const { events, report } = recorder();
  await runTraining(machine, asUsed(place), { report, stop: NEVER_STOP });
  const log = events.flatMap((event) => (event.kind === 'log' ? [event.message] : [])).join('\n');
  expect(log).toContain('3 images and 3 regularisation images an epoch');
  expect(events.findIndex((event) => event.kind === 'progress' && event.state === 'class-images')).toBeGreaterThan(0);
  expect((await sizesIn(folderOf(place))).toSorted()).toEqual(['128x64', '64x64', '64x64']);
  // A run with other settings finds those of this one set aside, and trains on its own alone.
  expect(await epochOf(asUsed(place, { class_seed: 1, output_name: 'other' }))).toContain(
    '3 images and 3 regularisation images an epoch',
  );
  expect(Object.keys(await bytesIn(folderOf(place)))).toHaveLength(3);
});

test('"as used" counts the repeats of the class folder, and the regularisation images that come before it', async () => {
  await using place = await playground(THREE);
  const folder = join(place.folder, 'reg', '2_a dog');
  await mkdir(folder, { recursive: true });
  // Two samples each: the second begins before the three of an epoch are there.
  expect(await epochOf(asUsed(place))).toContain('3 images and 4 regularisation images an epoch');
  expect(Object.keys(await bytesIn(folder))).toHaveLength(2);

  const cats = join(place.folder, 'reg', '1_a cat');
  await mkdir(cats);
  await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } }).toFile(join(cats, 'cat.png'));
  expect(await make(asUsed(place))).toMatchObject({ wanted: 1, drawn: 0, setAside: 1 });
  for (const number of [1, 2]) {
    await sharp({ create: { width: 64, height: 64 + number, channels: 3, background: 'red' } }).toFile(
      join(cats, `${number}.png`),
    );
  }
  const { wanted, warnings } = await make(asUsed(place));
  expect([wanted, ...warnings]).toEqual([
    0,
    'The regularisation images beside them fill an epoch, so no class images are used',
  ]);
});

test('a run claims its own room and that of the class images at once, where they share a disk', async () => {
  await using place = await playground([[64, 64]]);
  const withFree = (free: number, onSameDisk = true): Machine => ({
    ...machine,
    files: { ...machine.files, freeSpace: async () => free, onSameDisk: async () => onSameDisk },
  });
  // Each with class images of its own, so that all of them are to be drawn.
  const train = (on: Machine, class_seed: number): Promise<unknown> => {
    const settings = { with_prior_preservation: true, max_train_steps: 1, class_seed, output_name: `run${class_seed}` };
    return runTraining(on, classJob(place, settings), { report: () => undefined, stop: NEVER_STOP });
  };
  const refused: unknown = await train(withFree(0), 1).catch((error: unknown) => error);
  const { needed = 0 } = (refused instanceof UserError ? refused.report.details : {}) as { needed?: number };
  expect(needed).toBeGreaterThan(4 * 3 * 64 * 64);
  expect(await errorOf(train(withFree(needed - 1), 2))).toMatch(
    /^file\/no-space: The run will write about \d+ MB and class images of up to 1 MB, but the disk has only/,
  );
  expect(await errorOf(train(withFree(needed - 1, false), 3))).toBe('no error');
  expect(await errorOf(train(withFree(needed), 4))).toBe('no error');
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
