/**
 * The demo as a user starts it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Measured, Space } from '../../scripts/demo/measure.ts';
import { writeInitialCheckpoint } from '../../trainer/formats/checkpoint/initial.ts';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { findAsset } from '../../trainer/platform/assets.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const files = machineFiles();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function runDemo(name: string, ...options: readonly string[]) {
  const out = join(folder, name);
  const words = ['--import', 'tsx', 'scripts/demo.ts', '--out', out, ...options];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT });
  const measurements = await readFile(join(out, 'measurements.json'), 'utf8');
  return { out, stdout, measured: JSON.parse(measurements) as Readonly<Record<Space, Measured>> };
}

test('the demo leaves a LoRA, the loss of its steps, pictures before and after, and what it measured', async () => {
  const model = join(folder, 'untrained');
  await writeInitialCheckpoint(files, model, { configFolder: join(ROOT, 'scripts', 'base-model', 'config'), seed: 1 });
  const { out, stdout, measured } = await runDemo('untrained-demo', '--model', model, '--steps', '2');
  expect(stdout).toContain('"a sks cat" before');
  expect(stdout).toMatch(/Done in \d+ seconds, \d+ of them until the LoRA was trained/);
  // Two steps at the warm-up's low rate change next to nothing: far less than the way from noise to the cat.
  expect(measured.pixels.subjectMoved).toBeLessThan(measured.pixels.before / 2);
  expect(measured.pixels.eachMoved).toHaveLength(5);

  const run = join(out, 'sks-cat');
  const lora = await openLora(files, join(run, 'sks-cat.safetensors'));
  // Transformers: 1 in each of the two lower levels down, 1 in the middle, 2 in each of the two lower levels up: 7, with 12 layers each.
  expect(lora.modules.size).toBe(7 * 12);
  expect((await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(2);
  expect(await readdir(join(run, 'samples'))).toEqual(['000000_00_1.png', '000000_01_2.png', '000000_02_1.png']);
  const pictures = createPictures();
  expect(await pictures.inspect(join(out, 'before-after.png'))).toMatchObject({ width: 1216 });
  expect(await pictures.inspect(join(out, 'with-lora.png'))).toMatchObject({ width: 128, height: 128 });
});

const hasBase = findAsset('base-model') !== undefined;
if (!hasBase) console.log('Skipped: the demo on the bundled base model, because assets/base-model is not there.');

test.skipIf(!hasBase)('on the bundled model the cat comes near to its pictures, and other prompts stay', async () => {
  const { measured } = await runDemo('demo', '--steps', '150');
  for (const { before, after, subjectMoved, othersMoved } of [measured.pixels, measured.latents]) {
    expect(after).toBeLessThan(0.7 * before);
    expect(othersMoved).toBeLessThan(0.85 * subjectMoved);
  }
});
