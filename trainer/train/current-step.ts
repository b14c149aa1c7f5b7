/** The compiled step of the moment: compiled anew, without what has stopped, when a part of the parameters stops. */
import type { Report } from '../api/events.ts';
import type { Bindings } from '../graph/dims.ts';
import type { ParameterLayout } from '../optim/parameters.ts';
import type { MethodStep, OpenMethod } from './method.ts';

export interface CurrentStep extends AsyncDisposable {
  /** @param done optimizer steps done; never fewer than the time before */
  at(done: number): Promise<MethodStep>;
}

export interface CurrentStepOptions {
  readonly method: Pick<OpenMethod, 'compile'>;
  readonly layout: ParameterLayout;
  readonly largest: Bindings;
  readonly stoppedAt: (done: number) => ReadonlySet<string>;
  readonly report: Report;
}

export function currentStep({ method, layout, largest, stoppedAt, report }: CurrentStepOptions): CurrentStep {
  const partOf = new Map(layout.entries.map(({ name, part }) => [name, part]));
  let step: MethodStep | undefined;
  let without: ReadonlySet<string> | undefined;
  const compile = (stopped: ReadonlySet<string>): Promise<MethodStep> =>
    method.compile(largest, (entry) => stopped.has(partOf.get(entry) ?? ''));
  return {
    at: async (done) => {
      const stopped = stoppedAt(done);
      if (step !== undefined && stopped === without) return step;
      const isFirst = step === undefined;
      // One at a time: two would need the memory of both.
      await step?.[Symbol.asyncDispose]();
      step = undefined;
      without = stopped;
      if (isFirst) return (step = await compile(stopped));
      report({ kind: 'state', state: 'loading', message: 'Building the training graph without what has stopped' });
      step = await compile(stopped);
      report({ kind: 'state', state: 'training', message: 'Training goes on' });
      return step;
    },
    [Symbol.asyncDispose]: async () => step?.[Symbol.asyncDispose](),
  };
}
