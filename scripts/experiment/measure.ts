/**
 * What prior preservation does, as numbers. Distances are root mean squares (scripts/demo/measure.ts), in pixels or latents.
 */
import { assert, must } from '../../trainer/base/errors.ts';
import { nearest, rootMeanSquare } from '../../trainer/metrics/neighbours.ts';
import type { Described, Space } from '../demo/measure.ts';

/** Pictures of one model, in the order of the same seeds. */
export interface Samples {
  /** Of the subject's prompt. */
  readonly subject: readonly Described[];
  /** Of the class's prompt. */
  readonly kind: readonly Described[];
}

export interface Effect {
  /** Mean distance of the subject's samples to the nearest picture of the subject: low is alike. */
  readonly subjectDistance: number;
  /** Mean distance of the class's samples to those of the untrained model with the same seed: low is kept. */
  readonly classDrift: number;
  /** Mean distance of the class's samples to the nearest picture of the subject: where it falls, the subject leaks into its class. */
  readonly classDistance: number;
  /** Mean distance of the class's samples to each other: where it falls, all of them look alike. */
  readonly classDiversity: number;
}

export function effectOf(samples: Samples, base: Samples, pictures: readonly Described[], space: Space): Effect {
  assert(samples.kind.length === base.kind.length, 'samples of other seeds than the untrained model has');
  const known = pictures.map((one) => one[space]);
  const toNearest = (one: Described): number => {
    const [found] = nearest(one[space], known, 1);
    return Math.sqrt(must(found, 'a picture of the subject').distance / one[space].length);
  };
  const pairs = samples.kind.flatMap((one, index) =>
    samples.kind.slice(index + 1).map((other) => [one, other] as const),
  );
  return {
    subjectDistance: mean(samples.subject.map(toNearest)),
    classDrift: mean(
      samples.kind.map((one, index) => rootMeanSquare(one[space], must(base.kind[index], 'a sample')[space])),
    ),
    classDistance: mean(samples.kind.map(toNearest)),
    classDiversity: mean(pairs.map(([one, other]) => rootMeanSquare(one[space], other[space]))),
  };
}

/** 0 where there is nothing to take the mean of. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Half the distance between the largest and the smallest: with two or three seeds, no deviation says more. */
export const spread = (values: readonly number[]): number => (Math.max(...values) - Math.min(...values)) / 2;
