/** What the button of a problem does. */
import type { Remedy } from '../../trainer/api/rpc/index.ts';
import type { App } from './app.ts';

export async function applyRemedy({ job, dataset, check }: App, remedy: Remedy): Promise<void> {
  if (remedy.kind === 'settings') return job.getState().apply(remedy);
  await dataset.getState().fix(remedy.fix);
  check.getState().look(job.getState().table);
}
