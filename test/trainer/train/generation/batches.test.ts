/**
 * Pictures drawn at once, against the same pictures drawn one by one, with the tiny checkpoints.
 */
import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import type { SamplePrompt } from '../../../../trainer/diffusion/sample-prompts.ts';
import {
  drawPictures,
  picturesAtOnce,
  type DrawHooks,
  type DrawnPicture,
  type DrawRequest,
} from '../../../../trainer/train/generation/draw.ts';
import type { DrawingModel } from '../../../../trainer/train/generation/model.ts';
import { largestMagnitude, maxDifference } from '../../../golden/math-goldens.ts';
import { tinyModel } from './tiny-models.ts';

const PROMPT: SamplePrompt = {
  prompt: 'a photo of sks dog',
  negativePrompt: 'blurry',
  width: 64,
  height: 72,
  steps: 3,
  scale: 4,
  // Draws noise at each step, which must come from each picture's own generator.
  sampler: 'euler_a',
};

const REQUESTS: readonly DrawRequest[] = [
  { prompt: PROMPT, seed: 1 },
  { prompt: { ...PROMPT, prompt: 'a cat', negativePrompt: '' }, seed: 2 },
  { prompt: PROMPT, seed: 3 },
  { prompt: { ...PROMPT, scale: 1 }, seed: 1 },
];

async function draw(model: DrawingModel, atOnce: number, hooks: DrawHooks = {}): Promise<readonly DrawnPicture[]> {
  const drawn: DrawnPicture[] = [];
  for await (const picture of drawPictures(model, REQUESTS, hooks, atOnce)) drawn.push(picture);
  return drawn;
}

describe.each(['sd15', 'sdxl'] as const)('%s', (family) => {
  test('a seed gives the same picture alone and among others', async () => {
    const alone = await draw(await tinyModel(family), 1);
    const model = await tinyModel(family);
    const together = await draw(model, 4);
    expect(together.map(({ index, request }) => [index, request.seed])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 1],
    ]);
    for (const [index, one] of alone.entries()) {
      const other = must(together[index], 'a picture');
      // A product of more rows may sum in another order: 1e-6 in an answer of the network, which three guided steps let
      // grow; the same allowance as beside diffusers (test/golden/samplers.test.ts).
      expect(maxDifference(other.latents, one.latents) / largestMagnitude(one.latents)).toBeLessThan(1e-4);
      // What lies close to a half may be rounded to the other side.
      expect(maxDifference(other.picture.data, one.picture.data)).toBeLessThanOrEqual(1);
    }
    // Guards against a batch that draws one picture for all.
    expect(maxDifference(must(together[0], 'a').latents, must(together[2], 'b').latents)).toBeGreaterThan(0.1);
    // Text encoders, UNet, and a decoder for each of two batches: another scale is another way through the UNet.
    const encoders = 1;
    expect(model.executor.programs).toEqual({ compiled: encoders + 1 + 2, open: 0 });
  });
});

test('a batch that is cancelled ends before its next step, and nothing stays open', async () => {
  const model = await tinyModel('sd15');
  const steps: number[] = [];
  const onStep = (first: number, done: number): void => void steps.push(first, done);
  expect(await draw(model, 4, { onStep, cancelled: () => steps.length === 4 })).toEqual([]);
  expect(steps).toEqual([0, 1, 0, 2]);
  expect(model.executor.programs.open).toBe(0);
});

test('small pictures are drawn many at once, large ones alone', () => {
  expect(picturesAtOnce(128, 128)).toBe(32);
  expect(picturesAtOnce(512, 512)).toBe(2);
  expect(picturesAtOnce(1024, 1024)).toBe(1);
});
