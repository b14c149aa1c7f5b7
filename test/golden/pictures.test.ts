/**
 * Drawing with the tiny checkpoints of the three families. What a whole loop gives is in samplers.test.ts.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { must, UserError } from '../../trainer/base/errors.ts';
import type { Picture } from '../../trainer/base/ports.ts';
import type { Tensor } from '../../trainer/base/tensor.ts';
import type { SamplePrompt } from '../../trainer/diffusion/sample-prompts.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { drawPictures, type DrawHooks, type DrawRequest } from '../../trainer/train/generation/draw.ts';
import { loadLora } from '../../trainer/train/generation/load-lora.ts';
import type { DrawingModel } from '../../trainer/train/generation/model.ts';
import { encodePrompts } from '../../trainer/train/generation/prompt-text.ts';
import { tinyModel } from '../trainer/train/generation/tiny-models.ts';
import { largestMagnitude, maxDifference } from './math-goldens.ts';
import { FAMILIES, openGolden } from './model-goldens.ts';

const PROMPT: SamplePrompt = {
  prompt: 'a photo of sks dog',
  negativePrompt: 'blurry',
  // 9 and 13 latent cells: neither side halves evenly.
  width: 72,
  height: 104,
  steps: 2,
  scale: 5,
  sampler: 'euler_a',
};

const request = (seed: number, changes: Partial<SamplePrompt> = {}): DrawRequest => ({
  prompt: { ...PROMPT, ...changes },
  seed,
});

async function draw(model: DrawingModel, requests: readonly DrawRequest[], hooks: DrawHooks = {}): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for await (const { picture } of drawPictures(model, requests, hooks)) pictures.push(picture);
  return pictures;
}

const pixels = ([picture]: readonly Picture[]): Uint8Array => must(picture, 'a picture').data;

describe.each(FAMILIES)('%s', (family) => {
  test('prompts become the text that transformers makes of them', async () => {
    const { expected } = await openGolden(family);
    const model = await tinyModel(family);
    const [encoded] = await encodePrompts(model, [{ prompt: prompts(family, 0), negativePrompt: prompts(family, 1) }]);
    const found = must(encoded, 'the text');
    for (const [row, { text, pooled }] of [found.prompt, found.negative].entries()) {
      const golden = contextOf(model, expected, row);
      // Networks agree to 1e-4 of the largest value (models.test.ts), mostly to 1e-6.
      expect(maxDifference(text.data, golden) / largestMagnitude(golden)).toBeLessThan(1e-5);
      const pooledGolden = expected.get('te1.text_embeds');
      expect(pooled === undefined).toBe(pooledGolden === undefined);
      if (pooled === undefined || pooledGolden === undefined) continue;
      const wanted = rowOf(pooledGolden, row);
      expect(maxDifference(pooled.data, wanted) / largestMagnitude(wanted)).toBeLessThan(1e-5);
    }
    expect(model.executor.programs).toEqual({ compiled: 1, open: 0 });
  });

  test('the same seed gives the same picture, alone and among others; another seed another', async () => {
    const model = await tinyModel(family);
    const [first, second] = await draw(model, [request(41), request(42)]);
    const alone = pixels(await draw(model, [request(42)]));
    expect(must(second, 'a picture')).toEqual({ width: 72, height: 104, data: alone });
    expect(Buffer.compare(must(first, 'a picture').data, alone)).not.toBe(0);
    expect(model.executor.programs.open).toBe(0);
  });
});

describe('a LoRA of UNet and text encoder', () => {
  const file = fileURLToPath(new URL('traces/unet_te/lora_final.safetensors', import.meta.url));
  const withLora = async (weight: number): Promise<DrawingModel> => {
    const { checkpoint } = await tinyModel('sd15');
    return tinyModel('sd15', { loras: [await loadLora(machineFiles(), checkpoint, file, weight)] });
  };

  test('of weight 0 changes nothing, of weight 1 it does', async () => {
    const plain = pixels(await draw(await tinyModel('sd15'), [request(7)]));
    expect(pixels(await draw(await withLora(0), [request(7)]))).toEqual(plain);
    expect(pixels(await draw(await withLora(1), [request(7)]))).not.toEqual(plain);
  });

  test('twice at half its weight is the same as once', async () => {
    const half = await withLora(0.5);
    const once = await encodePrompts(await withLora(1), [PROMPT]);
    const twice = await encodePrompts({ ...half, loras: [...half.loras, ...half.loras] }, [PROMPT]);
    const [a, b] = [once, twice].map(([pair]) => must(pair, 'the text').prompt.text.data);
    // The sum is rounded once more in each layer.
    expect(maxDifference(must(a, 'text'), must(b, 'text'))).toBeLessThan(1e-5 * largestMagnitude(must(a, 'text')));
  });

  test('is used as its values are when the picture is drawn', async () => {
    const model = await withLora(1);
    const values = must(model.loras[0], 'the LoRA').values;
    const trained = pixels(await draw(model, [request(7)]));
    values.fill(0);
    const plain = pixels(await draw(await tinyModel('sd15'), [request(7)]));
    expect(pixels(await draw(model, [request(7)]))).toEqual(plain);
    expect(trained).not.toEqual(plain);
  });
});

test('guidance 1 asks the prompt alone: the negative prompt plays no part', async () => {
  const model = await tinyModel('sd15');
  const [a, b] = await draw(model, [request(3, { scale: 1 }), request(3, { scale: 1, negativePrompt: 'dog' })]);
  expect(must(a, 'a picture').data).toEqual(must(b, 'a picture').data);
});

test('a long prompt takes more windows, its negative prompt as many; what is beyond 225 tokens is named', async () => {
  const model = await tinyModel('sd15');
  const long = { ...PROMPT, prompt: 'dog '.repeat(100) };
  const [pair] = await encodePrompts(model, [long]);
  expect(must(pair, 'the text').prompt.text.shape[1]).toBe(152);
  expect(must(pair, 'the text').negative.text.shape[1]).toBe(152);
  const warnings: string[] = [];
  const endless = request(1, { prompt: `${'dog '.repeat(225)}horse`, steps: 1 });
  await draw(model, [endless], { onWarning: (what) => warnings.push(what) });
  expect(warnings).toEqual(['A prompt is longer than 225 tokens; what is left out begins with "horse"']);
});

test('a cancelled picture ends before its next step, and everything is given back', async () => {
  const model = await tinyModel('sd15');
  const steps: number[] = [];
  const hooks = { onStep: (_index: number, done: number) => steps.push(done), cancelled: () => steps.length === 3 };
  expect(await draw(model, [request(1), request(2), request(3)], hooks)).toHaveLength(1);
  expect(steps).toEqual([1, 2, 1]);
  expect(model.executor.programs.open).toBe(0);
});

test('a consumer that stops looking leaves nothing open', async () => {
  const model = await tinyModel('sd15');
  for await (const { index } of drawPictures(model, [request(1), request(2)])) {
    expect(index).toBe(0);
    break;
  }
  expect(model.executor.programs.open).toBe(0);
});

test('clip skip beyond the layers of the text encoder is a sentence', async () => {
  const model = await tinyModel('sd15', { clipSkip: 30 });
  const error = await draw(model, [request(1)]).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { code, what } = (error as UserError).report;
  const layers = model.checkpoint.textEncoders[0]?.config.numHiddenLayers;
  expect(code).toBe('generate/clip-skip');
  expect(what).toBe(`Clip skip 30 is too much: the text encoder of this checkpoint has ${layers} layers`);
});

test('clip skip 2 takes an earlier layer', async () => {
  const [one] = await encodePrompts(await tinyModel('sd15'), [PROMPT]);
  const [two] = await encodePrompts(await tinyModel('sd15', { clipSkip: 2 }), [PROMPT]);
  expect(must(one, 'text').prompt.text.data).not.toEqual(must(two, 'text').prompt.text.data);
});

test('memory that runs out is told in the words of drawing', async () => {
  const model = await tinyModel('sd15');
  const full = new UserError({ code: 'engine/out-of-memory', what: 'The cpu engine ran out of memory', fix: 'Train.' });
  const executor = { ...model.executor, compile: () => Promise.reject(full) };
  await expect(draw({ ...model, executor }, [request(1)])).rejects.toMatchObject({
    message: 'The cpu engine ran out of memory.\n  Choose a smaller width and height, or close other programs.',
    report: { details: { drawing: true } },
  });
});

function prompts(family: (typeof FAMILIES)[number], index: number): string {
  const file = new URL(`models/${family}/expected.json`, import.meta.url);
  const { prompts: all } = JSON.parse(readFileSync(file, 'utf8')) as { prompts: string[] };
  return must(all[index], 'a prompt');
}

/** What the UNet is given for a prompt: the last layer normed, or SDXL's two last but one side by side. */
function contextOf(model: DrawingModel, expected: ReadonlyMap<string, Tensor>, row: number): Float32Array {
  const [first, second] = model.checkpoint.textEncoders;
  if (second === undefined) return rowOf(must(expected.get('te0.last'), 'te0.last'), row);
  const layers = [first, second].map((encoder, index) => {
    const { numHiddenLayers, hiddenSize } = must(encoder, 'an encoder').config;
    const name = `te${index}.hidden.${numHiddenLayers - 1}`;
    return { width: hiddenSize, data: rowOf(must(expected.get(name), name), row) };
  });
  const tokens = Array.from({ length: 77 }, (_, token) => token);
  return Float32Array.from(
    tokens.flatMap((token) =>
      layers.flatMap(({ width, data }) => [...data.subarray(token * width, (token + 1) * width)]),
    ),
  );
}

function rowOf({ shape: [, ...rest], data }: Tensor, row: number): Float32Array {
  const size = rest.reduce((product, side) => product * side, 1);
  return Float32Array.from(data.subarray(row * size, (row + 1) * size));
}
