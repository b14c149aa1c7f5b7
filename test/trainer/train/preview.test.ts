import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SampleEvent, TrainEvent, WarningEvent } from '../../../trainer/api/events.ts';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { must } from '../../../trainer/base/errors.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';
import { createPictures } from '../../../trainer/platform/pictures.ts';
import { readPngText } from '../../../trainer/platform/png-text.ts';
import { drawPreview, sampleIsDue, previewSettings, type PreviewSettings } from '../../../trainer/train/preview.ts';
import { tinyModel, type TinyModel } from './generation/tiny-models.ts';

let folder: string;
let model: TinyModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preview-'));
  model = await tinyModel('sd15');
});
afterAll(() => rm(folder, { recursive: true }));

const settingsOf = (changes: Partial<PreviewSettings> = {}): PreviewSettings => ({
  prompts: join(folder, 'prompts.txt'),
  sampler: 'euler',
  atFirst: false,
  folder: join(folder, 'samples'),
  seed: 5,
  name: 'cat',
  ...changes,
});

async function drawAt(step: number, settings = settingsOf(), stop: 'no' | 'finishing' = 'no'): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  const tools = { files: machineFiles(), pictures: createPictures(), stop: { wanted: stop } };
  await drawPreview(model, settings, step, { ...tools, report: (event) => events.push(event) });
  return events;
}

const samples = (events: readonly TrainEvent[]): SampleEvent[] => events.filter((event) => event.kind === 'sample');
const warnings = (events: readonly TrainEvent[]): WarningEvent[] => events.filter((event) => event.kind === 'warning');

test('pictures are due after every n steps, or at the ends of every n epochs, which win; and at first where asked', () => {
  const due = (settings: Partial<PreviewSettings>): number[] =>
    [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((step) =>
      sampleIsDue(settingsOf(settings), { step, epoch: Math.ceil(step / 2), endsEpoch: step > 0 && step % 2 === 0 }),
    );
  expect(due({})).toEqual([]);
  expect(due({ atFirst: true })).toEqual([0]);
  expect(due({ everySteps: 3 })).toEqual([3, 6]);
  expect(due({ everyEpochs: 2, everySteps: 1, atFirst: true })).toEqual([0, 4, 8]);
});

test('a job without a file of prompts draws nothing; with one, as it says', () => {
  const job = (more: object) =>
    parseJob({ pretrained_model_name_or_path: '-', train_data_dir: '-', output_dir: '-', ...more }, 'the test');
  expect(previewSettings(job({}), 1, 'samples')).toBeUndefined();
  const settings = previewSettings(job({ sample_prompts: 'p.txt', sample_every_n_steps: 10 }), 1, 'samples');
  expect(settings).toMatchObject({ prompts: 'p.txt', everySteps: 10, atFirst: false, sampler: 'ddim', seed: 1 });
});

test('each prompt becomes a picture named after step, prompt and seed, with prompt and settings inside', async () => {
  await writeFile(settingsOf().prompts, 'a sks cat --w 64 --h 64 --s 2 --d 42 --n blurry\na dog --w 64 --h 64 --s 1\n');
  const events = await drawAt(100);
  expect(warnings(events)).toEqual([]);
  const [cat, dog] = samples(events).map((event) => must(event, 'a sample'));
  expect(cat).toMatchObject({ step: 100, promptIndex: 0, prompt: 'a sks cat', seed: 42 });
  expect((await readdir(settingsOf().folder)).sort()).toEqual(['000100_00_42.png', `000100_01_${dog?.seed}.png`]);
  expect(events.filter(({ kind }) => kind === 'progress')).toHaveLength(3);
  expect(readPngText(await readFile(must(cat, 'a sample').file))).toEqual({
    parameters: [
      'a sks cat',
      'Negative prompt: blurry',
      'Steps: 2, Sampler: Euler, CFG scale: 7.5, Seed: 42, Size: 64x64, Model: sd15-tiny, Version: LoRA Loom 0.1.0',
    ].join('\n'),
  });
  expect(model.executor.programs.open).toBe(0);
});

test('the file is read again each time; a prompt without a seed gets another each time, the same for the same step', async () => {
  await writeFile(settingsOf().prompts, 'a bird --w 64 --h 64 --s 1');
  const [first, again, later] = [await drawAt(1), await drawAt(1), await drawAt(2)].map((events) =>
    samples(events).map(({ prompt, seed }) => ({ prompt, seed })),
  );
  expect(first?.[0]?.prompt).toBe('a bird');
  expect(again).toEqual(first);
  expect(later?.[0]?.seed).not.toBe(first?.[0]?.seed);
});

test('a file of prompts that is gone, wrong or no text is a warning', async () => {
  const missing = await drawAt(3, settingsOf({ prompts: join(folder, 'none.txt') }));
  expect(warnings(missing)).toHaveLength(1);
  expect(missing).toHaveLength(1);
  expect(warnings(missing)[0]?.what).toContain('The sample pictures of this step are left out. ');
  await writeFile(settingsOf().prompts, 'a cat --width 64');
  expect(warnings(await drawAt(3))[0]?.what).toContain('has the setting "--width", which does not exist');
});

test('a model that fails, even by a mistake of ours, is a warning', async () => {
  await writeFile(settingsOf().prompts, 'a cat --w 64 --h 64 --s 1');
  const events: TrainEvent[] = [];
  const broken = { ...model, executor: { name: 'none', compile: () => Promise.reject(new Error('no kernel')) } };
  const tools = { files: machineFiles(), pictures: createPictures(), stop: { wanted: 'no' as const } };
  await drawPreview(broken, settingsOf(), 4, { ...tools, report: (event) => events.push(event) });
  expect(warnings(events)[0]?.what).toBe('The sample pictures of this step are left out: no kernel');
});

test('a stop that was asked for ends the drawing before its next step', async () => {
  await writeFile(settingsOf().prompts, 'a cat --w 64 --h 64 --s 5');
  const events = await drawAt(5, settingsOf(), 'finishing');
  expect(events.map(({ kind }) => kind)).toEqual(['state']);
});
