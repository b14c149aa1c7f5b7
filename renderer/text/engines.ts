/** Words about what computes. */
import type { CallOutput } from '../../trainer/api/rpc/index.ts';

type EngineTrial = CallOutput<'app.engines'>['engines'][number];

/** Under an engine in a list. One that was not tried is not there on this system. */
export function whyNot(trial: Pick<EngineTrial, 'bundled' | 'reason'> | undefined): string {
  if (trial === undefined) return 'Not for this system.';
  const reason = `${trial.reason ?? 'It does not work here'}.`;
  return trial.bundled ? reason : `${reason} It needs a library that is not included.`;
}
