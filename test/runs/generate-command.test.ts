import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommandLine } from '../../trainer/cli/program.ts';
import { readPngText } from '../../trainer/platform/png-text.ts';
import { fakeTerminal } from '../trainer/cli/fake-terminal.ts';

const golden = (path: string): string => fileURLToPath(new URL(`../golden/${path}`, import.meta.url));
const SD1 = golden('models/sd15/sd15-tiny.safetensors');
const SDXL = golden('models/sdxl/diffusers');
const LORA = golden('traces/unet_te/lora_final.safetensors');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'generate-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SMALL = ['--prompt', 'a sks cat', '--width', '64', '--height', '64', '--steps', '1', '--threads', '2'];

async function generate(words: readonly string[]) {
  const terminal = fakeTerminal();
  const code = await runCommandLine(['generate', ...SMALL, ...words], terminal);
  return { code, ...terminal.written };
}

test('several pictures get numbers, each the next seed, and say inside how they were made', async () => {
  const out = join(folder, 'several', 'cat.png');
  const words = ['--lora', `${LORA}:0.5`, '--negative', 'dog', '--seed', '4294967295', '--count', '2', '--out', out];
  const { code, out: told, error } = await generate(['--model', SD1, ...words]);
  expect({ code, error }).toMatchObject({ code: 0, error: expect.not.stringContaining('Warning') as string });
  expect(await readdir(join(folder, 'several'))).toEqual(['cat-1.png', 'cat-2.png']);
  expect(told).toBe(
    `${out.replace('.png', '-1.png')} (64 x 64, seed 4294967295, 0s)\n${out.replace('.png', '-2.png')} (64 x 64, seed 0, 0s)\n`,
  );
  expect(readPngText(await readFile(join(folder, 'several', 'cat-2.png')))).toEqual({
    parameters: [
      'a sks cat <lora:lora_final:0.5>',
      'Negative prompt: dog',
      'Steps: 1, Sampler: DDIM, CFG scale: 7.5, Seed: 0, Size: 64x64, Model: sd15-tiny, Version: LoRA Loom 0.1.0',
    ].join('\n'),
  });
});

test('with --json every line is an object; a seed that was drawn is told', async () => {
  const out = join(folder, 'json');
  const { out: told } = await generate(['--model', SD1, '--out', out, '--json']);
  const lines = told
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; seed?: number; file?: string });
  expect(lines.map(({ kind }) => kind)).toEqual(['progress', 'picture']);
  expect(lines[1]).toMatchObject({ file: `${out}.png`, width: 64, height: 64 });
  expect(Number.isInteger(lines[1]?.seed)).toBe(true);
});

test('sides that are no multiples of 8 are rounded down, and said so; SDXL says that it knows no clip skip', async () => {
  const words = ['--width', '100', '--clip-skip', '2', '--out', join(folder, 'odd.png')];
  const { code, out, error } = await generate(['--model', SDXL, ...words]);
  expect(code).toBe(0);
  expect(error).toContain('Sides are multiples of 8 pixels: the picture gets 96 x 64.');
  expect(error).toContain('SDXL knows no clip skip');
  expect(out).toContain('(96 x 64, ');
});

test.each([
  ['no checkpoint', ['--model', 'none.safetensors'], 'There is no such file or folder.'],
  ['a LoRA as checkpoint', ['--model', LORA], 'a LoRA'],
  ['no LoRA', ['--model', SD1, '--lora', 'none.safetensors'], 'no such file'],
  ['a checkpoint as LoRA', ['--model', SD1, '--lora', SD1], 'not a LoRA.'],
  [
    'a LoRA of another family',
    ['--model', SDXL, '--lora', golden('traces/vpred_sd2/lora_final.safetensors')],
    'choose a LoRA and a model of the same family',
  ],
  [
    'a LoRA that says another family',
    ['--model', SD1, '--lora', golden('traces/sdxl/lora_final.safetensors')],
    'The LoRA was made for SDXL, but the base model is SD 1.x.',
  ],
])('%s is told in plain words, and nothing is written', async (_name, words, sentence) => {
  const out = join(folder, 'never', 'cat.png');
  const { code, error } = await generate([...words, '--out', out]);
  expect(error).toContain(sentence);
  expect(code).toBe(1);
  expect(await readdir(folder)).not.toContain('never');
});

test('an output that cannot be written is told before anything is computed', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  const { code, error } = await generate(['--model', SD1, '--out', join(file, 'cat.png'), '--steps', '1000']);
  expect(error).toMatch(/^Error: /);
  expect(error).toContain(file);
  expect(error).not.toContain('sampling');
  expect(code).toBe(1);
});

test('a folder is no picture', async () => {
  const { code, error } = await generate(['--model', SD1, '--out', folder]);
  expect(error).toContain('There is a folder of this name');
  expect(code).toBe(1);
});

// Windows has no such signal to send.
test.skipIf(process.platform === 'win32')('Ctrl-C ends it before the next step, with exit code 130', async () => {
  const words = ['--import', 'tsx', 'trainer/cli/main.ts', 'generate', ...SMALL, '--steps', '1000', '--model', SD1];
  const child = spawn(process.execPath, [...words, '--out', join(folder, 'stopped.png')], { stdio: 'pipe' });
  child.stderr.on('data', (text: Buffer) => {
    if (text.toString().includes('1/1000 sampling')) child.kill('SIGINT');
  });
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(await readdir(folder)).not.toContain('stopped.png');
});
