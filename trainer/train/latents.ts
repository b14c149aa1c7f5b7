/**
 * The latents that a run trains on: all pictures encoded once before the first step, or with cache_latents off each
 * picture anew whenever it comes up.
 *
 * A picture that cannot be decoded is left out with a warning, before the steps are counted.
 */
import { must } from '../base/errors.ts';
import { createGenerator, deriveSeed } from '../base/random.ts';
import type { F32Tensor } from '../base/tensor.ts';
import { augmentedPixels } from '../data/augment.ts';
import { centreCrop } from '../data/buckets.ts';
import type { DatasetImage } from '../data/dataset.ts';
import { drawLatents } from '../data/latents-cache.ts';
import { plural } from '../data/report.ts';
import { cachedLatents } from './cached-latents.ts';
import {
  augmentationAt,
  encoderFor,
  imageOf,
  loadOrLeaveOut,
  scaledBy,
  type LatentPlan,
  type LatentSource,
} from './latent-source.ts';
import { stack } from './vae-encoder.ts';

export function openLatents(plan: LatentPlan): Promise<LatentSource> {
  return plan.job.cache_latents ? cachedLatents(plan) : encodeWhenNeeded(plan);
}

/** Each visit draws its latents anew, as in sd-scripts. */
async function encodeWhenNeeded(plan: LatentPlan): Promise<LatentSource> {
  const { images, report, checkpoint, seed } = plan;
  const { scalingFactor } = checkpoint.vae.config;
  report({ kind: 'state', state: 'caching', message: `Checking ${plural(images.length, 'picture')}` });
  const usable: DatasetImage[] = [];
  for (const [index, image] of images.entries()) {
    const crop = centreCrop(image.placement);
    // After a stop nothing is trained any more, so nothing needs to be checked.
    if (plan.stopped() || (await loadOrLeaveOut(plan, image, { crop, flipped: false })) !== undefined)
      usable.push(image);
    report({ kind: 'progress', state: 'caching', done: index + 1, total: images.length });
  }
  const encoder = encoderFor(plan);
  return {
    images: usable,
    batch: async ({ samples }) => {
      const augmentations = samples.map((sample) => augmentationAt(plan, sample, imageOf(usable, sample.image)));
      const pixels: F32Tensor[] = [];
      for (const [index, sample] of samples.entries()) {
        const image = imageOf(usable, sample.image);
        pixels.push(await augmentedPixels(plan.machine.pictures, image, must(augmentations[index], 'how it is cut')));
      }
      const moments = await encoder.encode(pixels);
      const drawn = moments.map((each, index) =>
        drawLatents(each, createGenerator(deriveSeed(seed, 'latents', must(samples[index], 'a sample').position))),
      );
      return {
        latents: stack(drawn.map((each) => scaledBy(each, scalingFactor))),
        flipped: augmentations.map(({ flipped }) => flipped),
      };
    },
    [Symbol.asyncDispose]: async () => encoder[Symbol.asyncDispose](),
  };
}
