/**
 * The order of an epoch: which pictures, how often, in which batches, and the random choices of each sample.
 *
 * Repeats, regularisation and batches follow sd-scripts 48d368f (`DreamBoothDataset.__init__`, `BaseDataset.make_buckets`).
 * Its order comes from Python's `random`, and its sample choices depend on the number of worker processes; ours follow the law
 * of seeds of `base/random.ts`:
 *
 *     order of epoch e            stream 'order', index e
 *     caption of sample n         stream 'captions', index n     n counts the samples of the run from 0
 *     flip and crop of sample n   stream 'crops', index n      (augment.ts)
 *     colours of sample n         stream 'colours', index n    (augment.ts)
 *
 * So (epoch, batch) says all there is to know about the place in the data, and a resumed run needs nothing else.
 */
import { assert } from '../base/errors.ts';
import type { PictureSize } from '../base/ports.ts';
import { createGenerator, deriveSeed } from '../base/random.ts';
import type { CaptionOptions } from './captions.ts';
import { captionForUse } from './captions.ts';
import type { DatasetImage } from './dataset.ts';
import { shuffled } from './shuffle.ts';

/** One picture at one place of an epoch. */
export interface Sample {
  /** Index into the dataset's images. */
  readonly image: number;
  /** Which sample of the run it is, from 0. Seeds its random choices. */
  readonly position: number;
}

export interface Batch {
  /** All pictures of a batch have this size. */
  readonly bucket: PictureSize;
  readonly samples: readonly Sample[];
}

export interface OrderOptions {
  readonly seed: number;
  readonly batchSize: number;
}

type Repeated = Pick<DatasetImage, 'repeats' | 'isRegularisation'>;

/**
 * How often each picture is shown in an epoch. Training pictures: as their folder says. Regularisation pictures: in their order,
 * first each as often as its folder says, then round by round once more, until there are as many samples as of training
 * pictures; those that are not reached by then are not used.
 */
export function epochRepeats(images: readonly Repeated[]): readonly number[] {
  const counts = images.map((image) => (image.isRegularisation ? 0 : image.repeats));
  const wanted = counts.reduce((total, count) => total + count, 0);
  const walk = images.flatMap((image, index) => (image.isRegularisation ? [index] : []));
  let shown = 0;
  for (let round = 0; shown < wanted && walk.length > 0; round++) {
    for (const index of walk) {
      const more = round === 0 ? (images[index]?.repeats ?? 0) : 1;
      counts[index] = (counts[index] ?? 0) + more;
      shown += more;
      if (shown >= wanted) break;
    }
  }
  return counts;
}

export interface BucketCount {
  readonly bucket: PictureSize;
  /** Samples of an epoch, repeats included. */
  readonly samples: number;
  readonly batches: number;
}

/** The buckets that hold pictures, by width, then height. */
export function bucketCounts(images: readonly DatasetImage[], batchSize: number): readonly BucketCount[] {
  return fillBuckets(images).map(({ bucket, entries }) => ({
    bucket,
    samples: entries.length,
    batches: Math.ceil(entries.length / batchSize),
  }));
}

interface FilledBucket {
  readonly bucket: PictureSize;
  /** Indices of pictures, each as often as it is shown. */
  readonly entries: number[];
}

function fillBuckets(images: readonly DatasetImage[]): FilledBucket[] {
  const repeats = epochRepeats(images);
  const buckets = new Map<string, FilledBucket>();
  images.forEach(({ placement: { bucket } }, index) => {
    const key = `${bucket.width}x${bucket.height}`;
    const filled = buckets.get(key) ?? { bucket, entries: [] };
    buckets.set(key, filled);
    for (let i = 0; i < (repeats[index] ?? 0); i++) filled.entries.push(index);
  });
  return [...buckets.values()]
    .filter(({ entries }) => entries.length > 0)
    .sort((a, b) => a.bucket.width - b.bucket.width || a.bucket.height - b.bucket.height);
}

/**
 * All batches of an epoch, in their order. A batch never mixes buckets, so each bucket may end with a short one.
 *
 * @param epoch from 1
 */
export function planEpoch(
  images: readonly DatasetImage[],
  { seed, batchSize }: OrderOptions,
  epoch: number,
): readonly Batch[] {
  assert(epoch >= 1 && batchSize >= 1, `epoch ${epoch}, batch size ${batchSize}`);
  const rng = createGenerator(deriveSeed(seed, 'order', epoch));
  const batches = fillBuckets(images).flatMap(({ bucket, entries }) => {
    const order = shuffled(entries, rng);
    const parts = Math.ceil(order.length / batchSize);
    return Array.from({ length: parts }, (_, i) => ({ bucket, part: order.slice(i * batchSize, (i + 1) * batchSize) }));
  });
  const perEpoch = batches.reduce((total, { part }) => total + part.length, 0);
  let position = (epoch - 1) * perEpoch;
  return shuffled(batches, rng).map(({ bucket, part }) => ({
    bucket,
    samples: part.map((image) => ({ image, position: position++ })),
  }));
}

export interface CaptionPlace {
  readonly seed: number;
  /** From 1. */
  readonly epoch: number;
  /** Optimizer steps done. */
  readonly step: number;
  readonly totalSteps: number;
}

/** The caption that a sample is trained with. */
export function captionOf(sample: Sample, image: DatasetImage, options: CaptionOptions, place: CaptionPlace): string {
  const rng = createGenerator(deriveSeed(place.seed, 'captions', sample.position));
  return captionForUse(image.caption, options, { ...place, rng });
}

/** How long to train: by epochs, or by optimizer steps. */
export type Duration =
  { readonly kind: 'epochs'; readonly epochs: number } | { readonly kind: 'steps'; readonly steps: number };

export interface StepPlan {
  /** Pictures of an epoch, repeats included. */
  readonly trainingSamples: number;
  readonly regularisationSamples: number;
  readonly batchesPerEpoch: number;
  /** Optimizer steps of an epoch: batches by accumulation, the last one of an epoch maybe of fewer. */
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  readonly totalSteps: number;
}

/**
 * The arithmetic of a run.
 *
 *     batches an epoch  = sum over buckets of ceil(samples / batch size)
 *     steps an epoch    = ceil(batches / accumulation)
 *     steps             = epochs · steps an epoch,   or epochs = ceil(steps / steps an epoch)
 *
 * @see sd-scripts, `train_network.py`
 */
export function planSteps(
  images: readonly DatasetImage[],
  options: { readonly batchSize: number; readonly accumulation: number },
  duration: Duration,
): StepPlan {
  const batchesPerEpoch = bucketCounts(images, options.batchSize).reduce((total, { batches }) => total + batches, 0);
  const stepsPerEpoch = Math.ceil(batchesPerEpoch / options.accumulation);
  const repeats = epochRepeats(images);
  const samples = (regularisation: boolean): number =>
    images.reduce((sum, image, i) => sum + (image.isRegularisation === regularisation ? (repeats[i] ?? 0) : 0), 0);
  const epochs =
    duration.kind === 'epochs' ? duration.epochs : stepsPerEpoch === 0 ? 0 : Math.ceil(duration.steps / stepsPerEpoch);
  return {
    trainingSamples: samples(false),
    regularisationSamples: samples(true),
    batchesPerEpoch,
    stepsPerEpoch,
    epochs,
    totalSteps: duration.kind === 'epochs' ? epochs * stepsPerEpoch : duration.steps,
  };
}
