/**
 * How many class images a job wants, and of which sizes: decided by the pictures of the subject alone, so that the same
 * job wants the same pictures each time.
 */
import { classImageCount, type Job } from '../../api/job/index.ts';
import { must } from '../../base/errors.ts';
import type { PictureSize } from '../../base/ports.ts';
import { bucketCounts, epochRepeats } from '../../data/batches.ts';
import type { DatasetImage } from '../../data/dataset.ts';
import { wholeCells } from '../generation/picture-size.ts';

/**
 * @param images  of the subject
 * @param repeats of the class folder
 */
export function wantedCount(job: Job, images: readonly DatasetImage[], repeats: number): number {
  const wanted = must(classImageCount(job.num_class_images), 'a number of class images');
  switch (wanted.kind) {
    case 'count':
      return wanted.count;
    case 'per image':
      return wanted.count * images.length;
    case 'as used':
      return usedInAnEpoch(images, repeats);
  }
}

/** More class images than an epoch has room for; the walk of an epoch tells how many of them it reaches. */
function usedInAnEpoch(images: readonly DatasetImage[], repeats: number): number {
  const samples = epochRepeats(images).reduce((sum, count) => sum + count, 0);
  const classImages = Array.from({ length: samples }, () => ({ repeats, isRegularisation: true }));
  return epochRepeats([...images, ...classImages])
    .slice(images.length)
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
