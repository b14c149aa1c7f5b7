import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planEpoch } from '../../trainer/data/batches.ts';
import { scanOptionsOf } from '../../trainer/data/options.ts';
import { scanDataset } from '../../trainer/data/scan.ts';
import type { Executor, Feeds } from '../../trainer/exec/executor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { LatentPlan } from '../../trainer/train/latent-source.ts';
import { openLatents } from '../../trainer/train/latents.ts';
import { playground, TINY_MODELS, tinyJob, tinyMachine, type Playground } from '../support/tiny-run.ts';

const machine = await tinyMachine();
const checkpoint = await openCheckpoint(machine.files, TINY_MODELS.sd15);
const SIZES = [
  [64, 64],
  [128, 64],
  [70, 64],
] as const;

/** At 96 px there are buckets of 64x64, 128x64 and 64x128. */
async function planOf(place: Playground, settings: object, more: Partial<LatentPlan> = {}): Promise<LatentPlan> {
  const job = tinyJob(place, { resolution: 96, flip_aug: true, ...settings });
  const { images } = await scanDataset(machine.files, machine.pictures, scanOptionsOf(job));
  return { machine, job, seed: 7, checkpoint, images, report: () => undefined, stopped: () => false, ...more };
}

/** What two epochs are trained on. */
async function epochsOf(plan: LatentPlan, before: () => Promise<void> = () => Promise.resolve()) {
  await using source = await openLatents(plan);
  await before();
  const batches = [1, 2].flatMap((epoch) => planEpoch(source.images, { seed: 7, batchSize: 1 }, epoch));
  const shown = [];
  for (const batch of batches) shown.push(await source.batch(batch));
  return shown;
}

test('latents that are left on disk for want of memory are those that memory would have held', async () => {
  await using place = await playground(SIZES);
  const inMemory = await epochsOf(await planOf(place, {}));
  const onDisk = await planOf(place, { cache_latents_to_disk: true }, { kept: 0 });
  expect(await epochsOf(onDisk)).toEqual(inMemory);
  // Both ways round have been seen, or mirrored latents would not be part of this test.
  expect(new Set(inMemory.flatMap(({ flipped }) => flipped))).toEqual(new Set([true, false]));

  const folder = join(place.folder, 'output', 'latents-cache');
  expect(await epochsOf(onDisk, () => rm(folder, { recursive: true }))).toEqual(inMemory);
});

test('a picture that goes together with its cached latents ends the run in words', async () => {
  await using place = await playground([[64, 64]]);
  const plan = await planOf(place, { cache_latents_to_disk: true }, { kept: 0 });
  const all = join(place.folder, 'output', 'latents-cache');
  const lost = epochsOf(plan, async () => {
    for (const folder of [all, place.pictures]) await rm(folder, { recursive: true });
  });
  await expect(lost).rejects.toThrow('The picture and its cached latents have gone or changed');
});

test('every picture is read once to know its content, however many rounds the encoding takes', async () => {
  await using place = await playground(SIZES);
  const hashed: string[] = [];
  const files = {
    ...machine.files,
    sha256: (path: string) => {
      hashed.push(path);
      return machine.files.sha256(path);
    },
  };
  const plan = await planOf(place, {}, { machine: { ...machine, files } });
  await using source = await openLatents(plan);
  expect(hashed).toHaveLength(source.images.length);
});

test('with cache_latents off, a stop that is asked for ends the checking of the pictures', async () => {
  await using place = await playground(SIZES);
  let loaded = 0;
  const pictures = {
    ...machine.pictures,
    load: (...words: Parameters<typeof machine.pictures.load>) => {
      loaded += 1;
      return machine.pictures.load(...words);
    },
  };
  const settings = { machine: { ...machine, pictures }, stopped: () => loaded > 0 };
  await using source = await openLatents(await planOf(place, { cache_latents: false }, settings));
  expect(loaded).toBe(1);
  expect(source.images).toHaveLength(3);
});

test('vae_batch_size pictures of one bucket are encoded at once, wherever they lie in the folder', async () => {
  await using place = await playground([
    [64, 64],
    [128, 64],
    [64, 64],
    [128, 64],
  ]);
  const batches: unknown[] = [];
  const executor: Executor = {
    name: 'counting',
    compile: async (graph, options) => {
      const program = await machine.executor.compile(graph, options);
      const run = (feeds: Feeds) => {
        batches.push(feeds['image']?.shape);
        return program.run(feeds);
      };
      return { run, [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose]() };
    },
  };
  const settings = { vae_batch_size: 2, flip_aug: false };
  await using source = await openLatents(await planOf(place, settings, { machine: { ...machine, executor } }));
  expect(source.images).toHaveLength(4);
  expect(batches).toEqual([
    [2, 3, 64, 64],
    [2, 3, 64, 128],
  ]);
});
