/**
 * What a LoRA did, as numbers: how near its pictures of the subject come to the pictures that it was trained on, and how
 * far pictures of other things moved.
 *
 * A distance is the root mean square of a difference: of pixels, 0 (black) to 1 (white), and of the autoencoder's
 * latents, whose deviation over many pictures is about 1.
 */
import { assert, must } from '../../trainer/base/errors.ts';
import type { Picture } from '../../trainer/base/ports.ts';
import { nearest, rootMeanSquare } from '../../trainer/metrics/neighbours.ts';

export interface Described {
  readonly picture: Picture;
  /** f32 [H · W · 3], 0 … 1 */
  readonly pixels: Float32Array;
  /** f32 [C · h · w], as the UNet has them */
  readonly latents: Float32Array;
}

export const SPACES = ['pixels', 'latents'] as const;
export type Space = (typeof SPACES)[number];

export interface Measured {
  /** Mean distance of the subject's pictures to the nearest of the dataset. */
  readonly before: number;
  readonly after: number;
  /** The same of each picture of the dataset to the others: what "near" is. */
  readonly among: number;
  /** Mean distance from before to after, one seed beside the same seed. */
  readonly subjectMoved: number;
  readonly othersMoved: number;
  /** One number for each of the others. */
  readonly eachMoved: readonly number[];
}

export interface ToMeasure {
  readonly dataset: readonly Described[];
  /** The subject's pictures first, as many as `subjects`. */
  readonly before: readonly Described[];
  readonly after: readonly Described[];
  readonly subjects: number;
}

export function measure({ dataset, before, after, subjects }: ToMeasure, space: Space): Measured {
  assert(before.length === after.length, `${before.length} pictures before and ${after.length} after`);
  const known = dataset.map((one) => one[space]);
  const moved = before.map((one, index) => rootMeanSquare(one[space], must(after[index], 'a picture')[space]));
  const eachMoved = moved.slice(subjects);
  const distances = (pictures: readonly Described[]): readonly number[] =>
    pictures.slice(0, subjects).map((one) => distanceToNearest(one[space], known));
  return {
    before: mean(distances(before)),
    after: mean(distances(after)),
    among: mean(
      known.map((one) =>
        distanceToNearest(
          one,
          known.filter((other) => other !== one),
        ),
      ),
    ),
    subjectMoved: mean(moved.slice(0, subjects)),
    othersMoved: mean(eachMoved),
    eachMoved,
  };
}

function distanceToNearest(one: Float32Array, candidates: readonly Float32Array[]): number {
  const [found] = nearest(one, candidates, 1);
  return Math.sqrt(must(found, 'a candidate').distance / one.length);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether it went as it should: the subject came nearer, and moved more than all else. */
export const isLearned = ({ before, after, subjectMoved, othersMoved }: Measured): boolean =>
  after < before && othersMoved < subjectMoved;

export interface ReportOptions {
  readonly trigger: string;
  readonly others: readonly string[];
}

/** The numbers for people, a line each, and what they say. */
export function reportLines(
  measured: Readonly<Record<Space, Measured>>,
  { trigger, others }: ReportOptions,
): readonly string[] {
  const { pixels, latents } = measured;
  const width = Math.max(...[trigger, ...others].map((prompt) => prompt.length)) + 4;
  const row = (label: string, ...values: readonly number[]): string =>
    `  ${label.padEnd(width)}${values.map((value) => value.toFixed(3).padStart(8)).join('')}`;
  const head = (...titles: readonly string[]): string =>
    `  ${''.padEnd(width)}${titles.map((title) => title.padStart(8)).join('')}`;
  return [
    'Distance to the nearest of the pictures that were learned:',
    head('pixels', 'latents'),
    row(`"${trigger}" before`, pixels.before, latents.before),
    row(`"${trigger}" after`, pixels.after, latents.after),
    row('these pictures themselves', pixels.among, latents.among),
    'Change from before to after, seed by seed:',
    row(`"${trigger}"`, pixels.subjectMoved, latents.subjectMoved),
    ...others.map((prompt, index) => row(`"${prompt}"`, pixels.eachMoved[index] ?? 0, latents.eachMoved[index] ?? 0)),
    ...SPACES.map((space) => sentence(space, measured[space], trigger)),
  ];
}

function sentence(space: Space, measured: Measured, trigger: string): string {
  const { before, after, subjectMoved, othersMoved } = measured;
  const share = (part: number, whole: number): string => `${Math.round((100 * part) / whole)} %`;
  const nearer = after < before ? `came nearer, to ${share(after, before)} of where it was` : 'did not come nearer';
  const kept = `prompts without it moved ${share(othersMoved, subjectMoved)} as far as it did`;
  const verdict = isLearned(measured) ? '' : ' That is not what a LoRA is for: it has not learned its subject.';
  return `In ${space}, "${trigger}" ${nearer}; ${kept}.${verdict}`;
}
