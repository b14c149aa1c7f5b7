/**
 * Where a run's latents come from: what the two ways, cached and anew each time, have in common.
 */
import type { Report } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import { must, UserError } from '../base/errors.ts';
import type { PictureSize } from '../base/ports.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import { augmentationOf, augmentedPixels, type Augmentation } from '../data/augment.ts';
import type { Batch, Sample } from '../data/batches.ts';
import type { DatasetImage } from '../data/dataset.ts';
import { augmentationOptionsOf } from '../data/options.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import type { Machine } from './machine.ts';
import { openVaeEncoder, type VaeEncoder } from './vae-encoder.ts';

export interface BatchLatents {
  /** f32 [B, C, h, w], times the VAE's scale */
  readonly latents: F32Tensor;
  readonly flipped: readonly boolean[];
}

export interface LatentSource extends AsyncDisposable {
  /** The pictures that can be used. */
  readonly images: readonly DatasetImage[];
  batch(batch: Batch): Promise<BatchLatents>;
}

export interface LatentPlan {
  readonly machine: Machine;
  readonly job: Job;
  readonly seed: number;
  readonly checkpoint: Checkpoint;
  readonly images: readonly DatasetImage[];
  readonly report: Report;
  /** Asked between pictures. */
  readonly stopped: () => boolean;
  /** Bytes of latents that are kept in memory where they are on disk too; 1 GiB if left out. */
  readonly kept?: number;
}

export const imageOf = (images: readonly DatasetImage[], index: number): DatasetImage =>
  must(images[index], 'a picture');

/** How this visit of a picture is cut, coloured and mirrored. */
export const augmentationAt = ({ job, seed }: LatentPlan, sample: Sample, image: DatasetImage): Augmentation =>
  augmentationOf(sample, image, augmentationOptionsOf(job, seed));

/** The picture as the VAE takes it; undefined, with a warning, if it cannot be decoded. */
export async function loadOrLeaveOut(
  { machine, report }: Pick<LatentPlan, 'machine' | 'report'>,
  image: DatasetImage,
  augmentation: Augmentation,
): Promise<F32Tensor | undefined> {
  try {
    return await augmentedPixels(machine.pictures, image, augmentation);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { what, fix } = error.report;
    report({ kind: 'warning', what: `Left out: ${what}`, where: image.path, fix });
    return undefined;
  }
}

/** For the run's largest picture. */
export function encoderFor({ machine, checkpoint, job, images }: LatentPlan): VaeEncoder {
  const largest = images.reduce<PictureSize>(
    (most, { placement: { bucket } }) => (bucket.width * bucket.height > most.width * most.height ? bucket : most),
    { width: 8, height: 8 },
  );
  const B = job.cache_latents ? job.vae_batch_size : job.train_batch_size;
  return openVaeEncoder(machine.executor, checkpoint, { B, H: largest.height, W: largest.width });
}

export const scaledBy = ({ shape, data }: F32Tensor, factor: number): F32Tensor =>
  f32(
    shape,
    data.map((value) => value * factor),
  );
