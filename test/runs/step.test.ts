import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../trainer/base/random.ts';
import { f32, i32, type Tensor } from '../../trainer/base/tensor.ts';
import type { Executor, Fetches } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { initialiseLora } from '../../trainer/lora/initialise.ts';
import { layoutLora, type LoraLayout } from '../../trainer/lora/layout.ts';
import { parameterFeeds } from '../../trainer/optim/parameters.ts';
import { loraModules } from '../../trainer/lora/modules.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { createNoiseSchedule, mixingTable } from '../../trainer/diffusion/noise-schedule.ts';
import { timestepWeights } from '../../trainer/diffusion/loss-weights.ts';
import { lossOf, sumGradients } from '../../trainer/train/gradients.ts';
import { passFeeds } from '../../trainer/train/step-feeds.ts';
import { buildStep, gradientName, STEP_INPUTS } from '../../trainer/train/step-graph.ts';
import { compileStep, stepSpec, type StepChoices, type StepProgram } from '../../trainer/train/step-program.ts';
import { TINY_MODELS } from '../support/tiny-run.ts';

const checkpoint = await openCheckpoint(machineFiles(), TINY_MODELS.sd15);
const executor: Executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
const schedule = createNoiseSchedule();
const TABLES = { mixing: mixingTable(schedule), lossWeights: timestepWeights(schedule, { vPrediction: false }) };
const sizes = { kind: 'chosen', linear: { rank: 2, alpha: 1 } } as const;
const modules = loraModules(checkpoint, sizes).filter(({ part }) => part === 'unet');
const layout: LoraLayout = layoutLora(modules);
const CHOICES: StepChoices = { modules, prediction: 'epsilon', textInside: false, windows: 1, clipSkip: 1 };

/** Up matrices too: with them at 0, all gradients of down would be 0. */
const values = initialiseLora(layout, createGenerator(1)).map((value, index) => value || Math.sin(index) / 20);

interface Sample {
  readonly latents: Float32Array;
  readonly noise: Float32Array;
  readonly text: Float32Array;
  readonly timestep: number;
  readonly weight: number;
}

const random = createGenerator(2);
const sample = (timestep: number, weight: number): Sample => ({
  latents: random.normals(256),
  noise: random.normals(256),
  text: random.normals(77 * checkpoint.unet.config.crossAttentionDim),
  timestep,
  weight,
});

const joined = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

function feedsOf(samples: readonly Sample[]): Readonly<Record<string, Tensor>> {
  const B = samples.length;
  const text = f32([B, 77, checkpoint.unet.config.crossAttentionDim], joined(samples.map((each) => each.text)));
  return passFeeds(checkpoint.unet.config, TABLES, {
    latents: f32([B, 4, 8, 8], joined(samples.map(({ latents }) => latents))),
    noise: joined(samples.map(({ noise }) => noise)),
    timesteps: Int32Array.from(samples, ({ timestep }) => timestep),
    ownWeights: samples.map(({ weight }) => weight),
    text: { [STEP_INPUTS.text]: text },
  });
}

const run = (step: StepProgram, samples: readonly Sample[]): Promise<Fetches> =>
  step.run({ ...feedsOf(samples), ...parameterFeeds(layout, values, step.parameters) });

function gradientOf(step: StepProgram, results: readonly Fetches[]): Float32Array {
  const sum = new Float32Array(layout.size);
  for (const [index, each] of results.entries()) sumGradients(sum, layout, step, each, index === 0);
  return sum.map((value) => value / results.length);
}

function relativeDistance(a: Float32Array, b: Float32Array): number {
  const norm = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return norm(a.map((value, index) => value - (b[index] ?? 0))) / norm(b);
}

describe('the step of training', async () => {
  const samples = [sample(10, 1), sample(600, 0.4)];
  await using step = await compileStep(executor, checkpoint, CHOICES);
  const together = await run(step, samples);
  const apart = [await run(step, samples.slice(0, 1)), await run(step, samples.slice(1))];
  await using saving = await compileStep(executor, checkpoint, { ...CHOICES, gradientCheckpointing: true });
  const saved = await run(saving, samples);

  test('two passes of one sample accumulate to one pass of two', () => {
    // The same sums in another order: a few units in the last place of f32.
    expect((lossOf(apart[0] as Fetches) + lossOf(apart[1] as Fetches)) / 2).toBeCloseTo(lossOf(together), 5);
    expect(relativeDistance(gradientOf(step, apart), gradientOf(step, [together]))).toBeLessThan(1e-5);
  });

  test('the loss is the mean of the weighted losses of its samples', () => {
    const losses = together['sample_losses']?.data ?? [];
    expect(losses).toHaveLength(2);
    expect(((losses[0] ?? 0) + (losses[1] ?? 0)) / 2).toBeCloseTo(lossOf(together), 6);
  });

  test('gradient checkpointing changes memory and time, not the numbers', () => {
    expect(lossOf(saved)).toBe(lossOf(together));
    expect(relativeDistance(gradientOf(saving, [saved]), gradientOf(step, [together]))).toBeLessThan(1e-5);
  });
});

test('noise of its own for the input changes what the network sees, not what it shall find', async () => {
  const samples = [sample(600, 1)];
  await using plain = await compileStep(executor, checkpoint, CHOICES);
  await using perturbed = await compileStep(executor, checkpoint, { ...CHOICES, inputPerturbation: true });
  const lossWith = async (noise: Float32Array): Promise<number> => {
    const inputNoise = { [STEP_INPUTS.inputNoise]: f32([1, 4, 8, 8], noise) };
    return lossOf(
      await perturbed.run({
        ...feedsOf(samples),
        ...inputNoise,
        ...parameterFeeds(layout, values, perturbed.parameters),
      }),
    );
  };
  const target = samples[0]?.noise ?? new Float32Array();
  expect(await lossWith(target)).toBe(lossOf(await run(plain, samples)));
  // Had the target changed with it, noise and target would still agree as before.
  expect(await lossWith(target.map((value) => value * 1.1))).not.toBeCloseTo(await lossWith(target), 4);
});

test('without what has stopped the loss and the other gradients are the same, and fewer nodes compute them', async () => {
  const both = loraModules(checkpoint, sizes);
  const whole = layoutLora(both);
  const numbers = Float32Array.from({ length: whole.size }, (_, index) => Math.sin(index) / 20);
  const choices: StepChoices = { ...CHOICES, modules: both, textInside: true };
  const isText = (entry: string): boolean => whole.entries.find(({ name }) => name === entry)?.part === 'text_encoder';
  await using all = await compileStep(executor, checkpoint, choices);
  await using rest = await compileStep(executor, checkpoint, { ...choices, stopped: isText });
  const { [STEP_INPUTS.text]: _text, ...pictures } = feedsOf([sample(600, 1)]);
  const [ids = 'ids'] = STEP_INPUTS.ids;
  const feeds = {
    ...pictures,
    [ids]: i32(
      [1, 1, 77],
      Int32Array.from({ length: 77 }, (_, index) => index),
    ),
  };
  const resultOf = (step: StepProgram): Promise<Fetches> =>
    step.run({ ...feeds, ...parameterFeeds(whole, numbers, step.parameters) });
  const [ofAll, ofRest] = [await resultOf(all), await resultOf(rest)];

  expect(lossOf(ofRest)).toBe(lossOf(ofAll));
  const unet = whole.entries.filter(({ name }) => !isText(name)).map(({ name }) => name);
  expect(rest.learning).toEqual(new Set(unet));
  for (const name of unet) expect(ofRest[gradientName(name)]).toEqual(ofAll[gradientName(name)]);
  expect(rest.graph.nodes.length).toBeLessThan(all.graph.nodes.length);
});

test('a step of published size is built without any file', () => {
  const spec = stepSpec(checkpoint, { ...CHOICES, textInside: true, modules: loraModules(checkpoint, sizes) });
  const { graph, parameters } = buildStep(spec, (g) => ({
    get: (name, shape, rows) => g.weight(name, rows === undefined ? shape : [rows.count, ...shape.slice(1)]),
  }));
  expect(parameters.size).toBe(2 * (192 + 18));
  expect([...graph.outputs.keys()].slice(0, 2)).toEqual(['loss', 'sample_losses']);
});
