/**
 * How many class images a job wants, and of which sizes: decided by the pictures of the subject, and by regularisation
 * images from elsewhere where a job wants as many as are used; never by the class images that are there.
 */
import { classImageCount, type Job } from '../../api/job/index.ts';
import { must } from '../../base/errors.ts';
import type { PictureSize } from '../../base/ports.ts';
import { bucketCounts, epochRepeats } from '../../data/batches.ts';
import type { DatasetImage } from '../../data/dataset.ts';
import { wholeCells } from '../generation/picture-size.ts';

export interface OwnPlace {
  /** Of the class folder. */
  readonly repeats: number;
  /** Regularisation images that the walk of an epoch comes to before the first class image. */
  readonly before: readonly DatasetImage[];
}

/** @param images of the subject */
export function wantedCount(job: Job, images: readonly DatasetImage[], place: OwnPlace): number {
  const wanted = must(classImageCount(job.num_class_images), 'a number of class images');
  switch (wanted.kind) {
    case 'count':
      return wanted.count;
    case 'per image':
      return wanted.count * images.length;
    case 'as used':
      return usedInAnEpoch(images, place);
  }
}

/**
 * More class images than an epoch has room for; its walk tells how many of them it reaches. What would come after them
 * is never reached then, so it does not count.
 */
function usedInAnEpoch(images: readonly DatasetImage[], { repeats, before }: OwnPlace): number {
  const samples = epochRepeats(images).reduce((sum, count) => sum + count, 0);
  const classImages = Array.from({ length: samples }, () => ({ repeats, isRegularisation: true }));
  return epochRepeats([...images, ...before, ...classImages])
    .slice(images.length + before.length)
    .filter((count) => count > 0).length;
}

/** Sizes of the class images, in their order: the first n are the same whatever the count. */
export function wantedSizes(job: Job, images: readonly DatasetImage[], count: number): readonly PictureSize[] {
  const { class_size: given } = job;
  if (given !== undefined) {
    const size = { width: wholeCells(given.width), height: wholeCells(given.height) };
    return Array.from({ length: count }, () => size);
  }
  const shares = bucketCounts(images, 1).map(({ bucket, samples }) => ({
    size: { width: wholeCells(bucket.width), height: wholeCells(bucket.height) },
    samples,
  }));
  return inProportion(shares, count);
}

interface Share {
  readonly size: PictureSize;
  readonly samples: number;
}

/** Each place goes to the size that is furthest behind its share. */
function inProportion(shares: readonly Share[], count: number): readonly PictureSize[] {
  const all = shares.reduce((sum, { samples }) => sum + samples, 0);
  const given = shares.map(() => 0);
  return Array.from({ length: count }, (_, index) => {
    const behind = shares.map(({ samples }, at) => (samples * (index + 1)) / all - must(given[at], 'a count'));
    const next = behind.indexOf(Math.max(...behind));
    given[next] = must(given[next], 'a count') + 1;
    return must(shares[next], 'a bucket').size;
  });
}
