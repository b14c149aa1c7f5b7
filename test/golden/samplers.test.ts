/**
 * Whole pictures of the tiny SD 1.5 checkpoint, against diffusers' loops: text, every step's latents, the decoded image.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { createNoiseSchedule } from '../../trainer/diffusion/noise-schedule.ts';
import { createSampler, SAMPLER_NAMES, type SamplerName } from '../../trainer/diffusion/samplers/index.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { STABLE_DIFFUSION } from '../../trainer/formats/checkpoint/scheduler-config.ts';
import { createTokenizer } from '../../trainer/models/clip/tokenizer.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { openDecoder } from '../../trainer/train/generation/decoder.ts';
import { openDenoiser } from '../../trainer/train/generation/denoiser.ts';
import { guidedPrediction } from '../../trainer/train/generation/draw.ts';
import type { DrawingModel } from '../../trainer/train/generation/model.ts';
import { encodePrompts, type EncodedPair } from '../../trainer/train/generation/prompt-text.ts';
import { sampleLatents } from '../../trainer/train/generation/sampling.ts';
import { goldenJson, goldenTensors, largestMagnitude, maxDifference } from './math-goldens.ts';
import { openGolden } from './model-goldens.ts';

interface Loops {
  readonly prompt: string;
  readonly negative: string;
  readonly steps: number;
  readonly guidance: number;
  readonly samplers: Readonly<Record<string, unknown>>;
}

const loops = goldenJson<Loops>('samplers.json');
const tensors = goldenTensors('samplers.safetensors');
const tensor = (name: string): Float32Array => must(tensors.get(name), name);
const size = { rows: 8, columns: 12 };
const COUNT = 4 * size.rows * size.columns;

let model: DrawingModel;
let text: EncodedPair;

beforeAll(async () => {
  const { checkpoint } = await openGolden('sd15');
  const merges = readFileSync(new URL('../../assets/tokenizer/merges.txt', import.meta.url), 'utf8');
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 2 });
  model = {
    executor,
    checkpoint,
    tokenizer: createTokenizer(merges),
    prediction: 'epsilon',
    noiseSchedule: STABLE_DIFFUSION,
    clipSkip: 1,
    loras: [],
  };
  text = must((await encodePrompts(model, [{ prompt: loops.prompt, negativePrompt: loops.negative }]))[0], 'the text');
});

test('prompt and negative prompt give the context of transformers', () => {
  const context = tensor('context');
  const half = context.length / 2;
  // Networks agree to 1e-4 of the largest value (models.test.ts), mostly to 1e-6.
  const tolerance = 1e-5 * largestMagnitude(context);
  expect(maxDifference(text.prompt.text.data, context.subarray(0, half))).toBeLessThan(tolerance);
  expect(maxDifference(text.negative.text.data, context.subarray(half))).toBeLessThan(tolerance);
});

describe.each(Object.keys(loops.samplers))('%s', (name) => {
  test('gives the latents of diffusers after every step, and its picture', async () => {
    const sampler = createSampler(name as SamplerName, {
      schedule: createNoiseSchedule(),
      prediction: 'epsilon',
      steps: loops.steps,
    });
    const noise = [tensor('initial_noise'), ...drawsOf(name)].values();
    const latents: Float32Array[] = [];
    await using denoiser = await openDenoiser(model, size, 77);
    const last = await sampleLatents({
      sampler,
      predict: (x, t) => guidedPrediction(denoiser, x, t, text, loops.guidance),
      drawNoise: () => must(noise.next().value, 'more noise'),
      onStep: (_done, x) => latents.push(x),
    });
    expect(latents).toHaveLength(loops.steps);
    for (const [index, found] of latents.entries()) {
      const expected = tensor(`${name}.latents.${index + 1}`);
      // Each answer of the network is off by up to 1e-6 of its size, and guidance by 3 and 8 steps let that grow.
      expect(maxDifference(found, expected) / largestMagnitude(expected), `step ${index + 1}`).toBeLessThan(1e-4);
    }
    await using decoder = await openDecoder(model, size);
    const decoded = await decoder.decode(must(last, 'latents'));
    const image = tensor(`${name}.image`);
    expect(maxDifference(decoded, image) / largestMagnitude(image)).toBeLessThan(1e-4);
  });
});

test('the loops cover every sampler but Euler Karras, which is Euler on levels checked elsewhere', () => {
  expect(Object.keys(loops.samplers).sort()).toEqual(
    SAMPLER_NAMES.filter((name) => name !== 'euler_karras').toSorted(),
  );
});

function drawsOf(name: string): Float32Array[] {
  const draws = tensors.get(`${name}.noise`);
  if (draws === undefined) return [];
  return Array.from({ length: draws.length / COUNT }, (_, i) => draws.slice(i * COUNT, (i + 1) * COUNT));
}
