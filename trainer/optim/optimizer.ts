/**
 * What an optimizer is: a graph from (parameter, gradient, state, scalars) to (parameter', state'), all parameters of a
 * group as one flat vector. Being a graph, it runs on every executor and is checked against the reference one.
 */
import { f32, type F32Tensor } from '../base/tensor.ts';
import { symbol } from '../graph/dims.ts';
import type { Builder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/graph.ts';

export interface StepSettings {
  /** The first step is 1. */
  readonly step: number;
  readonly learningRate: number;
  /** What the gradient is multiplied with first: the clipping factor, 1/accumulated micro-steps, ... */
  readonly gradientScale: number;
}

/**
 * The graph's inputs and outputs are f32 [N]: inputs `parameter`, `gradient` and each of `stateNames` (zeros before the
 * first step); outputs `parameter` and each of `stateNames`. Further inputs are what `scalars` gives, f32 [1].
 */
export interface Optimizer {
  readonly graph: Graph;
  readonly stateNames: readonly string[];
  scalars(settings: StepSettings): Readonly<Record<string, F32Tensor>>;
}

/** The vectors and scalars that every optimizer has. */
export interface OptimizerInputs {
  readonly parameter: Value;
  /** Already scaled. */
  readonly gradient: Value;
  readonly vector: (name: string) => Value;
  readonly scalar: (name: string) => Value;
}

export function optimizerInputs(g: Builder): OptimizerInputs {
  const vector = (name: string): Value => g.input(name, [symbol('N')]);
  const scalar = (name: string): Value => g.input(name, [1]);
  return {
    parameter: vector('parameter'),
    gradient: g.mul(vector('gradient'), scalar('gradientScale')),
    vector,
    scalar,
  };
}

export const scalarFeeds = (numbers: Readonly<Record<string, number>>): Record<string, F32Tensor> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, f32([1], [value])]));
