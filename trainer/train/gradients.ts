/**
 * The gradients of several passes as one vector in the parameters' layout.
 */
import { must } from '../base/errors.ts';
import type { Fetches } from '../exec/executor.ts';
import { viewOf, type ParameterLayout } from '../optim/parameters.ts';
import { gradientName, STEP_OUTPUTS, type StepGraph } from './step-graph.ts';

/**
 * The gradients of a pass into `sum`, f32 [layout.size]: those of a step's first pass in the place of what was there,
 * those of the others added. Entries that have none are left alone.
 */
export function sumGradients(
  sum: Float32Array,
  layout: ParameterLayout,
  step: Pick<StepGraph, 'learning'>,
  results: Fetches,
  isFirst: boolean,
): void {
  for (const entry of layout.entries) {
    if (!step.learning.has(entry.name)) continue;
    const gradient = must(results[gradientName(entry.name)], `the gradient of ${entry.name}`).data;
    const stretch = viewOf(sum, entry);
    if (isFirst) {
      stretch.set(gradient);
      continue;
    }
    for (let index = 0; index < stretch.length; index++) {
      stretch[index] = (stretch[index] as number) + (gradient[index] as number);
    }
  }
}

export const lossOf = (results: Fetches): number => must(results[STEP_OUTPUTS.loss]?.data[0], 'the loss');
