/**
 * Whole runs small enough for a test: a few generated pictures, a tiny checkpoint of test/golden/models, ONNX Runtime on
 * the processor, and a clock that stands still.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { TrainEvent } from '../../trainer/api/events.ts';
import { parseJob, type Job } from '../../trainer/api/job/index.ts';
import { createGenerator } from '../../trainer/base/random.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { loadTokenizer } from '../../trainer/platform/assets.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';
import { sha256 } from '../../trainer/platform/sha256.ts';
import type { Machine } from '../../trainer/train/machine.ts';
import { runTraining } from '../../trainer/train/run.ts';

export const TINY_MODELS = {
  sd15: model('sd15/sd15-tiny.safetensors'),
  sd21: model('sd21/diffusers'),
  sdxl: model('sdxl/diffusers'),
} as const;

function model(path: string): string {
  return fileURLToPath(new URL(`../golden/models/${path}`, import.meta.url));
}

const files = machineFiles();

/** Noon of some day; a test that needs time to pass brings its own clock. */
export const STILL_CLOCK = { now: () => 1_750_000_000_000, seconds: () => 0 };

export async function tinyMachine(): Promise<Machine> {
  return {
    files,
    pictures: createPictures(),
    clock: STILL_CLOCK,
    executor: createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 1 }),
    tokenizer: await loadTokenizer(files),
    sha256,
  };
}

export interface Playground extends AsyncDisposable {
  readonly folder: string;
  /** A parent of one `1_sks dog` folder with generated pictures. */
  readonly pictures: string;
}

/** @param sizes width and height of each picture */
export async function playground(sizes: readonly (readonly [number, number])[]): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), 'lora-loom-'));
  const pictures = join(folder, 'pictures');
  await files.makeFolder(join(pictures, '1_sks dog'));
  const { encodePng } = createPictures();
  for (const [index, [width, height]] of sizes.entries()) {
    const random = createGenerator(index).uniforms(3 * width * height);
    const data = Uint8Array.from(random, (value) => 256 * value);
    const path = join(pictures, '1_sks dog', `${index}.png`);
    await files.write(path, await encodePng({ width, height, data }, {}));
    await files.write(path.replace('.png', '.txt'), new TextEncoder().encode(`a sks dog, number ${index}, outdoors`));
  }
  return { folder, pictures, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** A job of a few steps at 64 pixels. A setting that is undefined is left out. */
export function tinyJob({ folder, pictures }: Playground, settings: Readonly<Record<string, unknown>> = {}): Job {
  const all = {
    pretrained_model_name_or_path: TINY_MODELS.sd15,
    train_data_dir: pictures,
    output_dir: join(folder, 'output'),
    output_name: 'tiny',
    resolution: 64,
    min_bucket_reso: 64,
    max_bucket_reso: 128,
    network_dim: 2,
    learning_rate: 1e-3,
    max_train_steps: 4,
    seed: 7,
    ...settings,
  };
  return parseJob(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)), 'the test');
}

/** Remembers every event. */
export function recorder(): { readonly events: TrainEvent[]; readonly report: (event: TrainEvent) => void } {
  const events: TrainEvent[] = [];
  return { events, report: (event) => void events.push(event) };
}

export const NEVER_STOP = { wanted: 'no' } as const;

/** Runs until step `last` and asks to stop there. */
export async function runUntil(machine: Machine, job: Job, last: number): Promise<readonly TrainEvent[]> {
  const { events, report } = recorder();
  const stop: { wanted: 'no' | 'finishing' } = { wanted: 'no' };
  const outcome = await runTraining(machine, job, {
    stop,
    report: (event) => {
      report(event);
      if (event.kind === 'step' && event.step === last) stop.wanted = 'finishing';
    },
  });
  expect(outcome).toMatchObject({ kind: 'stopped', step: last });
  return events;
}
