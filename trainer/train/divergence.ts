/**
 * The end of a run whose loss or weights are no finite numbers any more: keeps what was good, and says what to change.
 */
import { UserError } from '../base/errors.ts';
import { ADVICE, adviceAtFirst } from './advice.ts';
import type { OpenRun, Run } from './run-actions.ts';
import { stepName } from './saves.ts';

/**
 * The step that failed has changed nothing yet; the ones before may have, where a rate is far too high. So what they made
 * is saved, but beside an older state, never in its place.
 */
export async function divergence(run: Run, done: number, epoch: number): Promise<UserError> {
  if (done === 0) return neverFinite(run);
  const what = `The training diverged: the loss of step ${done + 1} is not a finite number`;
  const hasState = await hasStateOf(run);
  const savesNothing = done === run.doneBefore || !run.values.every(Number.isFinite);
  if (savesNothing) return diverged(run, done + 1, { what: `${what}. ${keptBefore(hasState)}`, hasState });
  if (!hasState) await run.saveState(done);
  const saved = await run.save(stepName(run.job.output_name, done), { step: done, epoch });
  const trained = `What was trained until step ${done} is saved`;
  const older = hasState ? ', the state of the save before it stays' : '';
  return diverged(run, done + 1, { what: `${what}. ${trained}${older}`, hasState, saved });
}

/** @throws {UserError} run/diverged if a number that is to be saved after `step` is not finite */
export async function requireFinite(run: OpenRun, weights: Float32Array, step: number): Promise<void> {
  if (weights.every(Number.isFinite)) return;
  const hasState = await hasStateOf(run);
  const what = `The training diverged: after step ${step} some weights are not finite numbers. ${keptBefore(hasState)}`;
  throw diverged(run, step, { what, hasState });
}

const hasStateOf = async ({ machine, places }: OpenRun): Promise<boolean> =>
  (await machine.files.status(places.state)) !== undefined;

const keptBefore = (hasState: boolean): string =>
  hasState ? 'What was saved before stays as it is' : 'Nothing was saved before';

interface Words {
  readonly what: string;
  readonly hasState: boolean;
  readonly saved?: string;
}

function diverged({ job, places }: OpenRun, step: number, { what, hasState, saved }: Words): UserError {
  const again = hasState ? 'start anew or go on from the last saved state with --resume' : 'start anew';
  return new UserError({
    code: 'run/diverged',
    what,
    where: places.folder,
    fix: `${ADVICE[job.method].diverged}, and ${again}.`,
    details: { step, ...(saved === undefined ? {} : { saved }) },
  });
}

const neverFinite = ({ job, places }: OpenRun): UserError =>
  new UserError({
    code: 'run/diverged',
    what: 'The loss of the very first step is not a finite number',
    where: job.pretrained_model_name_or_path ?? job.model_config ?? places.folder,
    fix: adviceAtFirst(job),
    details: { step: 1, untrained: true },
  });
