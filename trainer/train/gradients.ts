/**
 * The gradients of several passes as one vector in the parameters' layout.
 */
import { must } from '../base/errors.ts';
import type { Fetches } from '../exec/executor.ts';
import { viewOf, type ParameterLayout } from '../optim/parameters.ts';
import { gradientName, STEP_OUTPUTS, type StepGraph } from './step-graph.ts';

/**
 * The gradients of a pass, added to those of the passes before it, f32 [layout.size]. Entries that the loss does not
 * depend on have 0.
 *
 * @param before is changed; without it the pass is the first
 */
export function addGradients(
  before: Float32Array | undefined,
  layout: ParameterLayout,
  step: Pick<StepGraph, 'parameters'>,
  results: Fetches,
): Float32Array {
  const sum = before ?? new Float32Array(layout.size);
  for (const entry of layout.entries) {
    if (!step.parameters.has(entry.name)) continue;
    const gradient = must(results[gradientName(entry.name)], `the gradient of ${entry.name}`).data;
    const stretch = viewOf(sum, entry);
    if (before === undefined) {
      stretch.set(gradient);
      continue;
    }
    for (let index = 0; index < stretch.length; index++) {
      stretch[index] = (stretch[index] as number) + (gradient[index] as number);
    }
  }
  return sum;
}

export const lossOf = (results: Fetches): number => must(results[STEP_OUTPUTS.loss]?.data[0], 'the loss');
