/**
 * Whether the claims of the paper hold in the numbers of the experiment (Ruiz et al. 2022, arXiv:2208.12242, sections 3.2
 * and 4.3): the subject is learned; prior preservation reduces the drift of its class and the loss of its diversity.
 */
import { must } from '../../trainer/base/errors.ts';
import { SPACES, type Space } from '../demo/measure.ts';
import { mean, spread, type Effect } from './measure.ts';
import type { ArmResult } from './report.ts';

export interface Outcome {
  readonly untrained: ArmResult;
  /** Trained without any way to keep the class; undefined: that arm was left out. */
  readonly without: ArmResult | undefined;
  /** Trained with one. */
  readonly kept: readonly ArmResult[];
}

/** A line for each claim, arm and space; of two arms alone when both were trained. */
export function claimLines({ untrained, without, kept }: Outcome): readonly string[] {
  const trained = without === undefined ? kept : [without, ...kept];
  return SPACES.flatMap((space) => [
    ...trained.map((arm) => lineOf('the subject is learned', 'subjectDistance', 'less', arm, untrained, space)),
    ...(without === undefined
      ? []
      : kept.flatMap((arm) => [
          lineOf('the class drifts less', 'classDrift', 'less', arm, without, space),
          lineOf('the class stays more diverse', 'classDiversity', 'more', arm, without, space),
        ])),
  ]);
}

function lineOf(
  claim: string,
  measure: keyof Effect,
  wanted: 'less' | 'more',
  arm: ArmResult,
  beside: ArmResult,
  space: Space,
): string {
  const [those, these] = [numbersOf(arm, measure, space), numbersOf(beside, measure, space)];
  const figures = `${mean(those).toFixed(3)}; ${beside.arm}: ${mean(these).toFixed(3)}`;
  return `${arm.arm}, in ${space}: ${claim}: ${verdict(those, these, wanted)} (${figures}).`;
}

/** Between means that lie no further apart than the seeds of both do, nothing is said. */
function verdict(those: readonly number[], these: readonly number[], wanted: 'less' | 'more'): string {
  const difference = mean(those) - mean(these);
  if (Math.abs(difference) <= spread(those) + spread(these)) return 'too close to tell';
  return difference < 0 === (wanted === 'less') ? 'yes' : 'no';
}

function numbersOf({ effects }: ArmResult, measure: keyof Effect, space: Space): readonly number[] {
  must(effects[0], 'an effect');
  return effects.map((effect) => effect[space][measure]);
}
