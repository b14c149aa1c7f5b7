/**
 * `npm run experiment:dreambooth`: what prior preservation is good for, on the bundled model and the sample dataset. The
 * same LoRA is trained with class images, with the frozen model's prediction as their target, and without either, with
 * several seeds; then "a sks cat" and "a cat" are drawn with each and measured (docs/dreambooth.md).
 *
 * Leaves in experiment-dreambooth: results.json, results.md, sheet.png, and a folder for each run.
 */
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { describeError, must, UserError } from '../trainer/base/errors.ts';
import { readJobFile } from '../trainer/cli/job-file.ts';
import type { Picture } from '../trainer/base/ports.ts';
import { bundledPath } from '../trainer/platform/bundled.ts';
import { createPictures } from '../trainer/platform/pictures.ts';
import { runPlaces } from '../trainer/train/run-folder.ts';
import type { Described, Space } from './demo/measure.ts';
import { openStudio, SAMPLING, SIDE, type Drawing, type Studio } from './demo/pictures.ts';
import { BUNDLED_MODEL, datasetFiles, datasetFolder, freeFolder, modelOrUntrained } from './demo/places.ts';
import { sheetOf, type SheetRow } from './demo/sheet.ts';
import { ARMS, type ArmName } from './experiment/arms.ts';
import { choicesOf, type Choices } from './experiment/choices.ts';
import { claimLines } from './experiment/claims.ts';
import { effectOf, type Effect, type Samples } from './experiment/measure.ts';
import { markdownTable, type ArmResult } from './experiment/report.ts';
import { run, shown, tell, terminal } from './terminal.ts';

const JOB = fileURLToPath(new URL('../assets/sample-job.toml', import.meta.url));
const INSTANCE = 'sks';
const CLASS = 'cat';
const FIRST_SEED = 1;

const { files } = terminal;

try {
  await experiment(choicesOf(process.argv.slice(2)));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof UserError) {
    console.error(describeError(error.report));
    process.exitCode = 1;
  } else throw error;
}

interface Plan extends Choices {
  readonly folder: string;
}

async function experiment(wanted: Choices): Promise<void> {
  const free = freeFolder(files.resolve(wanted.out));
  const choices: Plan = { ...wanted, folder: free, model: await modelOrUntrained(wanted.model, free) };
  const { folder, model, pictures } = choices;
  tell(
    `The same subject is trained ${choices.arms.length} times with each of ${choices.seeds} seeds: ${choices.arms.join(', ')}.`,
    `It writes to ${shown(folder)}.`,
  );
  const data = await prepareData(choices);
  const trained: { readonly arm: ArmName; readonly lora: string }[] = [];
  for (const arm of choices.arms) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + choices.seeds; seed++) {
      trained.push({ arm, lora: await train(choices, data, arm, seed) });
    }
  }

  tell('Drawing and measuring:');
  await using studio = await openStudio(bundledPath(model));
  const subject = await studio.load(await datasetFiles());
  const base = await samplesOf(studio, pictures);
  const untrained: ArmResult = { arm: 'untrained model', effects: [effects(base, base, subject)] };
  const results = new Map<ArmName, ArmResult>();
  const rows: SheetRow[] = [
    { title: 'What it learns from', pictures: picturesOf(subject.slice(0, 2 * pictures)) },
    { title: 'Untrained model', pictures: picturesOf([...base.subject, ...base.kind]) },
  ];
  for (const arm of choices.arms) {
    const ofArm: Readonly<Record<Space, Effect>>[] = [];
    for (const [index, { lora }] of trained.filter((one) => one.arm === arm).entries()) {
      const samples = await samplesOf(studio, pictures, lora);
      ofArm.push(effects(samples, base, subject));
      if (index > 0) continue;
      rows.push({ title: ARMS[arm].title, pictures: picturesOf([...samples.subject, ...samples.kind]) });
    }
    results.set(arm, { arm: ARMS[arm].title, effects: ofArm });
  }
  await writeResults(choices, { untrained, trained: results }, rows);
}

interface Data {
  readonly training: string;
  readonly regularisation: string;
}

async function prepareData({ folder, model, classImages }: Plan): Promise<Data> {
  const data = files.join(folder, 'data');
  const prompts = ['--instance-prompt', INSTANCE, '--class-prompt', CLASS, '--repeats', '10'];
  await run('prepare', ...prompts, '--training-images', await datasetFolder(), '--destination', data);
  const places = { training: files.join(data, 'img'), regularisation: files.join(data, 'reg') };

  tell('Class images, drawn by the model itself:');
  const drawing = {
    pretrained_model_name_or_path: model === BUNDLED_MODEL ? model : files.resolve(model),
    train_data_dir: places.training,
    reg_data_dir: places.regularisation,
    output_dir: folder,
    class_prompt: `a ${CLASS}`,
    num_class_images: classImages,
    class_steps: SAMPLING.steps,
    class_guidance_scale: SAMPLING.scale,
    // Far from the seeds of the samples, which must not be pictures that were trained on.
    class_seed: 1000,
  };
  await run('class-images', JOB, ...settings(Object.entries(drawing)));
  return places;
}

/** @returns the file of the LoRA */
async function train({ folder, model, steps }: Plan, data: Data, arm: ArmName, seed: number): Promise<string> {
  const { title, stepsTimes, settings: own } = ARMS[arm];
  const changes = Object.entries({
    pretrained_model_name_or_path: model === BUNDLED_MODEL ? model : files.resolve(model),
    train_data_dir: data.training,
    output_dir: files.join(folder, 'runs'),
    output_name: `${arm}-${seed}`,
    seed,
    max_train_steps: stepsTimes * steps,
    sample_at_first: false,
    sample_every_n_steps: 0,
    ...own({ regularisation: data.regularisation, classPrompt: CLASS, triggerWords: `${INSTANCE} ${CLASS}` }),
  });
  tell(`${title}, seed ${seed}:`);
  await run('train', JOB, ...settings(changes));
  const { job } = await readJobFile(files, JOB, new Map(changes));
  return files.join(runPlaces(files, job).folder, `${job.output_name}.safetensors`);
}

type Setting = readonly [key: string, value: string | number | boolean];

function settings(list: readonly Setting[]): readonly string[] {
  return list.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

async function samplesOf(studio: Studio, count: number, lora?: string): Promise<Samples> {
  const drawings = (prompt: string): readonly Drawing[] =>
    Array.from({ length: count }, (_, index) => ({ prompt, seed: index + 1 }));
  const all = [...drawings(`a ${INSTANCE} ${CLASS}`), ...drawings(`a ${CLASS}`)];
  const drawn = await studio.draw(all, lora);
  return { subject: drawn.slice(0, count), kind: drawn.slice(count) };
}

function picturesOf(described: readonly Described[]): readonly Picture[] {
  return described.map(({ picture }) => picture);
}

function effects(samples: Samples, base: Samples, subject: readonly Described[]): Readonly<Record<Space, Effect>> {
  const inSpace = (space: Space): Effect => effectOf(samples, base, subject, space);
  return { pixels: inSpace('pixels'), latents: inSpace('latents') };
}

interface Measured {
  readonly untrained: ArmResult;
  readonly trained: ReadonlyMap<ArmName, ArmResult>;
}

async function writeResults(choices: Plan, { untrained, trained }: Measured, rows: readonly SheetRow[]): Promise<void> {
  const { folder, pictures } = choices;
  const results = [untrained, ...trained.values()];
  const kept = [...trained].filter(([arm]) => arm !== 'none').map(([, result]) => result);
  const claims = claimLines({ untrained, without: trained.get('none'), kept });
  const table = [markdownTable(results), '', ...claims.map((line) => `- ${line}`)].join('\n');
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);
  await files.write(files.join(folder, 'results.md'), bytes(table));
  await files.write(files.join(folder, 'results.json'), bytes(JSON.stringify({ choices, results }, undefined, 2)));
  const wordsOf = (prompt: string): readonly string[] =>
    Array.from({ length: pictures }, (_, index) => `${prompt} (seed ${index + 1})`);
  const words = [...wordsOf(`a ${INSTANCE} ${CLASS}`), ...wordsOf(`a ${CLASS}`)];
  const sheet = sheetOf({ rows, words, side: SIDE, secondGroup: pictures });
  const text = { Description: 'DreamBooth with and without prior preservation' };
  const file = files.join(folder, 'sheet.png');
  await files.write(file, await createPictures().encodePng(sheet, text));
  tell(table, '', `Look at ${shown(file)}: ${must(rows.at(-1), 'a row').title} is the last row.`);
}
