/**
 * The demo as a user starts it, with few steps.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('the demo leaves a LoRA, its measurements, pictures before and after, and says what they are worth', async () => {
  const out = join(folder, 'demo');
  const words = ['--import', 'tsx', 'scripts/demo.ts', '--out', out, '--steps', '2'];
  const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT });
  expect(stdout).toContain('This demo makes a tiny one of RANDOM numbers');
  expect(stdout).toMatch(/Done in [\d.]+ minutes\. The loss went from [\d.]+ to [\d.]+/);

  const run = join(out, 'sks-cat');
  const lora = await openLora(machineFiles(), join(run, 'sks-cat.safetensors'));
  // The tiny network has the 192 modules of the real UNet, and 3 text layers of 6 modules.
  expect(lora.modules.size).toBe(192 + 3 * 6);
  expect((await readFile(join(run, 'metrics.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(2);
  expect(await readdir(join(run, 'samples'))).toEqual([
    '000000_00_42.png',
    '000000_01_43.png',
    '000000_02_44.png',
    '000002_00_42.png',
    '000002_01_43.png',
    '000002_02_44.png',
  ]);
  const pictures = createPictures();
  expect(await pictures.inspect(join(out, 'before-after.png'))).toMatchObject({ width: 800, height: 536 });
  expect(await pictures.inspect(join(out, 'with-lora.png'))).toMatchObject({ width: 256, height: 256 });
});
