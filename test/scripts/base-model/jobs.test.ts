import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COLOUR_START, TRAINED_AUTOENCODER } from '../../../scripts/base-model/colour-start.ts';
import { TRAINED, TRAINED_VAE } from '../../../scripts/base-model/install.ts';
import { START } from '../../../scripts/base-model/start.ts';
import type { Job } from '../../../trainer/api/job/index.ts';
import { readJobFile } from '../../../trainer/cli/job-file.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

const FOLDER = fileURLToPath(new URL('../../../scripts/base-model/', import.meta.url));
const JOBS = readdirSync(FOLDER).filter((name) => name.endsWith('.toml'));

// The last of them is read after hours of training.
test.each(JOBS)('the job of a stage says all that a job must: %s', async (name) => {
  await expect(readJobFile(machineFiles(), join(FOLDER, name))).resolves.toMatchObject({ ignored: [] });
});

test('each stage begins with what the one before it made', async () => {
  const jobOf = async (name: string): Promise<Job> => (await readJobFile(machineFiles(), join(FOLDER, name))).job;
  const madeBy = ({ output_dir, output_name }: Job): string => join(output_dir, output_name, output_name);
  const [autoencoder, decoder, colours, outlines, diffusion] = await Promise.all([
    jobOf('autoencoder.toml'),
    jobOf('decoder.toml'),
    jobOf('colours.toml'),
    jobOf('outlines.toml'),
    jobOf('diffusion.toml'),
  ]);
  expect(madeBy(autoencoder)).toBe(TRAINED_AUTOENCODER);
  expect(decoder.vae).toBe(COLOUR_START);
  expect(colours.vae).toBe(madeBy(decoder));
  expect(madeBy(colours)).toBe(TRAINED_VAE);
  expect(outlines).toMatchObject({ pretrained_model_name_or_path: START, vae: TRAINED_VAE });
  expect(diffusion).toMatchObject({ pretrained_model_name_or_path: madeBy(outlines), vae: TRAINED_VAE });
  expect(madeBy(diffusion)).toBe(TRAINED);
});
