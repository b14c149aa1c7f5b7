import { expect, test } from 'vitest';
import type { DrawnPicture } from '../../../trainer/api/rpc/index.ts';
import { must } from '../../../trainer/base/errors.ts';
import { firstSettings, lineOfSettings, withLine } from '../../../renderer/try-it/first-settings.ts';
import { needsWithout, pairsOf, pictureOf, withoutLoras } from '../../../renderer/try-it/pairs.ts';
import { printPromptLine, splitPromptLine } from '../../../trainer/api/prompts/prompt-file.ts';
import { DRAWING_ORDER, drawnPictures } from '../stage/made-up-drawings.ts';
import { pastRuns } from '../stage/made-up-run.ts';

const PICTURES = drawnPictures();
const strength = (weight: number): typeof DRAWING_ORDER => ({
  ...DRAWING_ORDER,
  loras: DRAWING_ORDER.loras.map(({ file }) => ({ file, weight })),
});
const nameOf = (picture: DrawnPicture | undefined): string | undefined => picture?.file.split('/').at(-1);

test('one picture without LoRAs stands beside every strength of the same words and seed', () => {
  const beside = pairsOf(PICTURES).map(({ picture, without }) => [nameOf(picture), nameOf(without)]);
  expect(beside.slice(0, 4)).toEqual([
    ['smiling.png', 'grumpy.png'],
    ['grinning-eyes.png', 'grumpy.png'],
    ['smirking.png', 'grumpy.png'],
    ['crying.png', undefined],
  ]);
});

test('what was drawn twice stands once, as it was drawn last', () => {
  const [first] = PICTURES;
  const again = { ...must(first, 'a picture'), file: '/work/drawings/again.png' };
  expect(pairsOf([again, ...PICTURES]).map(({ picture }) => nameOf(picture))).toEqual([
    'again.png',
    ...pairsOf(PICTURES)
      .slice(1)
      .map(({ picture }) => nameOf(picture)),
  ]);
});

test('a picture is found by its order and seed, and not by another strength', () => {
  expect(nameOf(pictureOf(PICTURES, strength(0.5), 1234))).toBe('smirking.png');
  expect(pictureOf(PICTURES, strength(0.6), 1234)).toBeUndefined();
  expect(nameOf(pictureOf(PICTURES, { ...DRAWING_ORDER, loras: [] }, 1234))).toBe('grumpy.png');
});

test('the one without LoRAs is drawn again only where something but the LoRAs differs', () => {
  expect(needsWithout(PICTURES, strength(0.3), 1234)).toBe(false);
  expect(needsWithout(PICTURES, { ...strength(0.3), count: 2 }, 1234)).toBe(true);
  expect(needsWithout(PICTURES, { ...DRAWING_ORDER, steps: 21 }, 1234)).toBe(true);
  expect(needsWithout(PICTURES, DRAWING_ORDER, 1235)).toBe(true);
  expect(needsWithout([], { ...DRAWING_ORDER, loras: [] }, 1)).toBe(false);
  expect(withoutLoras(PICTURES, { ...DRAWING_ORDER, model: '/other' }, 1234)).toBeUndefined();
});

test('seeds begin again at 0 after the largest', () => {
  const largest = 2 ** 32 - 1;
  const order = { ...DRAWING_ORDER, loras: [], count: 2, seed: largest };
  const [last] = PICTURES;
  const drawn = [largest, 0].map((seed) => ({ ...must(last, 'a picture'), seed, withLoras: false, order }));
  expect(needsWithout(drawn, { ...DRAWING_ORDER, count: 2, seed: largest }, largest)).toBe(false);
});

test('it begins with the newest save, and the checkpoint of the job, of the last run, or the bundled one', () => {
  const runs = pastRuns();
  const loras = [{ file: '/runs/sks-cat-4/sks-cat-4.safetensors', weight: 1 }];
  const job = { pretrained_model_name_or_path: '/models/mine.safetensors', clip_skip: 2, vae: '/v', engine: 'webgpu' };
  expect(firstSettings({ table: job, runs, seed: 5 })).toMatchObject({
    model: '/models/mine.safetensors',
    clipSkip: 2,
    vae: '/v',
    engine: 'webgpu',
    loras,
    seed: 5,
  });
  const other = runs.map((run) => ({ ...run, table: { pretrained_model_name_or_path: '/models/last' } }));
  expect(firstSettings({ table: {}, runs: other, seed: 5 })).toMatchObject({ model: '/models/last', loras });
  expect(firstSettings({ table: {}, runs: [], seed: 5 })).toMatchObject({ model: 'bundled:model', loras: [] });
});

test('a sample prompt brings its words and flags, and leaves what it does not name', () => {
  const settings = firstSettings({ table: {}, runs: [], seed: 5, line: splitPromptLine('a cat --n dull --l 2 --w 8') });
  expect(settings).toMatchObject({ prompt: 'a cat', negative: 'dull', cfg: 2, steps: 20, seed: 5, sampler: 'ddim' });
  // Sides below 64 are none that can be drawn.
  expect(settings).not.toHaveProperty('width');
  const line = 'a dog --n blurry --w 128 --h 64 --d 7 --s 9 --l 3.5 --ss euler_a';
  expect(printPromptLine(lineOfSettings(withLine(settings, splitPromptLine(line))))).toBe(line);
});
