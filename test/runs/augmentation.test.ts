/**
 * Augmentation on its way through a run: each visit is cut, coloured and mirrored anew, and a resumed run sees the same.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Crop, Picture } from '../../trainer/base/ports.ts';
import { must } from '../../trainer/base/errors.ts';
import { planEpoch } from '../../trainer/data/batches.ts';
import { scanOptionsOf } from '../../trainer/data/options.ts';
import { scanDataset } from '../../trainer/data/scan.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { openLatents } from '../../trainer/train/latents.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { NEVER_STOP, playground, TINY_MODELS, tinyJob, tinyMachine } from '../support/tiny-run.ts';

const machine = await tinyMachine();
const checkpoint = await openCheckpoint(machine.files, TINY_MODELS.sd15);
/** Larger than the bucket of 64x64 on one side. */
const SIZES = [
  [64, 100],
  [80, 64],
] as const;
const EVERYTHING = { flip_aug: true, random_crop: true, color_aug: true };

test('with buckets off, pictures larger than the bucket are cut anew at each visit', async () => {
  await using place = await playground(SIZES);
  const job = tinyJob(place, { ...EVERYTHING, enable_bucket: false });
  const cuts: Crop[] = [];
  const pictures = {
    ...machine.pictures,
    load: (...[path, resized, crop]: Parameters<typeof machine.pictures.load>): Promise<Picture> => {
      cuts.push(crop);
      return machine.pictures.load(path, resized, crop);
    },
  };
  const watched = { ...machine, pictures };
  const { images } = await scanDataset(machine.files, machine.pictures, scanOptionsOf(job));
  const quiet = { report: () => undefined, stopped: () => false };
  await using source = await openLatents({ machine: watched, job, seed: 7, checkpoint, images, ...quiet });
  cuts.length = 0; // The check of every picture, at its middle.

  const shown = new Map<number, string[]>();
  for (let epoch = 1; epoch <= 12; epoch++) {
    for (const batch of planEpoch(source.images, { seed: 7, batchSize: 1 }, epoch)) {
      const { latents, flipped } = await source.batch(batch);
      expect(latents.shape).toEqual([1, 4, 8, 8]);
      const { image } = must(batch.samples[0], 'a sample');
      const { left, top } = must(cuts.at(-1), 'a cut');
      shown.set(image, [...(shown.get(image) ?? []), `${left} ${top} ${String(flipped[0])}`]);
    }
  }
  for (const visits of shown.values()) {
    expect(visits).toHaveLength(12);
    expect(new Set(visits).size).toBeGreaterThan(5);
    expect(new Set(visits.map((visit) => visit.split(' ')[2]))).toEqual(new Set(['true', 'false']));
  }
  // 64x100 gives 36 spare rows, 80x64 16 spare columns.
  expect(Math.max(...cuts.map(({ top }) => top))).toBeGreaterThan(18);
  expect(Math.max(...cuts.map(({ left }) => left))).toBeGreaterThan(8);
  for (const { left, top } of cuts) expect(left <= 16 && top <= 36 && (left === 0 || top === 0)).toBe(true);
});

test('a run with every augmentation that was stopped and resumed ends with the bytes of one that never stopped', async () => {
  await using place = await playground(SIZES);
  const settings = { ...EVERYTHING, enable_bucket: false, max_train_steps: 4, output_name: 'run' };
  await runTraining(machine, tinyJob(place, settings), { report: () => undefined, stop: NEVER_STOP });
  const whole = await readFile(join(place.folder, 'output', 'run', 'run.safetensors'));

  await machine.files.makeFolder(join(place.folder, 'second'));
  const halves = tinyJob(place, { ...settings, output_dir: join(place.folder, 'second') });
  const stop: { wanted: 'no' | 'finishing' } = { wanted: 'no' };
  await runTraining(machine, halves, {
    stop,
    report: (event) => {
      if (event.kind === 'step' && event.step === 2) stop.wanted = 'finishing';
    },
  });
  await runTraining(machine, halves, { report: () => undefined, stop: NEVER_STOP, resume: true });
  const file = join(place.folder, 'second', 'run', 'run.safetensors');
  expect(await readFile(file)).toEqual(whole);

  const { metadata } = await openLora(machine.files, file);
  expect(metadata).toMatchObject({
    ss_color_aug: 'True',
    ss_flip_aug: 'True',
    ss_random_crop: 'True',
    ss_cache_latents: 'False',
  });
});
