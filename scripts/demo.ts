/**
 * `npm run demo`: trains a LoRA on the sample dataset, start to end, with the commands that users type, and measures what
 * it did.
 *
 * Leaves in demo-output: the run's folder (LoRA, metrics, sample pictures), a picture of the finished LoRA, a sheet of
 * pictures before and after, and the measurements. Options after `--`: `--out FOLDER`, `--steps N`, `--model PATH`
 * (another small base model than the bundled one), `--sheet FILE` (the sheet once more, for the README).
 */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, UserError } from '../trainer/base/errors.ts';
import { readJobFile } from '../trainer/cli/job-file.ts';
import { bundledPath } from '../trainer/platform/bundled.ts';
import { createPictures } from '../trainer/platform/pictures.ts';
import { runPlaces } from '../trainer/train/run-folder.ts';
import { measure, reportLines, type Measured, type Space } from './demo/measure.ts';
import { BUNDLED_MODEL, DATASET, datasetFiles, freeFolder, modelOrUntrained } from './demo/places.ts';
import { drawDemoPictures, OTHERS, SIDE, SUBJECT, TRIGGER, type DemoPictures } from './demo/pictures.ts';
import { sheetOf } from './demo/sheet.ts';
import { run, shown, tell, terminal } from './terminal.ts';

const JOB = fileURLToPath(new URL('../assets/sample-job.toml', import.meta.url));

const { files } = terminal;

try {
  await demo(readChoices());
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeError(error.report));
  process.exitCode = 1;
}

interface Choices {
  readonly folder: string;
  readonly model: string;
  /** Other than the job's. */
  readonly steps: string | undefined;
  readonly sheet: string | undefined;
}

function readChoices(): Choices {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: BUNDLED_MODEL },
      out: { type: 'string', default: 'demo-output' },
      steps: { type: 'string' },
      sheet: { type: 'string' },
    },
  });
  const { model, out, steps, sheet } = values;
  return { folder: freeFolder(files.resolve(out)), model, steps, sheet };
}

async function demo(wanted: Choices): Promise<void> {
  const choices = { ...wanted, model: await modelOrUntrained(wanted.model, wanted.folder) };
  const { folder, model } = choices;
  const started = performance.now();
  const secondsSoFar = (): string => ((performance.now() - started) / 1000).toFixed(0);
  const changes = changesOf(choices);
  const { job } = await readJobFile(files, JOB, new Map(changes));
  tell(
    'This demo trains a LoRA, a small addition to a Stable Diffusion model, on nine drawings of the same cat. The model is',
    `${model === BUNDLED_MODEL ? 'the small one that comes with LoRA Loom, and has never seen them' : shown(model)}. Everything is`,
    `computed on this machine; nothing is downloaded. It writes to ${shown(folder)}.`,
  );

  tell('The pictures and their captions:');
  const { width, height } = job.resolution;
  const counted = { enable_bucket: job.enable_bucket, train_batch_size: job.train_batch_size };
  const rest = { ...counted, max_train_steps: job.max_train_steps };
  await run('scan', DATASET, ...settings([['resolution', `${width},${height}`], ...Object.entries(rest)]));

  tell('Training, as the sample job says; "loss" tells how wrong the guesses of the model are:');
  await run('train', JOB, ...settings(changes));
  const trained = secondsSoFar();
  const { folder: runFolder, metrics } = runPlaces(files, job);
  const lora = join(runFolder, `${job.output_name}.safetensors`);

  tell('The finished LoRA as any program would use it:');
  const picture = join(folder, 'with-lora.png');
  const words = ['--prompt', TRIGGER, '--seed', '5', '--steps', '20', '--cfg', '2'];
  const size = ['--width', String(SIDE), '--height', String(SIDE)];
  await run('generate', '--model', model, '--lora', lora, ...words, ...size, '--out', picture);

  tell('What it did. The same prompts and seeds without the LoRA and with it:');
  const pictures = await drawDemoPictures({ model: bundledPath(model), lora, dataset: await datasetFiles() });
  const sheet = join(folder, 'before-after.png');
  await writeSheets(pictures, [sheet, ...(choices.sheet === undefined ? [] : [choices.sheet])]);
  const measurements = join(folder, 'measurements.json');
  const measured = await measureAll(pictures, measurements);
  tell(...reportLines(measured, { trigger: TRIGGER, others: OTHERS.map(({ prompt }) => prompt) }));

  tell(
    `Done in ${secondsSoFar()} seconds, ${trained} of them until the LoRA was trained. Look at:`,
    `  ${shown(sheet)}  the dataset, and pictures before and after training`,
    `  ${shown(picture)}  drawn with the finished LoRA`,
    `  ${shown(lora)}  the LoRA, for the model that it was trained on`,
    `  ${shown(metrics)}  the loss of every step`,
    `  ${shown(measurements)}  the numbers above`,
  );
}

type Setting = readonly [key: string, value: string | number | boolean | undefined];

/** What is other than in the job. */
function changesOf({ folder, model, steps }: Choices): readonly Setting[] {
  return [
    ['output_dir', folder],
    ...(model === BUNDLED_MODEL ? [] : [['pretrained_model_name_or_path', files.resolve(model)] as const]),
    ...(steps === undefined ? [] : [['max_train_steps', Number(steps)] as const]),
  ];
}

function settings(list: readonly Setting[]): readonly string[] {
  return list.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

async function writeSheets({ dataset, before, after }: DemoPictures, paths: readonly string[]): Promise<void> {
  const picturesOf = (described: DemoPictures['before']) => described.map(({ picture }) => picture);
  const sheet = sheetOf({
    rows: [
      { title: 'What it learns from', pictures: picturesOf(dataset) },
      { title: 'Before training', pictures: picturesOf(before) },
      { title: 'After training', pictures: picturesOf(after) },
    ],
    words: [...SUBJECT, ...OTHERS].map(({ prompt, seed }) => `${prompt} (seed ${seed})`),
    side: SIDE,
    secondGroup: SUBJECT.length,
  });
  const text = { Description: 'A LoRA on the bundled base model: its dataset, and pictures before and after training' };
  const png = await createPictures().encodePng(sheet, text);
  for (const path of paths) await files.write(files.resolve(path), png);
}

async function measureAll(pictures: DemoPictures, path: string): Promise<Readonly<Record<Space, Measured>>> {
  const all = { ...pictures, subjects: SUBJECT.length };
  const measured = { pixels: measure(all, 'pixels'), latents: measure(all, 'latents') };
  await files.write(path, new TextEncoder().encode(`${JSON.stringify(measured, undefined, 2)}\n`));
  return measured;
}
