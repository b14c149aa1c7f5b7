import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import type { Picture, Pictures } from '../../../../trainer/base/ports.ts';
import { createGenerator } from '../../../../trainer/base/random.ts';
import { f32 } from '../../../../trainer/base/tensor.ts';
import { planEpoch } from '../../../../trainer/data/batches.ts';
import { scanOptionsOf } from '../../../../trainer/data/options.ts';
import { cropPicture } from '../../../../trainer/data/resample.ts';
import { scanDataset } from '../../../../trainer/data/scan.ts';
import {
  autoencoderFeeds,
  keptPictures,
  openPixels,
  type PixelPlan,
} from '../../../../trainer/train/autoencoder/pixel-batches.ts';
import { playground, recorder, tinyJob, tinyMachine, type Playground } from '../../../support/tiny-run.ts';
import { drawnPictures, JUDGED, PLAIN } from './tiny-vae.ts';

const machine = await tinyMachine();

/** Counts what is decoded. */
function counted(pictures: Pictures): { readonly pictures: Pictures; readonly loaded: string[] } {
  const loaded: string[] = [];
  const load: Pictures['load'] = (path, resized, crop) => {
    loaded.push(path);
    return pictures.load(path, resized, crop);
  };
  return { pictures: { ...pictures, load }, loaded };
}

async function planOf(place: Playground, settings: object, pictures: Pictures): Promise<PixelPlan> {
  const job = tinyJob(place, { resolution: 96, flip_aug: true, random_crop: true, cache_latents: false, ...settings });
  const { images } = await scanDataset(machine.files, machine.pictures, scanOptionsOf(job));
  return { machine: { ...machine, pictures }, job, seed: 7, images, report: () => undefined, stopped: () => false };
}

/** What two epochs are trained on. */
async function epochsOf(plan: PixelPlan) {
  const source = await openPixels(plan);
  const batches = [1, 2].flatMap((epoch) => planEpoch(source.images, { seed: 7, batchSize: 2 }, epoch));
  const shown = [];
  for (const batch of batches) shown.push(await source.batch(batch));
  return shown;
}

describe('pictures for the autoencoder', () => {
  const SIZES = [
    [90, 70],
    [150, 70],
    [70, 64],
  ] as const;

  test('are decoded once and look as if decoded each time', async () => {
    await using place = await playground(SIZES);
    const [keeping, forgetful] = [counted(machine.pictures), counted(machine.pictures)];
    const kept = await epochsOf(await planOf(place, {}, keeping.pictures));
    const fresh = await epochsOf({ ...(await planOf(place, {}, forgetful.pictures)), kept: 0 });
    expect(kept).toEqual(fresh);
    // Three pictures: once to look whether they can be used, then once in each of two epochs.
    expect([keeping.loaded.length, forgetful.loaded.length]).toEqual([3, 9]);
    expect(new Set(kept.flatMap(({ flipped }) => flipped))).toEqual(new Set([true, false]));
  });

  test('come as they are where they are measured: cut in the middle, not mirrored', async () => {
    await using place = await playground([[150, 70]]);
    const source = await openPixels(await planOf(place, {}, machine.pictures));
    const { path, placement } = must(source.images[0], 'the picture');
    const { bucket, resized } = placement;
    const left = Math.floor((resized.width - bucket.width) / 2);
    const top = Math.floor((resized.height - bucket.height) / 2);
    const middle = await machine.pictures.load(path, resized, { left, top, ...bucket });
    const { shape, data } = await source.plain(0);
    expect(shape).toEqual([3, bucket.height, bucket.width]);
    expect(data[0]).toBe(Math.fround((middle.data[0] ?? 0) / 127.5 - 1));
    expect(await source.plain(0)).toEqual({ dtype: 'f32', shape, data });
  });

  test('are left out with a warning where they cannot be decoded', async () => {
    await using place = await playground([
      [64, 64],
      [64, 64],
    ]);
    const plan = await planOf(place, {}, machine.pictures);
    await writeFile(join(place.pictures, '1_sks dog', '1.png'), 'no picture any more');
    const { events, report } = recorder();
    const source = await openPixels({ ...plan, report });
    expect(source.images.map(({ path }) => machine.files.baseName(path))).toEqual(['0.png']);
    const [warning] = events.filter(({ kind }) => kind === 'warning');
    expect(warning).toMatchObject({ what: expect.stringMatching(/^Left out: /u) as unknown });
  });
});

describe('memory for decoded pictures', () => {
  const picture = (width: number, height: number): Picture => {
    const data = Uint8Array.from(createGenerator(3).uniforms(3 * width * height), (value) => 256 * value);
    return { width, height, data };
  };
  const source: Pictures = {
    ...machine.pictures,
    load: (_, resized, crop) => Promise.resolve(cropPicture(picture(resized.width, resized.height), crop)),
  };

  test('holds as many as fit; the others are decoded each time', async () => {
    const { pictures, loaded } = counted(source);
    const resized = { width: 10, height: 10 };
    const kept = keptPictures(pictures, 700);
    const crops = [0, 2].map((left) => ({ left, top: 1, width: 8, height: 8 }));
    for (const crop of crops) {
      for (const path of ['a', 'b', 'c']) {
        expect(await kept.load(path, resized, crop)).toEqual(cropPicture(picture(10, 10), crop));
      }
    }
    // 300 bytes each: two of them fit.
    expect(loaded).toEqual(['a', 'b', 'c', 'c']);
  });

  test('knows a picture at two sizes as two', async () => {
    const { pictures, loaded } = counted(source);
    const kept = keptPictures(pictures, 10_000);
    for (const side of [8, 9, 8]) {
      const size = { width: side, height: side };
      expect((await kept.load('a', size, { left: 0, top: 0, ...size })).width).toBe(side);
    }
    expect(loaded).toEqual(['a', 'a']);
  });
});

describe('the feeds of a pass', () => {
  const { pixels } = drawnPictures();
  const pass = { pixels, seed: 7, pass: 3, discriminatorFactor: 1 };

  test('draw the noise by the number of the pass', () => {
    const { noise } = autoencoderFeeds(PLAIN, pass);
    expect(noise?.shape).toEqual([2, 4, 4, 6]);
    expect(autoencoderFeeds(PLAIN, { ...pass }).noise).toEqual(noise);
    expect(autoencoderFeeds(PLAIN, { ...pass, pass: 4 }).noise).not.toEqual(noise);
    expect(autoencoderFeeds(PLAIN, { ...pass, seed: 8 }).noise).not.toEqual(noise);
  });

  test('say when the discriminator joins, where there is one', () => {
    expect(autoencoderFeeds(JUDGED, pass)['discriminator_factor']).toEqual(f32([], [1]));
    expect(Object.keys(autoencoderFeeds(PLAIN, pass))).toEqual(['pixels', 'noise']);
  });

  test('are refused for a picture whose sides are no multiples of a latent cell', () => {
    const odd = f32([1, 3, 8, 9], new Float32Array(216));
    expect(() => autoencoderFeeds(PLAIN, { ...pass, pixels: odd })).toThrow('9x8 pixels are no multiples of 2');
  });
});
