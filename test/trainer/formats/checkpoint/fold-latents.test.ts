import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { createGenerator } from '../../../../trainer/base/random.ts';
import { foldLatentMoments } from '../../../../trainer/formats/checkpoint/fold-latents.ts';

const CHANNELS = 4;
const SCALE = 0.18215;
const MEAN = [0.5, -2, 0, 10];
const DEVIATION = [3, 0.25, 1, 7];

const generator = createGenerator(5);
const SHAPES = {
  'vae/quant_conv.weight': 64,
  'vae/quant_conv.bias': 8,
  'vae/post_quant_conv.weight': 16,
  'vae/post_quant_conv.bias': 4,
};
const weights = new Map(Object.entries(SHAPES).map(([name, count]) => [name, generator.normals(count)]));
const of = (map: ReadonlyMap<string, Float32Array>) => (name: string) => must(map.get(name), name);
const folded = foldLatentMoments({ mean: MEAN, deviation: DEVIATION, scalingFactor: SCALE }, of(weights));

/** A 1x1 convolution at one place of the picture, in f64. */
const convolve = (map: ReadonlyMap<string, Float32Array>, layer: string, input: readonly number[]): number[] => {
  const w = of(map)(`vae/${layer}.weight`);
  return [...of(map)(`vae/${layer}.bias`)].map((bias, row) =>
    input.reduce((sum, x, column) => sum + x * must(w[row * input.length + column], 'w'), bias),
  );
};

// f32 weights around 1, of which 8 are summed: 1e-5 of the largest number is a hundred roundings.
const close = (found: readonly number[], expected: readonly number[]): void => {
  const largest = Math.max(1, ...expected.map(Math.abs));
  for (const [index, value] of expected.entries()) {
    expect(Math.abs(must(found[index], 'a value') - value)).toBeLessThan(1e-5 * largest);
  }
};

describe('folded into the convolutions around the latents', () => {
  const features = [...generator.normals(2 * CHANNELS)];
  const before = convolve(weights, 'quant_conv', features);
  const after = convolve(folded, 'quant_conv', features);
  const factors = DEVIATION.map((d) => 1 / (SCALE * d));

  test('means are shifted and scaled, so that after the scaling factor they have mean 0 and deviation 1', () => {
    const z = before.slice(0, CHANNELS);
    const wanted = z.map((value, c) => (value - must(MEAN[c], 'm')) / must(DEVIATION[c], 'd'));
    close(
      after.slice(0, CHANNELS).map((value) => value * SCALE),
      wanted,
    );
  });

  test('deviations of samples are scaled by the same factors', () => {
    const sigma = (values: readonly number[]): number[] => values.slice(CHANNELS).map((v) => Math.exp(v / 2));
    close(
      sigma(after),
      sigma(before).map((value, c) => value * must(factors[c], 'f')),
    );
  });

  test('what the decoder sees of a latent is as before', () => {
    const z = before.slice(0, CHANNELS);
    const moved = after.slice(0, CHANNELS);
    close(convolve(folded, 'post_quant_conv', moved), convolve(weights, 'post_quant_conv', z));
  });

  test('the given weights stay as they are', () => {
    const again = foldLatentMoments({ mean: MEAN, deviation: DEVIATION, scalingFactor: SCALE }, of(weights));
    expect(again).toEqual(folded);
  });
});

test('a channel that never changes is shifted to 0 and not blown up', () => {
  const flat = foldLatentMoments({ mean: MEAN, deviation: [0, 1, 1, 1], scalingFactor: SCALE }, of(weights));
  for (const values of flat.values()) expect(values.every(Number.isFinite)).toBe(true);
  const bias = (map: ReadonlyMap<string, Float32Array>): number => must(of(map)('vae/quant_conv.bias')[0], 'bias');
  expect(bias(flat)).toBeCloseTo(bias(weights) - 0.5, 5);
});
