/**
 * Samples of several runs side by side: for each prompt that any of them drew, the picture of each run whose step is
 * nearest to the wanted one.
 */
import type { RunSample } from '../../trainer/api/rpc/index.ts';

export interface AlignedRow {
  readonly prompt: string;
  /** One for each run; a run that never drew the prompt has none. */
  readonly cells: readonly (RunSample | undefined)[];
}

type Samples = readonly RunSample[];

/** Every step at which a run drew, rising. */
export const sampledSteps = (runs: readonly Samples[]): readonly number[] =>
  [...new Set(runs.flatMap((samples) => samples.map(({ step }) => step)))].sort((one, other) => one - other);

export function alignedAt(runs: readonly Samples[], step: number): readonly AlignedRow[] {
  const named = runs.map(samplesByPrompt);
  const prompts = new Set(named.flatMap((samples) => [...samples.keys()]));
  return [...prompts].map((prompt) => {
    const cells = named.map((samples) => nearest(samples.get(prompt) ?? [], step));
    return { prompt: cells.find((cell) => cell !== undefined)?.prompt ?? '', cells };
  });
}

/** A prompt that stands twice in a file is two prompts: the second time it has another seed. */
function samplesByPrompt(samples: Samples): ReadonlyMap<string, Samples> {
  const seen = new Map<string, number>();
  const named = new Map<string, RunSample[]>();
  for (const sample of samples) {
    const atStep = `${sample.step} ${sample.prompt}`;
    const time = seen.get(atStep) ?? 0;
    seen.set(atStep, time + 1);
    const key = `${sample.prompt} ${time}`;
    named.set(key, [...(named.get(key) ?? []), sample]);
  }
  return named;
}

/** Of two that are as near, the earlier: a run is not shown better than it was. */
const nearest = (samples: Samples, step: number): RunSample | undefined =>
  samples.reduce<RunSample | undefined>(
    (best, sample) => (best === undefined || Math.abs(sample.step - step) < Math.abs(best.step - step) ? sample : best),
    undefined,
  );
