/**
 * What Start means right now: begin a run, let it rest, or go on.
 */
import { hasUnsavedPrompts } from '../state/prompts.ts';
import { isOn, phaseOf } from '../state/run.ts';
import type { App } from '../state/app.ts';

export const hasErrors = ({ check }: App): boolean =>
  check.getState().problems.some(({ severity }) => severity === 'error');

export async function startRun(app: App): Promise<void> {
  if (hasErrors(app)) return;
  // A run reads the file: what is seen is what is drawn.
  if (hasUnsavedPrompts(app.prompts.getState()) && !(await app.prompts.getState().save())) return;
  app.documents.leaveFirstStart();
  await app.run.getState().start(app.job.getState().table);
}

export async function startOrPause(app: App): Promise<void> {
  const { status, pause, resume } = app.run.getState();
  if (isOn(status)) return pause();
  if (phaseOf(status) === 'paused') return resume();
  return startRun(app);
}
