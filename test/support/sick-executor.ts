/** Executors that go wrong at a chosen moment, for tests of runs that diverge. */
import type { Executor, Fetches } from '../../trainer/exec/executor.ts';
import { f32 } from '../../trainer/base/tensor.ts';

/** Gives NaN as the loss of one pass of the training. */
export const withNaNLoss = (executor: Executor, atPass: number): Executor =>
  spoiled(executor, 'loss', atPass, (results) => ({ ...results, loss: f32([], [Number.NaN]) }));

/** One optimizer step makes an infinite number of a weight: the loss tells only a step later. */
export const withInfiniteWeight = (executor: Executor, atStep: number): Executor =>
  spoiled(executor, 'parameter', atStep, (results) => {
    results['parameter']?.data.fill(Number.POSITIVE_INFINITY, 0, 1);
    return results;
  });

/** Changes what the programs with that output give the `count`th time. */
const spoiled = (
  executor: Executor,
  output: string,
  count: number,
  change: (results: Fetches) => Fetches,
): Executor => ({
  name: executor.name,
  compile: async (graph, options) => {
    const program = await executor.compile(graph, options);
    if (!graph.outputs.has(output)) return program;
    let runs = 0;
    return {
      run: async (feeds) => {
        const results = await program.run(feeds);
        return ++runs === count ? change(results) : results;
      },
      [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
    };
  },
});
