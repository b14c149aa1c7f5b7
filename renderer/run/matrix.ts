/** Samples as a table of prompts and steps. */
import type { RunSample } from '../../trainer/api/rpc/index.ts';

export interface Matrix {
  readonly steps: readonly number[];
  readonly rows: readonly {
    readonly promptIndex: number;
    readonly prompt: string;
    /** One for each step; a prompt that was added later has none for the steps before. */
    readonly cells: readonly (RunSample | undefined)[];
  }[];
}

export function matrixOf(samples: readonly RunSample[]): Matrix {
  const steps = [...new Set(samples.map(({ step }) => step))].sort((one, other) => one - other);
  const indexes = [...new Set(samples.map(({ promptIndex }) => promptIndex))].sort((one, other) => one - other);
  const rows = indexes.map((promptIndex) => {
    const own = samples.filter((sample) => sample.promptIndex === promptIndex);
    return {
      promptIndex,
      prompt: own.at(-1)?.prompt ?? '',
      cells: steps.map((step) => own.find((sample) => sample.step === step)),
    };
  });
  return { steps, rows };
}
