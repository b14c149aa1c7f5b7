/**
 * Nearest neighbours among feature vectors, and distances between them.
 */
import { assert } from '../base/errors.ts';

export interface Neighbour {
  /** Its place among the candidates. */
  readonly index: number;
  /** |query − candidate|² */
  readonly distance: number;
}

/** Numbers that are summed before it is asked whether the candidate can still be among the nearest. */
const STRIDE = 64;

/**
 * The nearest candidates, nearest first; of equally near ones the earlier.
 *
 * @param query       f32 [D]
 * @param candidates  f32 [D] each
 * @param count       how many; fewer come where there are fewer candidates
 */
export function nearest(query: Float32Array, candidates: readonly Float32Array[], count: number): readonly Neighbour[] {
  const found: Neighbour[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const limit = found.length < count ? Infinity : (found.at(-1) as Neighbour).distance;
    const distance = distanceUpTo(query, candidate, limit);
    if (distance >= limit) continue;
    const place = found.findIndex((other) => other.distance > distance);
    found.splice(place < 0 ? found.length : place, 0, { index, distance });
    if (found.length > count) found.pop();
  }
  return found;
}

/** |a − b|², or any number that is not below the limit once that is certain. */
function distanceUpTo(a: Float32Array, b: Float32Array, limit: number): number {
  assert(a.length === b.length, `features of ${a.length} and ${b.length} numbers`);
  let sum = 0;
  for (let start = 0; start < a.length && sum < limit; start += STRIDE) {
    const end = Math.min(a.length, start + STRIDE);
    for (let i = start; i < end; i++) {
      const difference = (a[i] as number) - (b[i] as number);
      sum += difference * difference;
    }
  }
  return sum;
}

/** √(mean of (a − b)²) */
export const rootMeanSquare = (a: Float32Array, b: Float32Array): number =>
  a.length === 0 ? 0 : Math.sqrt(distanceUpTo(a, b, Infinity) / a.length);

export interface Retrieval {
  /** Share of the queries whose nearest candidate has their label. */
  readonly top1: number;
  /** Share of the queries of whose five nearest candidates one or more has their label. */
  readonly top5: number;
}

const FEW = 5;

/**
 * @param labelled   of each query the places of its nearest candidates, nearest first, five or all
 * @param isMatch    whether the candidate at a place has the label of the query at a place
 */
export function retrieval(
  labelled: readonly (readonly Neighbour[])[],
  isMatch: (query: number, candidate: number) => boolean,
): Retrieval {
  const share = (among: number): number => {
    const hits = labelled.filter((neighbours, query) =>
      neighbours.slice(0, among).some(({ index }) => isMatch(query, index)),
    );
    return labelled.length === 0 ? 0 : hits.length / labelled.length;
  };
  return { top1: share(1), top5: share(FEW) };
}

/** Candidates that `retrieval` looks at. */
export const LOOKED_AT = FEW;

/** Pictures of other prompts that each is compared with. */
const OTHERS = 8;

/**
 * How far two pictures of one prompt lie apart, in units of how far pictures of different prompts do: 0, all seeds give
 * the same; 1, the prompt says nothing.
 *
 * @param prompts the features of each prompt's pictures, one or more; f32 [D] each
 * @returns undefined where no prompt has two pictures, or there is but one prompt, or all are alike
 */
export function seedVariety(prompts: readonly (readonly Float32Array[])[]): number | undefined {
  const within = prompts.flatMap((pictures) =>
    pictures.flatMap((one, index) => pictures.slice(index + 1).map((other) => rootMeanSquare(one, other))),
  );
  const between: number[] = [];
  const steps = Math.min(OTHERS, prompts.length - 1);
  for (const [place, [one]] of prompts.entries()) {
    for (let step = 1; step <= steps; step++) {
      // Spread over all prompts, since neighbours may be two styles of one concept.
      const [other] = prompts[(place + Math.floor((step * prompts.length) / (steps + 1))) % prompts.length] ?? [];
      if (one !== undefined && other !== undefined) between.push(rootMeanSquare(one, other));
    }
  }
  const apart = average(between);
  return within.length === 0 || !(apart > 0) ? undefined : average(within) / apart;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
