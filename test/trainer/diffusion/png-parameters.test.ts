import { expect, test } from 'vitest';
import { pictureParameters } from '../../../trainer/diffusion/png-parameters.ts';
import { SAMPLER_NAMES, SAMPLER_TITLES } from '../../../trainer/diffusion/samplers/index.ts';

const prompt = {
  prompt: 'a photo of a cat',
  negativePrompt: 'blurry',
  width: 512,
  height: 768,
  steps: 30,
  scale: 7.5,
  sampler: 'euler_a',
} as const;

/** The last line, read as A1111 reads it (its regular expression of a setting). */
function settingsOf(text: string): Map<string, string> {
  const line = text.split('\n').at(-1) ?? '';
  const found = line.matchAll(/\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/gu);
  return new Map(
    Array.from(found, ([, name = '', value = '']) => [name, value.startsWith('"') ? String(JSON.parse(value)) : value]),
  );
}

test('a picture says how it was made in the words of A1111', () => {
  const text = pictureParameters({
    prompt,
    seed: 42,
    model: 'v1-5-pruned',
    modelHash: 'cc6cb27103',
    clipSkip: 2,
    version: 'LoRA Loom 0.1.0',
  });
  expect(text).toBe(
    'a photo of a cat\nNegative prompt: blurry\nSteps: 30, Sampler: Euler a, CFG scale: 7.5, Seed: 42, Size: 512x768, ' +
      'Model hash: cc6cb27103, Model: v1-5-pruned, Clip skip: 2, Version: LoRA Loom 0.1.0',
  );
});

test('LoRAs stand in the prompt as tags, and empty parts are left out', () => {
  const text = pictureParameters({
    prompt: { ...prompt, prompt: '', negativePrompt: '' },
    seed: 1,
    loras: [
      { name: 'cat', weight: 0.8 },
      { name: 'ink', weight: 1 },
    ],
    clipSkip: 1,
    version: 'x',
  });
  expect(text.split('\n')).toEqual([
    '<lora:cat:0.8> <lora:ink:1>',
    'Steps: 30, Sampler: Euler a, CFG scale: 7.5, Seed: 1, Size: 512x768, Version: x',
  ]);
});

test('names with commas, colons, quotes and line breaks come back as they were', () => {
  const model = 'my "best", model: v2\nfinal';
  const settings = settingsOf(pictureParameters({ prompt, seed: 42, model, version: 'x' }));
  expect(settings.get('Model')).toBe(model);
  expect(settings.get('Size')).toBe('512x768');
  expect(settings.get('Version')).toBe('x');
});

test("every sampler's title can be read back", () => {
  for (const sampler of SAMPLER_NAMES) {
    const settings = settingsOf(pictureParameters({ prompt: { ...prompt, sampler }, seed: 0, version: 'x' }));
    expect(settings.get('Sampler')).toBe(SAMPLER_TITLES[sampler]);
  }
});
