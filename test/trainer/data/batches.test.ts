import { describe, expect, test } from 'vitest';
import type { DatasetImage } from '../../../trainer/data/dataset.ts';
import { bucketCounts, captionOf, epochRepeats, planEpoch, planSteps } from '../../../trainer/data/batches.ts';
import { createPlacer } from '../../../trainer/data/buckets.ts';
import { must } from '../../../trainer/base/errors.ts';
import { DEFAULT_BUCKETS } from '../../support/buckets.ts';
import { PLAIN_CAPTIONS } from '../../support/caption-options.ts';

const place = createPlacer({ ...DEFAULT_BUCKETS, resolution: { width: 512, height: 512 } });

function image(width: number, height: number, repeats = 1, isRegularisation = false): DatasetImage {
  return {
    path: `/${width}x${height}`,
    width,
    height,
    bytes: 1,
    caption: 'a, b, c, d',
    captionFrom: 'file',
    subset: 0,
    repeats,
    isRegularisation,
    placement: must(place({ width, height }), 'placement'),
  };
}

const square = (repeats = 1) => image(512, 512, repeats);
const wide = (repeats = 1) => image(800, 600, repeats);
const regularisation = (repeats = 1) => image(512, 512, repeats, true);

describe('regularisation pictures', () => {
  test('are walked round by round until there are as many as training samples', () => {
    // 10 wanted. First round 2 + 1 + 1 = 4, then one more each: 3 2 2 (7), 4 3 3 (10).
    const images = [square(10), regularisation(2), regularisation(1), regularisation(1)];
    expect(epochRepeats(images)).toEqual([10, 4, 3, 3]);
  });

  test('end in the middle of a round', () => {
    expect(epochRepeats([square(5), regularisation(), regularisation(), regularisation()])).toEqual([5, 2, 2, 1]);
  });

  test('beyond what is needed are not used, and the last may exceed', () => {
    expect(epochRepeats([square(2), regularisation(), regularisation(3), regularisation()])).toEqual([2, 1, 3, 0]);
  });

  test('are not needed without training pictures, nor there at all', () => {
    expect(epochRepeats([regularisation(3)])).toEqual([0]);
    expect(epochRepeats([square(3), wide(2)])).toEqual([3, 2]);
  });
});

describe('an epoch', () => {
  const images = [square(3), wide(2), square(4), wide(1), regularisation(1)];
  const order = { seed: 42, batchSize: 4 };

  test('shows every picture as often as it should, in batches of one bucket', () => {
    const batches = planEpoch(images, order, 1);
    const counts = images.map(() => 0);
    for (const { bucket, samples } of batches) {
      expect(samples.length).toBeLessThanOrEqual(4);
      for (const { image: index } of samples) {
        counts[index] = (counts[index] ?? 0) + 1;
        expect(images[index]?.placement.bucket).toEqual(bucket);
      }
    }
    expect(counts).toEqual([3, 2, 4, 1, 10]);
    // 17 squares and 3 wide ones by 4: 5 batches, the last of 1, and one of 3.
    expect(batches.map(({ samples }) => samples.length).sort()).toEqual([1, 3, 4, 4, 4, 4]);
    expect(bucketCounts(images, 4).map(({ samples, batches: count }) => [samples, count])).toEqual([
      [17, 5],
      [3, 1],
    ]);
  });

  test('is the same for the same seed and epoch, and another for the next', () => {
    expect(planEpoch(images, order, 3)).toEqual(planEpoch(images, order, 3));
    const indices = (epoch: number, seed = 42) =>
      planEpoch(images, { ...order, seed }, epoch).map(({ samples }) => samples.map((sample) => sample.image).join());
    expect(indices(1)).not.toEqual(indices(2));
    expect(indices(1)).not.toEqual(indices(1, 43));
  });

  test('counts its samples on from the epoch before, so that no two draw from one stream', () => {
    const positions = [1, 2, 3].flatMap((epoch) =>
      planEpoch(images, order, epoch).flatMap(({ samples }) => samples.map((sample) => sample.position)),
    );
    expect(positions).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  test('begins with each of its buckets at times', () => {
    const first = new Set(
      Array.from({ length: 40 }, (_, i) => must(planEpoch(images, order, i + 1)[0], 'batch').bucket.width),
    );
    expect(first).toEqual(new Set([512, 576]));
  });
});

describe('the choices of a sample', () => {
  const picture = image(1000, 512);

  test('include the caption, from a stream of its own', () => {
    const shuffle = { ...PLAIN_CAPTIONS, shuffle: true };
    const caption = (position: number) =>
      captionOf({ image: 0, position }, picture, shuffle, { seed: 7, epoch: 1, step: 0, totalSteps: 10 });
    expect(caption(3)).toBe(caption(3));
    expect(new Set(Array.from({ length: 50 }, (_, i) => caption(i))).size).toBeGreaterThan(10);
    expect(caption(3).split(', ').sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('the arithmetic of steps', () => {
  const images = [square(7), wide(3)]; // by 2: 4 + 2 batches

  test('counts batches by bucket, then accumulation, then epochs', () => {
    expect(planSteps(images, { batchSize: 2, accumulation: 1 }, { kind: 'epochs', epochs: 10 })).toEqual({
      trainingSamples: 10,
      regularisationSamples: 0,
      batchesPerEpoch: 6,
      stepsPerEpoch: 6,
      epochs: 10,
      totalSteps: 60,
    });
    const accumulated = planSteps(images, { batchSize: 2, accumulation: 4 }, { kind: 'epochs', epochs: 10 });
    expect([accumulated.stepsPerEpoch, accumulated.totalSteps]).toEqual([2, 20]);
  });

  test('finds the epochs that a number of steps takes', () => {
    const plan = planSteps(images, { batchSize: 1, accumulation: 1 }, { kind: 'steps', steps: 25 });
    expect([plan.stepsPerEpoch, plan.epochs, plan.totalSteps]).toEqual([10, 3, 25]);
  });

  test('counts regularisation samples as batches too', () => {
    const plan = planSteps(
      [square(10), regularisation()],
      { batchSize: 1, accumulation: 1 },
      { kind: 'epochs', epochs: 1 },
    );
    expect([plan.trainingSamples, plan.regularisationSamples, plan.totalSteps]).toEqual([10, 10, 20]);
  });
});
