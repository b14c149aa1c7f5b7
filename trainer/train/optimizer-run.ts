/**
 * Takes optimizer steps: runs the optimizer's graph once for each part of the parameters, at the part's learning rate, and
 * keeps its state.
 */
import { must } from '../base/errors.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import type { Executor } from '../exec/executor.ts';
import { viewOf, type ParameterLayout } from '../optim/parameters.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import type { Rates } from './learning-rates.ts';

/** By the name of the state, f32 [layout.size] each. */
export type OptimizerState = Readonly<Record<string, Float32Array>>;

export interface OptimizerStep {
  /** The first is 1. */
  readonly step: number;
  readonly rates: Rates;
  /** What the gradient is multiplied with first. */
  readonly gradientScale: number;
}

export interface OptimizerRun extends AsyncDisposable {
  readonly state: OptimizerState;
  /** Changes `values` and the state. Entries that are not in `reached` stay as they are, as PyTorch has it. */
  apply(values: Float32Array, gradient: Float32Array, step: OptimizerStep): Promise<void>;
}

/**
 * @param reached the entries that the loss depends on, by name
 * @param start   the state to go on from; zeros without it
 */
export async function openOptimizer(
  executor: Executor,
  optimizer: Optimizer,
  layout: ParameterLayout,
  reached: { readonly has: (name: string) => boolean },
  start?: OptimizerState,
): Promise<OptimizerRun> {
  const program = await executor.compile(optimizer.graph);
  const state = Object.fromEntries(
    optimizer.stateNames.map((name) => [name, Float32Array.from(start?.[name] ?? new Float32Array(layout.size))]),
  );
  const untouched = layout.entries.filter(({ name }) => !reached.has(name));
  return {
    state,
    apply: async (values, gradient, step) => {
      const before = untouched.map((entry) => viewOf(values, entry).slice());
      for (const { part, offset, size } of layout.parts) {
        const stretch = (whole: Float32Array): F32Tensor => f32([size], whole.subarray(offset, offset + size));
        const learningRate = must(step.rates[part], `the learning rate of ${part}`);
        const results = await program.run({
          ...optimizer.scalars({ ...step, learningRate }),
          ...Object.fromEntries(Object.entries(state).map(([name, vector]) => [name, stretch(vector)])),
          parameter: stretch(values),
          gradient: stretch(gradient),
        });
        for (const [name, whole] of Object.entries({ ...state, parameter: values })) {
          whole.set(must(results[name], `the new ${name}`).data, offset);
        }
      }
      for (const [index, entry] of untouched.entries()) {
        viewOf(values, entry).set(must(before[index], 'the values before'));
      }
    },
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}
