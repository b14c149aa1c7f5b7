/**
 * Exponential moving average (EMA) of what is trained.
 *
 * Source: Polyak and Juditsky 1992; with a fixed decay as diffusers' EMAModel without warm-up. Checked against it:
 * test/golden/full/finetune.json.
 */
import { assert } from '../base/errors.ts';
import { createBuilder } from '../graph/builder.ts';
import { symbol } from '../graph/dims.ts';
import type { Graph } from '../graph/graph.ts';

/**
 *     average' = average - (1 - decay)·(average - parameter)
 *
 * Inputs `average` and `parameter`, output `average`, f32 [N] each. The average starts from the parameters, not from 0.
 *
 * @param decay 0 to below 1: 0.999 is a mean over about 1000 steps
 */
export function movingAverage(decay: number): Graph {
  assert(decay >= 0 && decay < 1, `an average with decay ${decay}`);
  const g = createBuilder();
  const average = g.input('average', [symbol('N')]);
  const parameter = g.input('parameter', [symbol('N')]);
  return g.finish({ average: g.sub(average, g.mul(g.sub(average, parameter), 1 - decay)) });
}
