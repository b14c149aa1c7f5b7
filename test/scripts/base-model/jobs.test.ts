import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readJobFile } from '../../../trainer/cli/job-file.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

const FOLDER = fileURLToPath(new URL('../../../scripts/base-model/', import.meta.url));
const JOBS = readdirSync(FOLDER).filter((name) => name.endsWith('.toml'));

// The last of them is read after hours of training.
test.each(JOBS)('the job of a stage says all that a job must: %s', async (name) => {
  await expect(readJobFile(machineFiles(), join(FOLDER, name))).resolves.toMatchObject({ ignored: [] });
});
