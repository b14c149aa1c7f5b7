/**
 * Under which name a run begins that is not to mix with another.
 */
import { resolve } from 'node:path';
import type { Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { refuseResults, runPlaces } from '../train/run-folder.ts';
import type { ServiceMachine } from './machine.ts';

const MOST_NUMBERS = 10_000;

/** A service has no folder of its own that a user could know: paths are seen from the user's home. */
export const placedJob = ({ home }: Pick<ServiceMachine, 'home'>, job: Job): Job => ({
  ...job,
  output_dir: resolve(home, job.output_dir),
});

/** The job's own name where no results lie under it, else the first that is free with a number behind it. */
export async function freeName(files: Files, job: Job): Promise<string> {
  for (let number = 1; number <= MOST_NUMBERS; number++) {
    const name = number === 1 ? job.output_name : `${job.output_name}-${number}`;
    try {
      await refuseResults(files, runPlaces(files, { ...job, output_name: name }));
      return name;
    } catch (error) {
      if (!(error instanceof UserError && error.report.code === 'run/exists')) throw error;
    }
  }
  return job.output_name;
}
