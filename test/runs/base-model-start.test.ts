/**
 * What the base model's training starts from: whether its text encoder tells prompts apart before it has learned anything.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeStart } from '../../scripts/base-model/start.ts';
import { must } from '../../trainer/base/errors.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { writeInitialCheckpoint, writeInitialVae } from '../../trainer/formats/checkpoint/initial.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { loadTokenizer } from '../../trainer/platform/assets.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { encodePrompts } from '../../trainer/train/generation/prompt-text.ts';

const CONFIG = 'scripts/base-model/config';
const PROMPTS = ['a cat, flat style', 'a pizza, flat style', 'a hot dog, flat style', 'a key, soft style', 'a car'];

const files = machineFiles();
const root = mkdtempSync(join(tmpdir(), 'lora-loom-start-'));
afterAll(() => rmSync(root, { recursive: true }));

beforeAll(async () => {
  const vae = join(root, 'vae');
  await writeInitialVae(files, vae, { configFolder: CONFIG, seed: 1 });
  await writeInitialCheckpoint(files, join(root, 'plain'), { configFolder: CONFIG, vae, seed: 1 });
  const tokenizer = await loadTokenizer(files);
  await writeStart(files, join(root, 'start'), { configFolder: CONFIG, vae, seed: 1, tokenizer });
});

/** How far the last padding of the prompts lies from their mean, as a share of its length. */
async function differenceOf(name: string): Promise<number> {
  const checkpoint = await openCheckpoint(files, join(root, name));
  const model = {
    executor: createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 1 }),
    checkpoint,
    tokenizer: await loadTokenizer(files),
    prediction: must(checkpoint.predictionType, 'a prediction'),
    noiseSchedule: checkpoint.noiseSchedule,
    clipSkip: 1,
    loras: [],
  };
  const encoded = await encodePrompts(
    model,
    PROMPTS.map((prompt) => ({ prompt, negativePrompt: '' })),
  );
  const width = must(checkpoint.textEncoders[0], 'a text encoder').config.hiddenSize;
  const paddings = encoded.map(({ prompt }) => prompt.text.data.slice(-width));
  const mean = Float64Array.from(
    { length: width },
    (_, i) => paddings.reduce((sum, row) => sum + (row[i] ?? 0), 0) / paddings.length,
  );
  const length = (row: ArrayLike<number>): number => Math.hypot(...Array.from(row));
  const away = paddings.map((row) => length(row.map((value, i) => value - (mean[i] ?? 0))) / length(row));
  return away.reduce((sum, value) => sum + value, 0) / away.length;
}

test('the padding after a prompt carries its words, as it hardly does with plain random weights', async () => {
  expect(await differenceOf('plain')).toBeLessThan(0.2);
  expect(await differenceOf('start')).toBeGreaterThan(0.4);
});

test('no half-made checkpoint stays', async () => {
  expect((await files.list(root)).map(({ name }) => name).sort()).toEqual(['plain', 'start', 'vae']);
});
