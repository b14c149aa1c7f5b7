/**
 * The end of a run whose loss is not a finite number any more: keeps what was good, and says what to change.
 */
import { UserError } from '../base/errors.ts';
import { ADVICE, adviceAtFirst } from './advice.ts';
import type { Run } from './run-actions.ts';
import { stepName } from './saves.ts';

/** The step that failed has changed nothing yet; the one before may have, where a rate is far too high. */
export async function divergence(run: Run, done: number, epoch: number): Promise<UserError> {
  const { job, places } = run;
  if (done === 0) return neverFinite(run);
  const { diverged } = ADVICE[job.method];
  const what = `The training diverged: the loss of step ${done + 1} is not a finite number`;
  const details = { step: done + 1 };
  const where = places.folder;
  const keepsOld = done === run.doneBefore || !run.values.every(Number.isFinite);
  if (keepsOld) {
    const hasState = (await run.machine.files.status(places.state)) !== undefined;
    const kept = hasState ? 'What was saved before stays as it is' : 'Nothing was saved before';
    return new UserError({
      code: 'run/diverged',
      what: `${what}. ${kept}`,
      where,
      fix: `${diverged}, and start anew.`,
      details,
    });
  }
  await run.saveState(done);
  const saved = await run.save(stepName(job.output_name, done), { step: done, epoch });
  return new UserError({
    code: 'run/diverged',
    what: `${what}. What was trained until step ${done} is saved`,
    where,
    fix: `${diverged}, and start anew.`,
    details: { ...details, saved },
  });
}

const neverFinite = ({ job, places }: Run): UserError =>
  new UserError({
    code: 'run/diverged',
    what: 'The loss of the very first step is not a finite number',
    where: job.pretrained_model_name_or_path ?? job.model_config ?? places.folder,
    fix: adviceAtFirst(job),
    details: { step: 1 },
  });
