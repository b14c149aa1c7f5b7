/**
 * `npm run demo`: trains a LoRA on the sample dataset, start to end, with the commands that users type.
 *
 * Leaves in demo-output: the run's folder (LoRA, metrics, sample pictures), a picture of the finished LoRA, and a sheet
 * with the sample pictures before and after. Options after `--`: `--model PATH` (a checkpoint of your own),
 * `--out FOLDER`, `--steps N`.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'smol-toml';
import { describeError, UserError } from '../trainer/base/errors.ts';
import { runCommandLine } from '../trainer/cli/program.ts';
import type { Terminal } from '../trainer/cli/terminal.ts';
import { writeRandomCheckpoint } from '../trainer/formats/random-checkpoint/write.ts';
import { machineClock } from '../trainer/platform/clock.ts';
import { machineFiles } from '../trainer/platform/files.ts';
import { writeSheet } from './before-after-sheet.ts';

const DATASET = fileURLToPath(new URL('../assets/sample-dataset', import.meta.url));
const NAME = 'sks-cat';
const SEED = 42;
/** Pixels of a side, in training and of sample pictures. */
const SIDE = 256;
const SAMPLER_STEPS = 12;
/** The last is none of the captions. */
const PROMPTS = ['a sks cat smiling', 'a sks cat with red hearts for eyes', 'a sks cat, blue background'];

const RANDOM_MODEL_AGAIN =
  'The base model was made of random numbers, so the pictures are noise; what you saw is that all parts work together.';

const files = machineFiles();
const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  watched: process.stderr.isTTY,
  barStream: process.stderr,
  files,
  clock: machineClock,
  self: [process.execPath, ...process.execArgv, fileURLToPath(new URL('../trainer/cli/main.ts', import.meta.url))],
};

try {
  await demo();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(describeError(error.report));
  process.exitCode = 1;
}

interface Choices {
  readonly folder: string;
  /** Of the base model; missing: a tiny one of random weights is made. */
  readonly model: string | undefined;
  readonly steps: number;
}

async function demo(): Promise<void> {
  const started = performance.now();
  const choices = readChoices();
  const { folder, steps } = choices;
  await files.makeFolder(folder);
  tell(
    `This demo trains a LoRA, a small addition to a Stable Diffusion model, on ${join('assets', 'sample-dataset')}:`,
    'nine drawings of the same cat. Everything is computed on this machine; nothing is downloaded.',
    `It writes to ${shown(folder)}.`,
  );
  const model = choices.model ?? (await makeTinyModel(folder));

  tell('The pictures, their captions, and how they will be sorted into sizes:');
  await run('scan', DATASET, '--set', `resolution=${SIDE}`);

  tell(
    `Training: ${steps} steps at ${SIDE} px. The model draws ${PROMPTS.length} sample pictures first and again at the end;`,
    'in between, "loss" says how wrong its guesses are.',
  );
  await run('train', await writeJob(choices, model));
  const runFolder = join(folder, NAME);
  const lora = join(runFolder, `${NAME}.safetensors`);

  tell('The finished LoRA as any program would use it: one more picture.');
  const picture = join(folder, 'with-lora.png');
  const size = ['--width', String(SIDE), '--height', String(SIDE), '--steps', String(SAMPLER_STEPS)];
  const words = ['--prompt', PROMPTS[0] ?? '', '--seed', String(SEED), '--sampler', 'euler_a', ...size];
  await run('generate', '--model', model, '--lora', lora, ...words, '--out', picture);

  const sheet = join(folder, 'before-after.png');
  await writeSheet({ files, samples: join(runFolder, 'samples'), steps, prompts: PROMPTS.length, out: sheet });
  const { first, last } = await lossesOf(join(runFolder, 'metrics.jsonl'));
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  tell(
    `Done in ${minutes} minutes. The loss went from ${first.toFixed(3)} to ${last.toFixed(3)} (means of the first and the last steps).`,
    'Look at:',
    `  ${shown(sheet)}  sample pictures: above before training, below after it`,
    `  ${shown(picture)}  drawn with the finished LoRA`,
    `  ${shown(lora)}  the LoRA, for A1111, ComfyUI and Kohya's tools`,
    `  ${shown(join(runFolder, 'metrics.jsonl'))}  the loss of every step`,
    ...(choices.model === undefined ? [RANDOM_MODEL_AGAIN] : []),
  );
}

function readChoices(): Choices {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      out: { type: 'string', default: 'demo-output' },
      steps: { type: 'string', default: '90' },
    },
  });
  return {
    folder: freeFolder(files.resolve(values.out)),
    model: values.model === undefined ? undefined : files.resolve(values.model),
    steps: Number(values.steps),
  };
}

/** Nothing that an earlier demo left is written over. */
function freeFolder(wanted: string): string {
  let folder = wanted;
  for (let number = 2; existsSync(folder); number++) folder = `${wanted}-${number}`;
  return folder;
}

async function makeTinyModel(folder: string): Promise<string> {
  const path = join(folder, 'tiny-random-model.safetensors');
  tell(
    'NOTE: no base model comes with LoRA Loom yet. This demo makes a tiny one of RANDOM numbers, with all the parts of',
    'Stable Diffusion 1.x. It has never seen a picture: what it draws is coloured noise, before and after training.',
    'For real pictures give a checkpoint of your own: npm run demo -- --model path/to/model.safetensors',
  );
  await writeRandomCheckpoint(files, path, { family: 'sd1', size: 'tiny', layout: 'ldm', dtype: 'F32', seed: SEED });
  return path;
}

/** The prompts and the job, as files that can be read, changed and used again. */
async function writeJob({ folder, steps, model: given }: Choices, model: string): Promise<string> {
  const prompts = join(folder, 'prompts.txt');
  const flags = `--w ${SIDE} --h ${SIDE} --s ${SAMPLER_STEPS} --ss euler_a`;
  const lines = PROMPTS.map((prompt, index) => `${prompt} ${flags} --d ${SEED + index}`);
  await files.write(prompts, encode(`${lines.join('\n')}\n`));
  const job = join(folder, 'job.toml');
  const settings = {
    pretrained_model_name_or_path: model,
    train_data_dir: DATASET,
    output_dir: folder,
    output_name: NAME,
    resolution: SIDE,
    max_train_steps: steps,
    network_dim: 8,
    network_alpha: 4,
    // Random weights have nothing to lose: the usual rates would change too little to be seen in so few steps.
    learning_rate: given === undefined ? 1e-2 : 4e-4,
    text_encoder_lr: given === undefined ? 1e-3 : 5e-5,
    lr_scheduler: 'cosine',
    save_precision: 'fp16',
    seed: SEED,
    sample_prompts: prompts,
    sample_at_first: true,
    sample_every_n_steps: steps,
  };
  await files.write(job, encode(`${stringify(settings)}\n`));
  return job;
}

/** Means over the first and the last tenth of the steps: single steps jump about. */
async function lossesOf(metrics: string): Promise<{ first: number; last: number }> {
  const lines = new TextDecoder()
    .decode(await files.read(metrics))
    .trim()
    .split('\n');
  const losses = lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
  const tenth = Math.max(1, Math.floor(losses.length / 10));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { first: mean(losses.slice(0, tenth)), last: mean(losses.slice(-tenth)) };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Runs a command as the terminal would, and shows it. */
async function run(...words: readonly string[]): Promise<void> {
  console.log(`\n$ lora-loom ${words.map(quoted).join(' ')}`);
  const code = await runCommandLine(words, terminal);
  if (code !== 0) process.exit(code);
}

function shown(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** A word of a command as one types it. */
function quoted(word: string): string {
  const text = existsSync(word) ? shown(word) : word;
  return /[^\w./\\:=-]/.test(text) ? `"${text}"` : text;
}

function tell(...lines: readonly string[]): void {
  console.log(`\n${lines.join('\n')}`);
}
