import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { f32, type F32Tensor } from '../../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../../trainer/exec/reference/index.ts';
import { measureLatents } from '../../../../trainer/train/autoencoder/measure.ts';
import { psnr } from '../../../../trainer/train/autoencoder/psnr.ts';
import { openReconstructor } from '../../../../trainer/train/autoencoder/reconstructor.ts';
import { drawReconstructions } from '../../../../trainer/train/autoencoder/reconstructions.ts';
import { drawnPictures, drawnValues, PLAIN, SIZE, TINY_VAE } from './tiny-vae.ts';

const executor = createReferenceExecutor();
const weights = new Map(Object.entries(drawnValues(PLAIN)));
const { pixels } = drawnPictures();
const area = 3 * SIZE.H * SIZE.W;
const pictures = [0, 1].map((index) => f32([3, SIZE.H, SIZE.W], pixels.data.slice(index * area, (index + 1) * area)));

test('decibels: an error of a tenth of the range is 20', () => {
  expect(psnr(0.2 ** 2)).toBeCloseTo(20, 12);
  expect(psnr((2 / 1000) ** 2)).toBeCloseTo(60, 12);
  expect(psnr(0)).toBe(Infinity);
});

describe('the measurement of an autoencoder', () => {
  test('is the mean and deviation of each latent channel, and the error over all pictures', async () => {
    await using reconstructor = await openReconstructor(executor, TINY_VAE, weights);
    const all = [];
    for (const picture of pictures) all.push(await reconstructor.reconstruct(picture));
    const found = await measureLatents(executor, TINY_VAE, weights, pictures);
    expect(found.pictures).toBe(2);

    const cells = (SIZE.H * SIZE.W) / 4;
    for (const channel of [0, 1, 2, 3]) {
      const values = all.flatMap(({ latents }) => [...latents.data.slice(channel * cells, (channel + 1) * cells)]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(found.mean[channel]).toBeCloseTo(mean, 10);
      expect(found.deviation[channel]).toBeCloseTo(Math.sqrt(variance), 10);
    }
    const errors = all.flatMap(({ picture }, index) =>
      [...picture.data].map((value, at) => (value - must(pictures[index]?.data[at], 'a value')) ** 2),
    );
    expect(found.psnr).toBeCloseTo(psnr(errors.reduce((sum, value) => sum + value, 0) / errors.length), 10);
  });

  test('counts what a picture can show: values beyond black and white are clipped', async () => {
    await using reconstructor = await openReconstructor(executor, TINY_VAE, overexposed());
    const { picture } = await reconstructor.reconstruct(must(pictures[0], 'a picture'));
    expect([...new Set(picture.data)]).toEqual([1]);
  });
});

/** A decoder that makes everything much brighter than white. */
function overexposed(): ReadonlyMap<string, F32Tensor> {
  return new Map([...weights, ['vae/decoder.conv_out.bias', f32([3], [100, 100, 100])]]);
}

describe('a sheet of reconstructions', () => {
  test('shows each picture and, at its right, what became of it', async () => {
    const sheet = await drawReconstructions(executor, TINY_VAE, overexposed(), pictures);
    // Two pairs: four cells of 12 + 4 pixels in one row of 8 + 4, and 4 pixels around.
    expect([sheet.width, sheet.height]).toEqual([4 + 4 * 16, 4 + 12]);
    const pixelAt = (left: number, top: number): number[] => [
      ...sheet.data.subarray(3 * (top * sheet.width + left), 3 * (top * sheet.width + left) + 3),
    ];
    const first = must(pictures[0], 'a picture').data;
    const channels = [0, 1, 2].map((channel) => must(first[(channel * SIZE.H + 2) * SIZE.W + 5], 'a value'));
    expect(pixelAt(4 + 5, 4 + 2)).toEqual(channels.map((value) => Math.round((value + 1) * 127.5)));
    expect(pixelAt(4 + 16 + 5, 4 + 2)).toEqual([255, 255, 255]);
  });

  test('goes on in the next row, in cells as large as the largest picture', async () => {
    const wide = f32([3, 4, 16], new Float32Array(192));
    const first = must(pictures[0], 'a picture');
    const sheet = await drawReconstructions(executor, TINY_VAE, weights, [first, first, first, first, wide]);
    expect([sheet.width, sheet.height]).toEqual([4 + 8 * 20, 4 + 2 * 12]);
  });
});
