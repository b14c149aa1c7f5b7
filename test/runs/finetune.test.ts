import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { viewOf } from '../../trainer/optim/parameters.ts';
import { readPngText } from '../../trainer/platform/png-text.ts';
import { planRun } from '../../trainer/train/plan.ts';
import { runPlaces } from '../../trainer/train/run-folder.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { readState } from '../../trainer/train/state.ts';
import { differences } from '../trainer/formats/checkpoint/checkpoints-to-compare.ts';
import { NEVER_STOP, playground, recorder, TINY_MODELS, tinyJob, tinyMachine } from '../support/tiny-run.ts';
import { openModel, partsIn, QUIET, savedAt, scratchJob } from '../support/whole-models.ts';

const machine = await tinyMachine();
const ONE = [[64, 64]] as const;
const FINETUNE = { method: 'finetune', max_train_steps: 1 };

/** Every weight of these parts has moved, and every other has kept its bits. */
function expectTrained(changed: readonly string[], all: Iterable<string>, parts: readonly string[]): void {
  const isTrained = (name: string): boolean => parts.includes(name.slice(0, name.indexOf('/')));
  expect([...changed].sort()).toEqual([...all].filter(isTrained).sort());
}

describe('fine-tuning a single file', () => {
  test.each([
    ['UNet and text encoder', {}, ['text_encoder', 'unet']],
    ['the UNet alone', { text_encoder_lr: 0 }, ['unet']],
    ['the text encoder alone', { unet_lr: 0 }, ['text_encoder']],
  ] as const)('%s: what is trained moves, the rest keeps its bits, the layout stays', async (_, settings, parts) => {
    await using place = await playground(ONE);
    const { events, report } = recorder();
    const job = tinyJob(place, { ...FINETUNE, ...settings });
    const outcome = await runTraining(machine, job, { report, stop: NEVER_STOP });
    const path = savedAt(place, 'tiny.safetensors');
    expect(outcome).toEqual({ kind: 'done', step: 1, file: path });
    const step = events.find((event) => event.kind === 'step');
    expect(Object.keys(step?.lr ?? {}).sort()).toEqual([...parts]);

    const [before, after] = [await openModel(TINY_MODELS.sd15), await openModel(path)];
    expect(after.checkpoint).toMatchObject({ family: 'sd1', layout: 'ldm', dtypes: ['F32'] });
    expectTrained(differences(before.values, after.values), before.values.keys(), parts);
  });

  test('save_model_as makes a folder of a file, and a file of that folder; save_precision = "fp16" halves the bytes', async () => {
    await using place = await playground(ONE);
    const half = { ...FINETUNE, text_encoder_lr: 0, save_precision: 'fp16' };
    const { file: folder } = await runTraining(machine, tinyJob(place, { ...half, save_model_as: 'diffusers' }), QUIET);
    expect(folder).toBe(savedAt(place, 'tiny'));
    const again = {
      ...half,
      pretrained_model_name_or_path: folder,
      output_name: 'again',
      save_model_as: 'safetensors',
    };
    const { file = '' } = await runTraining(machine, tinyJob(place, again), QUIET);
    expect(file).toMatch(/again\.safetensors$/);
    const [source, first, second] = [
      await openModel(TINY_MODELS.sd15),
      await openModel(folder ?? ''),
      await openModel(file),
    ];
    expect(first.checkpoint).toMatchObject({ family: 'sd1', layout: 'diffusers', dtypes: ['F16'] });
    expect(second.checkpoint).toMatchObject({ family: 'sd1', layout: 'ldm', dtypes: ['F16'] });
    expect([...second.values.keys()].sort()).toEqual([...source.values.keys()].sort());
    // What is not trained was rounded once, and has its bits from then on.
    expect(partsIn(differences(first.values, second.values))).toEqual(['unet']);
  });
});

test('a diffusers folder comes back as one, with what it predicts', async () => {
  await using place = await playground(ONE);
  await runTraining(machine, tinyJob(place, { ...FINETUNE, pretrained_model_name_or_path: TINY_MODELS.sd21 }), QUIET);
  const { checkpoint } = await openModel(savedAt(place, 'tiny'));
  expect(checkpoint).toMatchObject({ family: 'sd2', layout: 'diffusers', predictionType: 'v_prediction' });
});

test('SDXL trains both text encoders', async () => {
  await using place = await playground(ONE);
  const { events, report } = recorder();
  const job = tinyJob(place, { ...FINETUNE, pretrained_model_name_or_path: TINY_MODELS.sdxl });
  await runTraining(machine, job, { report, stop: NEVER_STOP });
  const step = events.find((event) => event.kind === 'step');
  expect(Object.keys(step?.lr ?? {}).sort()).toEqual(['text_encoder', 'text_encoder_2', 'unet']);
  const [before, after] = [await openModel(TINY_MODELS.sdxl), await openModel(savedAt(place, 'tiny'))];
  expect(partsIn(differences(before.values, after.values))).toEqual(['text_encoder', 'text_encoder_2', 'unet']);
});

describe('from scratch', () => {
  test('networks of the settings are made, trained, and saved as a diffusers folder', async () => {
    await using place = await playground(ONE);
    const { events, report } = recorder();
    const job = await scratchJob(place, { ...FINETUNE, ema_decay: 0.9, save_every_n_steps: 1, max_train_steps: 2 });
    await runTraining(machine, job, { report, stop: NEVER_STOP });
    expect((await readdir(savedAt(place, '.'))).sort()).toEqual([
      'initial',
      'job.toml',
      'log.txt',
      'metrics.jsonl',
      'state',
      'tiny',
      'tiny-step00000001',
      'tiny-step00000002',
    ]);
    const [initial, last] = [await openModel(savedAt(place, 'initial')), await openModel(savedAt(place, 'tiny'))];
    expect(last.checkpoint).toMatchObject({
      family: 'sd1',
      layout: 'diffusers',
      predictionType: 'v_prediction',
      noiseSchedule: { curve: 'scaled_linear', zeroTerminalSnr: true },
    });
    expect(partsIn(differences(initial.values, last.values))).toEqual(['text_encoder', 'unet']);
    const written = await readFile(savedAt(place, 'job.toml'), 'utf8');
    expect(written).toContain(`model_config = "${join(place.folder, 'config')}"`);
    expect(written).not.toContain('pretrained_model_name_or_path');
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);
  });

  test('a VAE that is given becomes part of the model', async () => {
    await using place = await playground(ONE);
    await runTraining(machine, await scratchJob(place, { ...FINETUNE, vae: TINY_MODELS.sd15 }), QUIET);
    const [given, made] = [await openModel(TINY_MODELS.sd15), await openModel(savedAt(place, 'tiny'))];
    const vaeOf = (values: ReadonlyMap<string, Float32Array>) =>
      new Map([...values].filter(([name]) => name.startsWith('vae/')));
    expect(vaeOf(made.values).size).toBeGreaterThan(50);
    expect(differences(vaeOf(given.values), vaeOf(made.values))).toEqual([]);
  });

  test('samples are drawn with the weights of the moment, and name the run as their model', async () => {
    await using place = await playground(ONE);
    const prompts = join(place.folder, 'prompts.txt');
    await writeFile(prompts, 'a sks dog --w 64 --h 64 --s 1 --d 5\n');
    const samples = { sample_prompts: prompts, sample_at_first: true, sample_every_n_steps: 1 };
    // A rate that shows after one step.
    await runTraining(machine, await scratchJob(place, { ...FINETUNE, ...samples, learning_rate: 0.1 }), QUIET);
    const [first, after] = await Promise.all(
      ['000000_00_5.png', '000001_00_5.png'].map((name) => readFile(join(savedAt(place, 'samples'), name))),
    );
    expect(readPngText(first ?? Buffer.alloc(0))['parameters']).toContain('Model: tiny,');
    expect(after?.equals(first ?? Buffer.alloc(0))).toBe(false);
  });

  test('with ema_decay the average is saved and drawn, not the weights of the last step', async () => {
    await using place = await playground(ONE);
    const prompts = join(place.folder, 'prompts.txt');
    await writeFile(prompts, 'a sks dog --w 64 --h 64 --s 1 --d 5\n');
    const drawn = { sample_prompts: prompts, learning_rate: 0.1 };
    const averaging = { ...FINETUNE, ...drawn, ema_decay: 0.9, max_train_steps: 2, sample_every_n_steps: 2 };
    const job = await scratchJob(place, averaging);
    await runTraining(machine, job, QUIET);

    const places = runPlaces(machine.files, job);
    const { values, optimizer } = await readState(machine.files, places);
    const { layout } = (await planRun({ machine, job, places, resume: true })).method;
    const named = (vector: Float32Array) => new Map(layout.entries.map((entry) => [entry.name, viewOf(vector, entry)]));
    const all = (await openModel(savedAt(place, 'tiny'))).values;
    const saved = new Map(layout.entries.map(({ name }) => [name, must(all.get(name), name)]));
    expect(differences(named(must(optimizer['average'], 'the average')), saved)).toEqual([]);
    expect(partsIn(differences(named(values), saved))).toEqual(['text_encoder', 'unet']);

    const again = {
      ...FINETUNE,
      ...drawn,
      pretrained_model_name_or_path: savedAt(place, 'tiny'),
      output_name: 'again',
    };
    await runTraining(machine, tinyJob(place, { ...again, sample_at_first: true }), QUIET);
    const whole = [
      { width: 64, height: 64 },
      { left: 0, top: 0, width: 64, height: 64 },
    ] as const;
    const pixelsOf = async (path: string) => Buffer.from((await machine.pictures.load(path, ...whole)).data);
    const ofSaved = await pixelsOf(join(place.folder, 'output', 'again', 'samples', '000000_00_5.png'));
    expect((await pixelsOf(join(places.samples, '000002_00_5.png'))).equals(ofSaved)).toBe(true);
  });

  test('a text encoder that stays random is told of', async () => {
    await using place = await playground(ONE);
    const { events, report } = recorder();
    const job = await scratchJob(place, { ...FINETUNE, text_encoder_lr: 0 });
    await runTraining(machine, job, { report, stop: NEVER_STOP });
    expect(events.filter(({ kind }) => kind === 'warning')).toMatchObject([
      { what: expect.stringContaining('The text encoder starts from random numbers and is not trained') as string },
    ]);
  });

  test('checkpoint/layout: a single file that could not tell the networks is refused before anything is trained', async () => {
    await using place = await playground(ONE);
    const { events, report } = recorder();
    const job = await scratchJob(place, { ...FINETUNE, save_model_as: 'safetensors' });
    const error: unknown = await runTraining(machine, job, { report, stop: NEVER_STOP }).catch((caught) => caught);
    expect(error).toMatchObject({ report: { code: 'checkpoint/layout' } });
    expect(events.map(({ kind }) => kind)).toEqual(['state']);
  });
});
