/**
 * Takes optimizer steps: runs the optimizer's graph once for each part of the parameters, at the part's learning rate,
 * and keeps its state, the moving average of the parameters among it.
 */
import { must } from '../base/errors.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import type { Executor, Program } from '../exec/executor.ts';
import { averageScalars, movingAverage } from '../optim/average.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { viewOf, type ParameterLayout, type PartStretch } from '../optim/parameters.ts';
import type { Rates } from './learning-rates.ts';

/** By the name of the state, f32 [layout.size] each; `average` where an average is kept. */
export type OptimizerState = Readonly<Record<string, Float32Array>>;

export interface OptimizerStep {
  /** The first is 1. */
  readonly step: number;
  readonly rates: Rates;
  /** What the gradient is multiplied with first. */
  readonly gradientScale: number;
  /** Parts that stay as they are, with their state, as PyTorch has it of parameters without a gradient. */
  readonly stopped?: ReadonlySet<string>;
}

export interface OptimizerRun extends AsyncDisposable {
  readonly state: OptimizerState;
  /** Changes `values` and the state. Entries that are not in `reached` stay as they are, as PyTorch has it. */
  apply(values: Float32Array, gradient: Float32Array, step: OptimizerStep): Promise<void>;
}

export interface OptimizerRunOptions {
  readonly layout: ParameterLayout;
  /** The entries that the loss depends on, by name. */
  readonly reached: { readonly has: (name: string) => boolean };
  /** The state to go on from, which is taken over and changed; zeros without it. */
  readonly start?: OptimizerState;
  /** Keeps a moving average with this decay, which starts from `values`. */
  readonly average?: { readonly decay: number; readonly values: Float32Array };
}

const AVERAGE = 'average';

export async function openOptimizer(
  executor: Executor,
  optimizer: Optimizer,
  { layout, reached, start = {}, average }: OptimizerRunOptions,
): Promise<OptimizerRun> {
  const program = await executor.compile(optimizer.graph);
  const averaging = average === undefined ? undefined : await executor.compile(movingAverage());
  const moments = Object.fromEntries(
    optimizer.stateNames.map((name) => [name, start[name] ?? new Float32Array(layout.size)]),
  );
  const mean = average === undefined ? undefined : (start[AVERAGE] ?? average.values.slice());
  const untouched = layout.entries.filter(({ name }) => !reached.has(name));

  const applyTo = async (
    { part, ...stretch }: PartStretch,
    values: Float32Array,
    gradient: Float32Array,
    step: OptimizerStep,
  ): Promise<void> => {
    const learningRate = must(step.rates[part], `the learning rate of ${part}`);
    const scalars = optimizer.scalars({ ...step, learningRate });
    await replace(program, { ...moments, parameter: values }, stretch, { gradient }, scalars);
  };

  return {
    state: mean === undefined ? moments : { ...moments, [AVERAGE]: mean },
    apply: async (values, gradient, step) => {
      const before = untouched.map((entry) => viewOf(values, entry).slice());
      for (const stretch of layout.parts) {
        if (step.stopped?.has(stretch.part) !== true) await applyTo(stretch, values, gradient, step);
      }
      for (const [index, entry] of untouched.entries()) {
        viewOf(values, entry).set(must(before[index], 'the values before'));
      }
      if (average === undefined || averaging === undefined || mean === undefined) return;
      const scalars = averageScalars(average.decay, step.step);
      for (const stretch of layout.parts) {
        await replace(averaging, { [AVERAGE]: mean }, stretch, { parameter: values }, scalars);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      await averaging?.[Symbol.asyncDispose]();
    },
  };
}

type Stretch = Pick<PartStretch, 'offset' | 'size'>;

const cut = (whole: Float32Array, { offset, size }: Stretch): F32Tensor =>
  f32([size], whole.subarray(offset, offset + size));

/** Numbers that go through the program at once: few enough that the vectors between its ops stay in the processor's cache. */
const AT_ONCE = 2 ** 17;

/** Feeds a stretch of each vector, and puts what the program makes of it in its place. Every number goes its own way. */
async function replace(
  program: Program,
  vectors: Readonly<Record<string, Float32Array>>,
  stretch: Stretch,
  inputs: Readonly<Record<string, Float32Array>>,
  scalars: Readonly<Record<string, F32Tensor>> = {},
): Promise<void> {
  const end = stretch.offset + stretch.size;
  for (let offset = stretch.offset; offset < end; offset += AT_ONCE) {
    const piece = { offset, size: Math.min(AT_ONCE, end - offset) };
    const fed = Object.entries({ ...vectors, ...inputs }).map(([name, vector]) => [name, cut(vector, piece)] as const);
    const results = await program.run({ ...scalars, ...Object.fromEntries(fed) });
    for (const [name, vector] of Object.entries(vectors)) {
      vector.set(must(results[name], `the new ${name}`).data, offset);
    }
  }
}
