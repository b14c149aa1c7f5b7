import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Picture } from '../../trainer/base/ports.ts';
import { openDrawingModel } from '../../trainer/cli/drawing-model.ts';
import { runCommandLine } from '../../trainer/cli/program.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { installedModel } from '../../trainer/platform/bundled.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';
import { evaluateModel, type Evaluation } from '../../trainer/train/evaluation/evaluate.ts';
import { readConceptList } from '../../trainer/train/evaluation/training-set.ts';
import { fakeTerminal } from '../trainer/cli/fake-terminal.ts';

const SD1 = fileURLToPath(new URL('../golden/models/sd15/sd15-tiny.safetensors', import.meta.url));
const SIDE = 64;
const CONCEPTS = ['cat', 'red apple', 'tree'];
const STYLES = ['flat', 'soft'];

let folder: string;
let list: string;
/** A file that does not say what it predicts. */
let sd2: string;

/** A square of one colour on white. */
function square([red, green, blue]: readonly [number, number, number], from: number, to: number): Picture {
  const data = new Uint8Array(3 * SIDE * SIDE).fill(255);
  for (let y = from; y < to; y++) {
    for (let x = from; x < to; x++) data.set([red, green, blue], 3 * (y * SIDE + x));
  }
  return { width: SIDE, height: SIDE, data };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-'));
  const pictures = join(folder, 'diffusion', '1_emoji');
  await mkdir(pictures, { recursive: true });
  const { encodePng } = createPictures();
  const concepts = [];
  for (const [index, concept] of CONCEPTS.entries()) {
    const listed = [];
    for (const [place, style] of STYLES.entries()) {
      for (const variant of [0, 1]) {
        const file = `${concept.replace(' ', '-')}-${style}-${variant}.png`;
        const colour = [index * 100, place * 90, 40 * variant] as const;
        await writeFile(join(pictures, file), await encodePng(square(colour, 8 + variant, 40 + variant), {}));
        const caption = variant === 0 ? `a ${concept}, ${style} style` : `${concept}`;
        await writeFile(join(pictures, file.replace('.png', '.txt')), caption);
        listed.push({ file, style, variant: 'plain', caption });
      }
    }
    listed.push({ file: 'pair.png', style: 'flat', variant: 'pair', caption: 'two things' });
    concepts.push({ concept, words: [concept], styles: STYLES, pictures: listed });
  }
  list = join(folder, 'concepts.json');
  await writeFile(list, JSON.stringify(concepts));
  sd2 = join(folder, 'sd2.safetensors');
  const recipe = { family: 'sd2', size: 'tiny', layout: 'ldm', dtype: 'F32', seed: 3 } as const;
  await writeRandomCheckpoint(machineFiles(), sd2, recipe);
});
afterAll(() => rm(folder, { recursive: true }));

const SMALL = ['--model', SD1, '--size', String(SIDE), '--steps', '1', '--threads', '2'];

async function evaluate(words: readonly string[]) {
  const terminal = fakeTerminal();
  const code = await runCommandLine(['evaluate', ...SMALL, ...words], terminal);
  return { code, ...terminal.written };
}

test('--json gives one object with all numbers; sheets are written page by page', async () => {
  const out = join(folder, 'sheets');
  const composition = join(folder, 'composition.json');
  await writeFile(composition, JSON.stringify({ prompts: ['a red cat', { prompt: 'a cat and a tree', kind: 'two' }] }));
  const {
    code,
    out: told,
    error,
  } = await evaluate([...['--concepts', list, '--out', out, '--composition', composition, '--json']]);
  expect({ code, error }).toMatchObject({ code: 0, error: expect.stringContaining('12/12 drawing') as string });
  const found = JSON.parse(told) as Evaluation & { settings: Record<string, unknown> };
  // Three concepts in two styles are six prompts of two seeds each.
  expect(found).toMatchObject({ concepts: 3, prompts: 6, pictures: 12, candidates: 12 });
  for (const share of [found.top1, found.top5, found.exact ?? -1, found.latentTop1, found.latentTop5]) {
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThanOrEqual(1);
  }
  expect(found.top5).toBeGreaterThanOrEqual(found.top1);
  expect(found.missed).toHaveLength(Math.round(12 * (1 - found.top1)));
  // Random weights paint noise: another seed is as another prompt.
  expect(found.seedVariety.pixels).toBeGreaterThan(0.5);
  expect(found.seedVariety.latents).toBeGreaterThan(0.5);
  expect(found.autoencoderFrechetDistance).toBeGreaterThan(0);
  expect(found.autoencoderConceptScore).toBeGreaterThanOrEqual(1);
  expect(found.autoencoderConceptScore).toBeLessThanOrEqual(3);
  expect(Object.keys(found)).not.toContain('frechetInceptionDistance');
  expect(found.autoencoder).toBe(installedModel() === undefined ? SD1 : 'bundled:model');
  expect(found.settings).toMatchObject({ model: SD1, seeds: 2, steps: 1, scale: 2, sampler: 'ddim', side: SIDE });
  expect(found.sheets).toEqual([join(out, 'sheet-01.png')]);
  const file = join(out, 'composition-01.png');
  expect(found.composition).toEqual([
    { prompt: 'a red cat', file },
    { prompt: 'a cat and a tree', file },
  ]);
  expect(await readdir(out)).toEqual(['composition-01.png', 'sheet-01.png']);
  // Five entries beside each other would fit; there are six, of three pictures of 64 pixels.
  const { width, height } = await createPictures().inspect(join(out, 'sheet-01.png'));
  expect([width, height]).toEqual([8 + 6 * (3 * 67 - 3 + 8), 8 + (64 + 3 + 27 + 8)]);
});

test('the same command gives the same numbers', async () => {
  const words = ['--concepts', list, '--limit', '2', '--json'];
  const [one, other] = [await evaluate(words), await evaluate(words)];
  expect(JSON.parse(one.out)).toEqual(JSON.parse(other.out));
  expect(JSON.parse(one.out)).toMatchObject({ prompts: 2, pictures: 4, candidates: 12, composition: [], sheets: [] });
});

test('the pictures of every model are described by one autoencoder where one is given for all', async () => {
  const terminal = fakeTerminal();
  const model = await openDrawingModel(terminal, { model: SD1, engine: 'cpu', threads: 2 });
  const set = await readConceptList(terminal.files, list);
  const tools = {
    files: terminal.files,
    pictures: createPictures(),
    model,
    onProgress: () => undefined,
    onWarning: () => undefined,
    cancelled: () => false,
  };
  const small = { seeds: 2, steps: 1, scale: 2, sampler: 'ddim', side: SIDE, limit: 2, composition: [] } as const;
  const own = await evaluateModel(tools, set, small);
  const other = await evaluateModel({ ...tools, describedBy: sd2 }, set, small);
  expect([own?.autoencoder, other?.autoencoder]).toEqual([SD1, sd2]);
  // The same pictures are drawn: only their latents are of another autoencoder.
  expect(other?.seedVariety.pixels).toBe(own?.seedVariety.pixels);
  expect(other?.seedVariety.latents).not.toBe(own?.seedVariety.latents);
});

test('a file of SD 2.x that does not say what it predicts is told of; with --v-prediction velocity is what it predicts', async () => {
  const words = ['--model', sd2, '--concepts', list, '--limit', '2', '--json'];
  const [noise, velocity] = [await evaluate(words), await evaluate([...words, '--v-prediction'])];
  expect([noise.code, velocity.code]).toEqual([0, 0]);
  const doubt = 'The file does not say whether the model predicts noise or velocity; noise is assumed';
  expect(noise.error).toContain(doubt);
  expect(noise.error).toContain('If pictures are nothing but noise, add --v-prediction.');
  expect(velocity.error).not.toContain(doubt);
  const varietyIn = (out: string) => (JSON.parse(out) as Evaluation).seedVariety;
  expect(varietyIn(velocity.out)).not.toEqual(varietyIn(noise.out));
});

test('any folder of pictures with captions can be compared with, and the text says what was measured', async () => {
  const { code, out } = await evaluate(['--data', join(folder, 'diffusion'), '--seeds', '1']);
  expect(code).toBe(0);
  // Six captions name a style; the three of the other pictures are the concept alone, in both styles.
  expect(out).toMatch(/^9 pictures of 9 prompts, beside 12 training pictures of 9 concepts \(0s\)\n/);
  expect(out).toMatch(/\nNearest training picture shows the prompt +\d+\.\d %\n/);
  expect(out).toContain('\nFréchet distance, autoencoder (no FID) ');
  expect(out).toMatch(/\nAutoencoder of latents and features +\S/);
  expect(out).not.toContain('in the style of the prompt');
  expect(out).not.toContain('Two seeds');
});

test.each([
  ['no list', ['--concepts', 'none.json'], 'There is no such file'],
  ['a list that is none', ['--concepts', SD1], 'The file is no list of concepts: it is no JSON.'],
  ['both sources', ['--concepts', 'a.json', '--data', 'b'], 'Both --concepts and --data are given'],
  ['no folder', ['--data', 'none'], 'There is no such folder'],
  ['no model', ['--model', 'none.safetensors'], 'There is no such file or folder'],
  ['another network than InceptionV3', ['--inception', SD1], 'does not hold the InceptionV3 that FID uses'],
  ['prompts that are none', ['--composition', SD1], 'The file is no list of prompts.'],
])('%s is told in plain words before anything is computed', async (_name, words, sentence) => {
  const source = words.some((word) => ['--concepts', '--data'].includes(word)) ? [] : ['--concepts', list];
  const { code, out, error } = await evaluate([...source, ...words]);
  expect(error).toContain(sentence);
  expect({ code, out }).toEqual({ code: 1, out: '' });
});

test('without a word about the training pictures it says where they could be (evaluate/no-pictures)', async () => {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { code, error } = await evaluate(['--json']);
    expect(code).toBe(1);
    expect(JSON.parse(error)).toMatchObject({
      error: {
        code: 'evaluate/no-pictures',
        what: 'It is not said what the model was trained on, so there is nothing to compare its pictures with',
        fix: expect.stringContaining('npm run base:dataset') as string,
      },
    });
  } finally {
    process.chdir(before);
  }
});

// Windows has no such signal to send.
test.skipIf(process.platform === 'win32')('Ctrl-C ends it before the next step, with exit code 130', async () => {
  const words = ['--import', 'tsx', 'trainer/cli/main.ts', 'evaluate', ...SMALL, '--concepts', list];
  const child = spawn(process.execPath, [...words, '--steps', '1000'], { stdio: 'pipe' });
  let told = '';
  child.stdout.on('data', (text: Buffer) => (told += text.toString()));
  child.stderr.on('data', (text: Buffer) => {
    if (text.toString().includes('drawing')) child.kill('SIGINT');
  });
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(told).toBe('');
});
