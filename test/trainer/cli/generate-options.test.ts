import { expect, test } from 'vitest';
import { collectLora, describeGenerate, type GenerateOptions } from '../../../trainer/cli/generate-options.ts';

const NEEDED = ['--model', 'm.safetensors', '--prompt', 'a cat', '--out', 'cat.png'];

function read(...words: string[]): GenerateOptions {
  const command = describeGenerate()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse([...NEEDED, ...words], { from: 'user' }).opts<GenerateOptions>();
}

test.each([
  ['cat.safetensors', { file: 'cat.safetensors', weight: 1 }],
  ['cat.safetensors:0.8', { file: 'cat.safetensors', weight: 0.8 }],
  ['cat.safetensors:-1', { file: 'cat.safetensors', weight: -1 }],
  ['C:\\loras\\cat.safetensors', { file: 'C:\\loras\\cat.safetensors', weight: 1 }],
  ['C:\\loras\\cat.safetensors:.5', { file: 'C:\\loras\\cat.safetensors', weight: 0.5 }],
  ['C:cat.safetensors', { file: 'C:cat.safetensors', weight: 1 }],
  ['\\\\server\\share\\cat.safetensors:2', { file: '\\\\server\\share\\cat.safetensors', weight: 2 }],
  ['/loras/a:b/cat.safetensors', { file: '/loras/a:b/cat.safetensors', weight: 1 }],
])('--lora %s', (text, expected) => {
  expect(collectLora(text, [])).toEqual([expected]);
});

test.each(['cat.safetensors:', 'cat.safetensors:strong', 'cat.safetensors:1e9'])('--lora %s has no weight', (text) => {
  expect(() => collectLora(text, [])).toThrow('After the colon stands the weight, a number such as 0.8');
});

test('LoRAs add up, and what is left out has a default', () => {
  const options = read('--lora', 'a.safetensors', '--lora', 'b.safetensors:0.5');
  expect(options.lora.map(({ weight }) => weight)).toEqual([1, 0.5]);
  expect(options).toMatchObject({ steps: 30, cfg: 7.5, sampler: 'ddim', count: 1, engine: 'cpu', clipSkip: 1 });
  expect(options.seed).toBeUndefined();
});

test('samplers go by the names that people know', () => {
  expect(read('--sampler', 'Euler a').sampler).toBe('euler_a');
  expect(read('--sampler', 'dpmsolver++').sampler).toBe('dpmpp_2m');
});

test.each([
  [['--sampler', 'eular'], 'Did you mean euler?'],
  [['--negative', 'a'.repeat(50_000)], 'A prompt has at most 4000 characters, this has 50,000'],
  [['--lora', ''], 'Give the file of a LoRA'],
  [['--width', '0'], 'It must be a whole number from 64 to 8192.'],
  [['--height', '100000'], 'It must be a whole number from 64 to 8192.'],
  [['--width', '512.5'], 'It must be a whole number from 64 to 8192.'],
  [['--steps', '0'], 'It must be a whole number from 1 to 1000.'],
  [['--cfg', '-1'], 'It must be a number from 0 to 1000'],
  [['--cfg', ''], 'It must be a number from 0 to 1000'],
  [['--seed', '-1'], 'It must be a whole number from 0 to 4294967295.'],
  [['--engine', 'gpu'], 'The engines are cpu, webgpu, cuda, dml and coreml'],
  [['--out', 'cat.jpg'], 'let the name end in .png'],
  [['--out', 'cats/'], 'Give the name of a file'],
])('%j is told what it must be', (words, sentence) => {
  expect(() => read(...words)).toThrow(sentence);
});
