/**
 * What autoencoder training is fed with: the pictures of a batch as pixels, and the noise of their posterior.
 *
 * Decoded pictures stay in memory, as bytes and before they are cut, so that an epoch decodes no file again; what is
 * drawn for a visit (cut, mirror, colours) depends on its place in the run alone.
 */
import type { Report } from '../../api/events.ts';
import type { Job } from '../../api/job/index.ts';
import { assert, must } from '../../base/errors.ts';
import type { Picture, Pictures } from '../../base/ports.ts';
import { createGenerator, deriveSeed } from '../../base/random.ts';
import { elementCount, f32, type F32Tensor, type Tensor } from '../../base/tensor.ts';
import { augmentationOf, augmentedPixels } from '../../data/augment.ts';
import type { Batch } from '../../data/batches.ts';
import { centreCrop } from '../../data/buckets.ts';
import type { DatasetImage } from '../../data/dataset.ts';
import { augmentationOptionsOf } from '../../data/options.ts';
import { plural } from '../../data/report.ts';
import { cropPicture } from '../../data/resample.ts';
import { imageOf, loadOrLeaveOut } from '../latent-source.ts';
import type { Machine } from '../machine.ts';
import { stack } from '../vae-encoder.ts';
import { AUTOENCODER_INPUTS, cellOf, type AutoencoderSpec } from './autoencoder-graph.ts';

export interface PixelPlan {
  readonly machine: Machine;
  readonly job: Job;
  readonly seed: number;
  readonly images: readonly DatasetImage[];
  readonly report: Report;
  /** Asked between pictures. */
  readonly stopped: () => boolean;
  /** Bytes of decoded pictures that are kept; 1 GiB if left out. */
  readonly kept?: number;
}

export interface BatchPixels {
  /** f32 [B, 3, H, W] in -1 … 1 */
  readonly pixels: F32Tensor;
  readonly flipped: readonly boolean[];
}

export interface PixelSource {
  /** The pictures that can be used. */
  readonly images: readonly DatasetImage[];
  batch(batch: Batch): Promise<BatchPixels>;
  /** A picture as it is, cut in the middle: f32 [3, H, W]. What is measured and shown must not change. */
  plain(image: number): Promise<F32Tensor>;
}

const KEPT_BYTES = 2 ** 30;

/** Looks at every picture once; one that cannot be decoded is left out with a warning. */
export async function openPixels(plan: PixelPlan): Promise<PixelSource> {
  const { job, seed, report, kept = KEPT_BYTES } = plan;
  const pictures = keptPictures(plan.machine.pictures, kept);
  const machine = { ...plan.machine, pictures };
  report({ kind: 'state', state: 'caching', message: `Reading ${plural(plan.images.length, 'picture')}` });
  const images: DatasetImage[] = [];
  for (const [index, image] of plan.images.entries()) {
    // After a stop nothing is trained any more, so nothing needs to be checked.
    if (plan.stopped() || (await loadOrLeaveOut({ machine, report }, image, plainly(image))) !== undefined)
      images.push(image);
    report({ kind: 'progress', state: 'caching', done: index + 1, total: plan.images.length });
  }
  const options = augmentationOptionsOf(job, seed);
  return {
    images,
    batch: async ({ samples }) => {
      const parts: F32Tensor[] = [];
      const flipped: boolean[] = [];
      for (const sample of samples) {
        const image = imageOf(images, sample.image);
        const augmentation = augmentationOf(sample, image, options);
        parts.push(await augmentedPixels(pictures, image, augmentation));
        flipped.push(augmentation.flipped);
      }
      return { pixels: stack(parts), flipped };
    },
    plain: (index) => {
      const image = imageOf(images, index);
      return augmentedPixels(pictures, image, plainly(image));
    },
  };
}

const plainly = ({ placement }: DatasetImage) => ({ crop: centreCrop(placement), flipped: false });

/** Remembers pictures at the size they were resized to, until `limit` bytes are full; the others are decoded each time. */
export function keptPictures(pictures: Pictures, limit: number): Pictures {
  const known = new Map<string, Picture>();
  let bytes = 0;
  return {
    ...pictures,
    load: async (path, resized, crop) => {
      const key = `${resized.width}x${resized.height} ${path}`;
      const found = known.get(key);
      if (found !== undefined) return cropPicture(found, crop);
      if (bytes + 3 * resized.width * resized.height > limit) return pictures.load(path, resized, crop);
      const whole = await pictures.load(path, resized, { left: 0, top: 0, ...resized });
      bytes += whole.data.byteLength;
      known.set(key, whole);
      return cropPicture(whole, crop);
    },
  };
}

export interface AutoencoderPass {
  /** f32 [B, 3, H, W] in -1 … 1 */
  readonly pixels: F32Tensor;
  readonly seed: number;
  /** Passes of the run before this one: what the noise is drawn by. */
  readonly pass: number;
  /** 0 until the discriminator joins, then 1. */
  readonly discriminatorFactor: number;
}

/** The inputs of the step's graph; parameters come beside. */
export function autoencoderFeeds(
  { vae, discriminator }: AutoencoderSpec,
  { pixels, seed, pass, discriminatorFactor }: AutoencoderPass,
): Readonly<Record<string, Tensor>> {
  const cell = cellOf(vae);
  const [pictures, , H, W] = pixels.shape.map((side) => must(side, 'an axis')) as [number, number, number, number];
  assert(H % cell === 0 && W % cell === 0, `pictures of ${W}x${H} pixels are no multiples of ${cell}`);
  const shape = [pictures, vae.latentChannels, H / cell, W / cell];
  const random = createGenerator(deriveSeed(seed, 'latents', pass));
  return {
    [AUTOENCODER_INPUTS.pixels]: pixels,
    [AUTOENCODER_INPUTS.noise]: f32(shape, random.normals(elementCount(shape))),
    ...(discriminator && { [AUTOENCODER_INPUTS.discriminatorFactor]: f32([], [discriminatorFactor]) }),
  };
}
