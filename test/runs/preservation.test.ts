/**
 * Keeping the class by what the frozen networks predict: as a step, and in whole runs.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { createGenerator } from '../../trainer/base/random.ts';
import { f32, type F32Tensor } from '../../trainer/base/tensor.ts';
import { timestepWeights } from '../../trainer/diffusion/loss-weights.ts';
import { createNoiseSchedule, mixingTable } from '../../trainer/diffusion/noise-schedule.ts';
import type { Fetches } from '../../trainer/exec/executor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { partsIn } from '../../trainer/formats/checkpoint/networks.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { createBuilder } from '../../trainer/graph/builder.ts';
import { symbol } from '../../trainer/graph/dims.ts';
import { initialiseLora } from '../../trainer/lora/initialise.ts';
import { layoutLora } from '../../trainer/lora/layout.ts';
import { loraModules } from '../../trainer/lora/modules.ts';
import { checkpointWeights } from '../../trainer/models/checkpoint-weights.ts';
import { buildUNet } from '../../trainer/models/unet/unet.ts';
import { layOut, parameterFeeds, viewOf, type ParameterLayout } from '../../trainer/optim/parameters.ts';
import { lossOf, sumGradients } from '../../trainer/train/gradients.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { passFeeds } from '../../trainer/train/step-feeds.ts';
import { STEP_INPUTS } from '../../trainer/train/step-graph.ts';
import { compileStep, type StepChoices, type StepProgram } from '../../trainer/train/step-program.ts';
import { tokenFeeds, tokensOf } from '../../trainer/train/text-encoder-run.ts';
import {
  playground,
  recorder,
  runUntil,
  TINY_MODELS,
  tinyJob,
  tinyMachine,
  type Playground,
} from '../support/tiny-run.ts';
import { digestsOf, QUIET } from '../support/whole-models.ts';

const machine = await tinyMachine();
const { files, executor, tokenizer } = machine;
const checkpoint = await openCheckpoint(files, TINY_MODELS.sd15);
const { config } = checkpoint.unet;
const schedule = createNoiseSchedule();
const TABLES = { mixing: mixingTable(schedule), lossWeights: timestepWeights(schedule, { vPrediction: false }) };

const random = createGenerator(3);
const LATENTS = f32([2, 4, 8, 8], random.normals(512));
const NOISE = random.normals(512);
const TIMESTEPS = Int32Array.of(100, 700);
const CONFIGS = checkpoint.textEncoders.map((encoder) => encoder.config);
const TEXT = tokenFeeds(['a sks dog', 'a dog'].map((caption) => tokensOf(tokenizer, caption, 75, CONFIGS)));
const PLAIN_TEXT = {
  [STEP_INPUTS.text]: f32([2, 77, config.crossAttentionDim], random.normals(2 * 77 * config.crossAttentionDim)),
};

interface Fed {
  readonly preserved?: readonly boolean[];
  readonly noise?: Float32Array;
  readonly inputNoise?: Float32Array;
  readonly text?: typeof TEXT;
}

const feeds = ({ preserved, noise = NOISE, inputNoise, text = PLAIN_TEXT }: Fed) =>
  passFeeds(config, TABLES, {
    latents: LATENTS,
    noise,
    ...(inputNoise === undefined ? {} : { inputNoise }),
    timesteps: TIMESTEPS,
    ownWeights: [1, 1],
    ...(preserved === undefined ? {} : { preserved }),
    text,
  });

const sampleLosses = (results: Fetches): number[] => [...must(results['sample_losses'], 'losses').data];

function gradientOf(layout: ParameterLayout, step: StepProgram, results: Fetches): Float32Array {
  const gradient = new Float32Array(layout.size);
  sumGradients(gradient, layout, step, results, true);
  return gradient;
}

const norm = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
const distance = (a: Float32Array, b: Float32Array): number =>
  norm(a.map((value, index) => value - (b[index] ?? Number.NaN))) / norm(b);

/** What the UNet of the file predicts for the samples above, by a graph without training. */
async function frozenPrediction(): Promise<F32Tensor> {
  const g = createBuilder();
  const weights = checkpointWeights(g, checkpoint);
  const B = symbol('B');
  const picture = [B, 4, symbol('h'), symbol('w')];
  const noisy = g.add(
    g.mul(g.input('latents', picture), g.input('signal', [B, 1, 1, 1])),
    g.mul(g.input('noise', picture), g.input('level', [B, 1, 1, 1])),
  );
  const timeEmbedding = g.input('time_embedding', [B, must(config.blockOutChannels[0], 'a level')]);
  const text = g.input('text', [B, 77, config.crossAttentionDim]);
  const predicted = buildUNet({ g, weights }, config, { latents: noisy, timeEmbedding, text });
  await using program = await executor.compile(g.finish({ predicted }), { weights: weights.sources });
  const { sample_weights: _unused, ...given } = feeds({});
  return must((await program.run(given))['predicted'], 'the prediction') as F32Tensor;
}

const sizes = { kind: 'chosen', linear: { rank: 2, alpha: 1 } } as const;
const CHOICES: StepChoices = { modules: [], prediction: 'epsilon', textInside: false, windows: 1, clipSkip: 1 };

describe('a LoRA', async () => {
  const unetModules = loraModules(checkpoint, sizes).filter(({ part }) => part === 'unet');
  const layout = layoutLora(unetModules);
  const fresh = initialiseLora(layout, createGenerator(1));
  const learned = fresh.map((value, index) => value || Math.sin(index) / 20);
  const choices = { ...CHOICES, modules: unetModules };
  await using step = await compileStep(executor, checkpoint, { ...choices, frozenTarget: true });
  await using plain = await compileStep(executor, checkpoint, choices);
  await using perturbed = await compileStep(executor, checkpoint, { ...choices, inputPerturbation: true });
  const run = (program: StepProgram, values: Float32Array, fed: Fed): Promise<Fetches> =>
    program.run({ ...feeds(fed), ...parameterFeeds(layout, values, program.parameters) });
  const { data: target } = await frozenPrediction();
  const atFirst = await run(step, fresh, { preserved: [false, true] });
  const allPreserved = await run(step, learned, { preserved: [true, true] });
  // The same loss, with the prediction fed as a constant in the place of the noise.
  const towardsPrediction = await run(perturbed, learned, { noise: target, inputNoise: NOISE });
  const nonePreserved = await run(step, learned, { preserved: [false, false] });
  const ofPlainStep = await run(plain, learned, {});

  test('that has learned nothing has no loss at all on preserved samples', () => {
    const [picture = 0, preserved] = sampleLosses(atFirst);
    expect(picture).toBeGreaterThan(0.1);
    expect(preserved).toBe(0);
  });

  test('that has learned something is drawn back to the frozen prediction, by the trained pass alone', () => {
    expect(lossOf(allPreserved)).toBeGreaterThan(1e-6);
    // Equal sums in two programs: the order of additions may differ.
    expect(Math.abs(lossOf(allPreserved) / lossOf(towardsPrediction) - 1)).toBeLessThan(1e-4);
    const found = gradientOf(layout, step, allPreserved);
    expect(distance(found, gradientOf(layout, perturbed, towardsPrediction))).toBeLessThan(1e-4);
  });

  test('learns samples that are not preserved as ever', () => {
    expect(sampleLosses(nonePreserved)).toEqual(sampleLosses(ofPlainStep));
    expect(distance(gradientOf(layout, step, nonePreserved), gradientOf(layout, plain, ofPlainStep))).toBeLessThan(
      1e-5,
    );
  });

  test.each([false, true])(
    'in the text encoder too is left out of the frozen text; gradient checkpointing %s',
    async (gradientCheckpointing) => {
      const modules = loraModules(checkpoint, sizes);
      const both = layoutLora(modules);
      const spec = { ...choices, modules, textInside: true, frozenTarget: true, dropout: { module: 0 } };
      await using inside = await compileStep(executor, checkpoint, { ...spec, gradientCheckpointing });
      const losses = async (values: Float32Array): Promise<number[]> =>
        sampleLosses(
          await inside.run({
            ...feeds({ preserved: [true, true], text: TEXT }),
            ...parameterFeeds(both, values, inside.parameters),
          }),
        );
      const start = initialiseLora(both, createGenerator(1));
      expect(await losses(start)).toEqual([0, 0]);
      const textOnly = start.slice();
      for (const { offset, size } of both.parts.filter(({ part }) => part !== 'unet')) {
        for (let index = offset; index < offset + size; index++) textOnly[index] ||= Math.sin(index) / 5;
      }
      expect(Math.min(...(await losses(textOnly)))).toBeGreaterThan(0);
    },
  );
});

test('whole networks are drawn back to what they were, by a copy that stays', async () => {
  const weights = [...partsIn(checkpoint)]
    .filter(([part]) => part === 'unet')
    .flatMap(([part, list]) => [...list].map(([name, ref]) => ({ name: `${part}/${name}`, part, ref })));
  const layout = layOut(weights.map(({ name, part, ref: { shape } }) => ({ name, part, shape })));
  const start = new Float32Array(layout.size);
  for (const [index, entry] of layout.entries.entries()) {
    viewOf(start, entry).set(await readTensor(files, must(weights[index], 'a weight').ref));
  }
  const choices = { ...CHOICES, trained: (name: string) => name.startsWith('unet/') };
  await using step = await compileStep(executor, checkpoint, { ...choices, frozenTarget: true });
  await using perturbed = await compileStep(executor, checkpoint, { ...choices, inputPerturbation: true });
  const run = (program: StepProgram, values: Float32Array, fed: Fed): Promise<Fetches> =>
    program.run({ ...feeds(fed), ...parameterFeeds(layout, values, program.parameters) });

  expect(sampleLosses(await run(step, start, { preserved: [true, true] }))).toEqual([0, 0]);
  const moved = start.map((value, index) => value * (1 + Math.sin(index) / 10));
  const results = await run(step, moved, { preserved: [true, true] });
  const { data: target } = await frozenPrediction();
  const expected = await run(perturbed, moved, { noise: target, inputNoise: NOISE });
  expect(Math.abs(lossOf(results) / lossOf(expected) - 1)).toBeLessThan(1e-4);
  expect(distance(gradientOf(layout, step, results), gradientOf(layout, perturbed, expected))).toBeLessThan(1e-4);
});

const TWO = [
  [64, 64],
  [64, 64],
] as const;

async function lossesOf(place: Playground, settings: Readonly<Record<string, unknown>>): Promise<number[]> {
  const { events, report } = recorder();
  await runTraining(machine, tinyJob(place, settings), { ...QUIET, report });
  return events.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
}

describe('in a run', () => {
  // With SDXL, the pooled text and the sizes are copied row by row too.
  test.each([
    ['lora', 'sd15'],
    ['finetune', 'sd15'],
    ['lora', 'sdxl'],
  ] as const)(
    'of %s on %s, copies by diff_output_preservation_class cost nothing at first, and something later',
    async (method, family) => {
      const model = { pretrained_model_name_or_path: TINY_MODELS[family] };
      const settings = {
        ...model,
        method,
        train_batch_size: 2,
        learning_rate: 1e-3,
        max_train_steps: 2,
        text_encoder_lr: 0,
      };
      await using place = await playground(TWO);
      const kept = { ...settings, diff_output_preservation_class: 'dog', trigger_words: 'sks dog' };
      const [first = 0, second = 0] = await lossesOf(place, { ...settings, output_name: 'without' });
      const [firstKept = 0, secondKept = 0] = await lossesOf(place, { ...kept, output_name: 'with' });
      // What is trained is still what is frozen: the copies add 0, and the pictures count as they did.
      expect(firstKept).toBeCloseTo(first, 5);
      expect(secondKept).not.toBeCloseTo(second, 5);
    },
  );

  test.each(['sd15', 'sdxl'] as const)(
    '%s: regularisation images with a frozen target have no loss before the first step, and some after',
    async (family) => {
      await using place = await playground([[64, 64]]);
      await using regularisation = await playground([[64, 64]]);
      const settings = {
        ...{ reg_data_dir: regularisation.pictures, prior_target: 'frozen_model', learning_rate: 0.01 },
        ...{ max_train_steps: 2, network_train_unet_only: true, pretrained_model_name_or_path: TINY_MODELS[family] },
      };
      // Of the two steps of an epoch, one shows the regularisation image: with one seed or another, the first.
      const firsts: number[] = [];
      for (const seed of [1, 2, 3]) {
        const [first = -1, second = -1] = await lossesOf(place, { ...settings, seed, output_name: `run${seed}` });
        firsts.push(first);
        if (first === 0) expect(second).toBeGreaterThan(0.1);
        else expect(second).toBeGreaterThan(0);
      }
      expect(firsts).toContain(0);
      expect(Math.max(...firsts)).toBeGreaterThan(0.1);
    },
  );

  test.each([
    ['lora', { network_train_unet_only: true }],
    ['finetune', { text_encoder_lr: 0 }],
  ])('of %s that is stopped and resumed, the bytes are those of one that never stopped', async (method, given) => {
    await using place = await playground(TWO);
    await using regularisation = await playground([[64, 64]]);
    const settings = {
      ...{
        method,
        reg_data_dir: regularisation.pictures,
        prior_target: 'frozen_model',
        diff_output_preservation_class: 'dog',
      },
      ...{ train_batch_size: 2, max_train_steps: 3, ...given },
    };
    const names = ['state/state.safetensors', 'tiny.safetensors'];
    await runTraining(machine, tinyJob(place, settings), QUIET);
    const output_dir = join(place.folder, 'second');
    const halves = tinyJob(place, { ...settings, output_dir });
    await runUntil(machine, halves, 1);
    await runTraining(machine, halves, { ...QUIET, resume: true });
    expect(await digestsOf(output_dir, names)).toEqual(await digestsOf(join(place.folder, 'output'), names));
    expect(await readFile(join(output_dir, 'tiny', 'job.toml'), 'utf8')).toContain('prior_target = "frozen_model"');
  });
});
