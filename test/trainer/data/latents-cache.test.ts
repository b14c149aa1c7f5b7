import { describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { f32 } from '../../../trainer/base/tensor.ts';
import type { LatentKey, LatentMoments } from '../../../trainer/data/latents-cache.ts';
import { diskLatentsCache, sampleLatents } from '../../../trainer/data/latents-cache.ts';
import { memoryFiles } from '../../support/memory-files.ts';

const key: LatentKey = {
  content: 'ab'.repeat(32),
  resized: { width: 32, height: 20 },
  crop: { left: 0, top: 2, width: 32, height: 16 },
  flipped: false,
  vae: 'cd'.repeat(32),
};
/** 4 channels of 2 x 4 cells. */
const moments: LatentMoments = {
  mean: f32(
    [4, 2, 4],
    Float32Array.from({ length: 32 }, (_, i) => i / 7),
  ),
  logvar: f32(
    [4, 2, 4],
    Float32Array.from({ length: 32 }, (_, i) => -i / 3),
  ),
};
const others: LatentKey[] = [
  { ...key, content: 'ef'.repeat(32) },
  { ...key, resized: { width: 40, height: 20 } },
  { ...key, crop: { ...key.crop, top: 3 } },
  { ...key, flipped: true },
  { ...key, vae: '01'.repeat(32) },
];

describe('the cache', () => {
  test('finds an entry by all parts of its key and no other', async () => {
    const cache = diskLatentsCache(memoryFiles({}), '/cache');
    expect(await cache.get(key)).toBeUndefined();
    await cache.put(key, moments);
    expect(await cache.get(key)).toEqual(moments);
    for (const other of others) expect(await cache.get(other)).toBeUndefined();
  });

  test('outlives the process, bit for bit', async () => {
    const files = memoryFiles({});
    await diskLatentsCache(files, '/cache').put(key, moments);
    expect(await diskLatentsCache(files, '/cache').get(key)).toEqual(moments);
  });

  test('takes a damaged entry for missing, and replaces it', async () => {
    const files = memoryFiles({});
    const fresh = () => diskLatentsCache(files, '/cache');
    await fresh().put(key, moments);
    const path = must([...files.contents.keys()][0], 'entry');
    const good = must(files.contents.get(path), 'entry');
    const nan = Uint8Array.from(good);
    nan.set([0, 0, 0xc0, 0x7f], nan.length - 4); // the last number becomes NaN
    const damaged = [
      good.subarray(0, good.length - 1),
      good.subarray(0, 5),
      new Uint8Array(0),
      Buffer.from('junk'),
      nan,
    ];
    for (const bytes of damaged) {
      files.contents.set(path, bytes);
      expect(await fresh().get(key)).toBeUndefined();
    }
    await fresh().put(key, moments);
    expect(await fresh().get(key)).toEqual(moments);
  });

  test('does not trust a file name: the whole hashes must agree', async () => {
    const files = memoryFiles({});
    await diskLatentsCache(files, '/cache').put(key, moments);
    // The same first 40 digits, another picture.
    const twin = { ...key, content: 'ab'.repeat(20) + '0'.repeat(24) };
    expect(await diskLatentsCache(files, '/cache').get(twin)).toBeUndefined();
  });
});

describe('the sample of a run', () => {
  test('is one draw, fixed by seed, content and mirroring', () => {
    const draw = (seed: number, of = key) => [...sampleLatents(moments, of, seed).data];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(1, { ...key, flipped: true }));
    expect(draw(1)).not.toEqual(draw(1, must(others[0], 'other')));
  });

  test('has the mean and deviation of the posterior', () => {
    const size = 64 * 64 * 4;
    const wide = {
      mean: f32([4, 64, 64], new Float32Array(size).fill(3)),
      logvar: f32([4, 64, 64], new Float32Array(size).fill(2)),
    };
    const values = sampleLatents(wide, key, 5).data;
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size);
    // σ = exp(2 / 2) = 2.718; the mean of 16384 draws strays by σ / 128 = 0.02, their deviation by σ / 181 = 0.015: five times.
    expect(Math.abs(mean - 3)).toBeLessThan(0.11);
    expect(Math.abs(deviation - Math.E)).toBeLessThan(0.08);
  });

  test('stays finite where the log-variance is absurd', () => {
    const absurd = { ...moments, logvar: f32([4, 2, 4], new Float32Array(32).fill(1e9)) };
    expect(sampleLatents(absurd, key, 1).data.every(Number.isFinite)).toBe(true);
  });
});
