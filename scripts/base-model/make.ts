/**
 * `npm run base:build`: makes the bundled base model again, from the drawings to the contact sheets. It takes some hours;
 * interrupted, the same command goes on where it stopped. To begin anew, delete `.cache/base-model`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import type { Job } from '../../trainer/api/job/index.ts';
import { describeError, UserError } from '../../trainer/base/errors.ts';
import { readJobFile } from '../../trainer/cli/job-file.ts';
import { runPlaces } from '../../trainer/train/run-folder.ts';
import { run, tell, terminal } from '../terminal.ts';
import { COLOUR_START, makeColourStart } from './colour-start.ts';
import { installTrained, TRAINED, TRAINED_VAE } from './install.ts';
import { leftOf, trainingCommand, type Left } from './stages.ts';
import { makeStart, START } from './start.ts';

/** Seen from the repository's root, where npm starts scripts: the jobs name their folders so too. */
const AUTOENCODER = 'scripts/base-model/autoencoder.toml';
const OUTLINES = 'scripts/base-model/outlines.toml';
const DIFFUSION = 'scripts/base-model/diffusion.toml';
const DECODER = 'scripts/base-model/decoder.toml';
const COLOURS = 'scripts/base-model/colours.toml';
/** What the jobs of the autoencoder make. Without this folder they run again, which takes an hour. */
const KEPT_AUTOENCODER = 'scripts/base-model/autoencoder';
const CONCEPTS = '.cache/base-model/dataset/concepts.json';
const SHEETS = 'docs/pictures/base-model';
/** Three pages. */
const PROMPTS_ON_SHEETS = 90;

try {
  await makeDataset();
  await takeKeptAutoencoder();
  if (!existsSync(TRAINED_VAE)) {
    await train(AUTOENCODER);
    if (!existsSync(COLOUR_START)) await makeColourStart();
    await train(DECODER);
    await train(COLOURS);
  }
  if (!existsSync(START)) await makeStart();
  await train(OUTLINES);
  await train(DIFFUSION);
  tell('The model as it is shipped:');
  await installTrained(TRAINED, TRAINED_VAE);
  tell('How well it draws what it was trained on, over all prompts; then some of them as pictures:');
  await run('evaluate');
  await run('evaluate', '--limit', String(PROMPTS_ON_SHEETS), '--out', SHEETS);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeError(error.report));
  process.exitCode = 1;
}

async function jobOf(jobFile: string): Promise<Job> {
  return (await readJobFile(terminal.files, jobFile)).job;
}

/** The folders appear when they are complete, the list of concepts last. */
async function makeDataset(): Promise<void> {
  const jobs = await Promise.all([AUTOENCODER, OUTLINES, DIFFUSION].map(jobOf));
  const folders = jobs.map(({ train_data_dir }) => train_data_dir);
  if ([...folders, CONCEPTS].every((path) => existsSync(path))) return tell('The training pictures are there.');
  tell('Drawing the training pictures:');
  const script = fileURLToPath(new URL('build.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [...process.execArgv, script], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function takeKeptAutoencoder(): Promise<void> {
  const { files } = terminal;
  const left = await Promise.all([AUTOENCODER, DECODER, COLOURS].map(async (name) => leftOfJob(await jobOf(name))));
  if (!existsSync(KEPT_AUTOENCODER) || left.some((one) => one !== 'all')) return;
  const contents = readdirSync(KEPT_AUTOENCODER).map(
    (name) => [name, readFileSync(join(KEPT_AUTOENCODER, name))] as const,
  );
  await files.makeFolder(dirname(TRAINED_VAE));
  // Appears whole or not at all: the next start takes what lies there for the result.
  await files.writeFolder(TRAINED_VAE, new Map(contents));
}

async function train(jobFile: string): Promise<void> {
  const left = leftOfJob(await jobOf(jobFile));
  if (left === 'nothing') return tell(`${jobFile} is done.`);
  tell(`Training ${left} of ${jobFile}:`);
  await run(...trainingCommand(jobFile, left));
}

function leftOfJob(job: Job): Left {
  const { folder, state } = runPlaces(terminal.files, job);
  return leftOf({ hasResult: existsSync(join(folder, job.output_name)), hasState: existsSync(state) });
}
