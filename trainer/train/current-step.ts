/** The compiled step of the moment: compiled anew, without what has stopped, when a part of the parameters stops. */
import type { Bindings } from '../graph/dims.ts';
import type { ParameterLayout } from '../optim/parameters.ts';
import type { MethodStep, OpenMethod } from './method.ts';

export interface CurrentStep extends AsyncDisposable {
  /** @param done optimizer steps done; never fewer than the time before */
  at(done: number): Promise<MethodStep>;
}

export function currentStep(
  method: Pick<OpenMethod, 'compile'>,
  { entries }: ParameterLayout,
  largest: Bindings,
  stoppedAt: (done: number) => ReadonlySet<string>,
): CurrentStep {
  const partOf = new Map(entries.map(({ name, part }) => [name, part]));
  let step: MethodStep | undefined;
  let without: ReadonlySet<string> | undefined;
  return {
    at: async (done) => {
      const stopped = stoppedAt(done);
      if (step !== undefined && stopped === without) return step;
      // One at a time: two would need the memory of both.
      await step?.[Symbol.asyncDispose]();
      step = undefined;
      without = stopped;
      step = await method.compile(largest, (entry) => stopped.has(partOf.get(entry) ?? ''));
      return step;
    },
    [Symbol.asyncDispose]: async () => step?.[Symbol.asyncDispose](),
  };
}
