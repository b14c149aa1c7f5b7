/**
 * Exponential moving average (EMA) of what is trained.
 *
 * Source: Polyak and Juditsky 1992; how the decay rises at the start is diffusers' (`EMAModel.get_decay`, without
 * warm-up). Checked against it: test/golden/finetune.test.ts.
 */
import { assert } from '../base/errors.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import { createBuilder } from '../graph/builder.ts';
import { symbol } from '../graph/dims.ts';
import type { Graph } from '../graph/graph.ts';

/**
 *     average' = average - share·(average - parameter)
 *
 * Inputs `average` and `parameter`, output `average`, f32 [N] each; `share` f32 [1], as `averageScalars` gives it.
 */
export function movingAverage(): Graph {
  const g = createBuilder();
  const average = g.input('average', [symbol('N')]);
  const parameter = g.input('parameter', [symbol('N')]);
  const share = g.input('share', [1]);
  return g.finish({ average: g.sub(average, g.mul(g.sub(average, parameter), share)) });
}

/**
 * share = 1 - min(decay, step / (step + 9)), and 1 at the first step: an average of few steps forgets faster, so that it
 * does not remember the random numbers that training started from.
 *
 * @param decay 0 to below 1: 0.999 is a mean over about 1000 steps
 * @param step  the first is 1
 */
export function averageScalars(decay: number, step: number): Readonly<Record<'share', F32Tensor>> {
  assert(decay >= 0 && decay < 1 && step >= 1, `an average with decay ${decay} at step ${step}`);
  return { share: f32([1], [step === 1 ? 1 : 1 - Math.min(decay, step / (step + 9))]) };
}
