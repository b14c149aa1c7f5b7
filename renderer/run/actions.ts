/**
 * What Start means right now: begin a run, let it rest, or go on.
 */
import type { Problem } from '../../trainer/api/rpc/index.ts';
import { isCancelled, reportOf } from '../state/failures.ts';
import { hasUnsavedPrompts } from '../state/prompts.ts';
import { isOn, phaseOf } from '../state/run.ts';
import type { App } from '../state/app.ts';

const isError = ({ severity }: Problem): boolean => severity === 'error';

export const hasErrors = ({ check }: App): boolean => check.getState().problems.some(isError);

/** What was known of the job may be of before the last change, so it is looked at once more. */
export async function startRun(app: App): Promise<void> {
  const { table } = app.job.getState();
  app.notices.ask();
  // A run reads the file: what is seen is what is drawn.
  if (hasUnsavedPrompts(app.prompts.getState()) && !(await app.prompts.getState().save())) return;
  try {
    const problems = await app.check.getState().lookNow(table);
    if (problems.some(isError)) return app.view.getState().openProblems(true);
  } catch (error) {
    // Cancelled: the job has changed since, or Start was pressed again.
    if (!isCancelled(error)) app.run.setState({ failure: reportOf(error) });
    return;
  }
  app.documents.leaveFirstStart();
  await app.run.getState().start(table);
}

/** The run that is shown, or the one in this folder. */
export function resumeRun(app: App, folder?: string): Promise<void> {
  app.notices.ask();
  return app.run.getState().resume(folder);
}

export async function startOrPause(app: App): Promise<void> {
  const { status, pause } = app.run.getState();
  if (isOn(status)) return pause();
  if (phaseOf(status) === 'paused') return resumeRun(app);
  return startRun(app);
}
