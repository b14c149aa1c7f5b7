import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../trainer/base/error-codes.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { readSamplePrompts } from '../../../trainer/diffusion/sample-prompts.ts';

const DEFAULTS = { negativePrompt: '', width: 512, height: 512, steps: 30, scale: 7.5, sampler: 'ddim' };
const read = (text: string, file = 'prompts.txt') => readSamplePrompts(text, file, 'ddim');

function failure(text: string, file = 'prompts.txt') {
  try {
    read(text, file);
  } catch (error) {
    if (error instanceof UserError) return error.report;
    throw error;
  }
  throw new Error('no error');
}

describe('a text file', () => {
  test('holds one prompt a line, comments and blank lines aside, whatever ends its lines', () => {
    const text = '\ufeff# mine\r\na photo of a cat\r\n\r\n   \na dog\r# b\n';
    expect(read(text)).toEqual([
      { prompt: 'a photo of a cat', ...DEFAULTS },
      { prompt: 'a dog', ...DEFAULTS },
    ]);
  });

  test("has Kohya's flags after the prompt, in any order and case", () => {
    const line =
      'masterpiece, 1girl --n low quality, --bad hands --W 768 --h 1024 --d 42 --l 5.5 --s 28 --ss K_EULER_A';
    expect(() => read(line)).toThrow('"--bad"');
    expect(read(line.replace('--bad', 'bad'))).toEqual([
      {
        prompt: 'masterpiece, 1girl',
        negativePrompt: 'low quality, bad hands',
        width: 768,
        height: 1024,
        seed: 42,
        scale: 5.5,
        steps: 28,
        sampler: 'euler_a',
      },
    ]);
  });

  test('may have a line of flags alone: an empty prompt', () => {
    expect(read('--w 256 --n blurry')[0]).toMatchObject({ prompt: '', width: 256, negativePrompt: 'blurry' });
  });

  test('keeps hyphens in words', () => {
    expect(read('x-ray of a cat--dog - portrait')[0]?.prompt).toBe('x-ray of a cat--dog - portrait');
  });

  test('may carry flags of other kinds of models, which change nothing', () => {
    expect(read('a cat --g 3.5 --ctr 0.25 --rcfg 1 --fs 3')).toEqual([{ prompt: 'a cat', ...DEFAULTS }]);
  });
});

describe('values', () => {
  test.each([
    [513, 512],
    [767, 760],
    [8, 64],
    [0, 64],
  ])('a side of %i pixels becomes %i: multiples of 8 from 64 on, rounded down', (given, side) => {
    expect(read(`a --w ${given} --h ${given}`)[0]).toMatchObject({ width: side, height: side });
  });

  test.each([
    [0, 1],
    [1, 1],
    [1000, 1000],
    [5000, 1000],
  ])('%i steps become %i', (given, steps) => {
    expect(read(`a --s ${given}`)[0]?.steps).toBe(steps);
  });

  test('a seed of -1, or none, asks for another picture each time', () => {
    expect(read('a --d -1')[0]).not.toHaveProperty('seed');
    expect(read('a --d 0')[0]?.seed).toBe(0);
  });

  test('a prompt without a sampler gets that of the job', () => {
    expect(readSamplePrompts('a\nb --ss ddim', 'p.txt', 'dpmpp_2m').map(({ sampler }) => sampler)).toEqual([
      'dpmpp_2m',
      'ddim',
    ]);
  });
});

describe('a TOML file', () => {
  const text = `
[prompt]
negative_prompt = "blurry"
width = 768
sample_steps = 20

[[prompt.subset]]
prompt = "a cat"
seed = 7
scale = 4

[[prompt.subset]]
prompt = "a dog"
width = 640
sample_sampler = "euler"
`;

  test('has settings for all prompts and for each', () => {
    const shared = { ...DEFAULTS, negativePrompt: 'blurry', steps: 20 };
    expect(read(text, 'p.TOML')).toEqual([
      { ...shared, prompt: 'a cat', width: 768, seed: 7, scale: 4 },
      { ...shared, prompt: 'a dog', width: 640, sampler: 'euler' },
    ]);
  });

  test('without prompts, or that is no TOML, says so with the line', () => {
    expect(failure('[prompt]\nwidth = 5', 'p.toml')).toMatchObject({ code: 'prompts/syntax', where: 'p.toml' });
    const broken = failure('[prompt]\nwidth == 5', 'p.toml');
    expect(broken.what).toContain('The file is not valid TOML');
    expect(broken.where).toBe('p.toml, line 2');
    expect(failure('prompt = { subset = [1] }', 'p.toml')).toMatchObject({ where: 'p.toml, subset 1' });
  });
});

describe('a JSON file', () => {
  test('is a list of lines and of objects', () => {
    const text = JSON.stringify(['a cat --w 640', { prompt: 'a dog', seed: 3, negative_prompt: 'cat', scale: '3.5' }]);
    expect(read(text, 'p.json')).toEqual([
      { ...DEFAULTS, prompt: 'a cat', width: 640 },
      { ...DEFAULTS, prompt: 'a dog', seed: 3, negativePrompt: 'cat', scale: 3.5 },
    ]);
  });

  test('that is something else says so', () => {
    expect(failure('{}', 'p.json').what).toBe('The file must hold a list of prompts');
    expect(failure('[1, 2', 'p.json').what).toContain('The file is not valid JSON');
    expect(failure('["a", 7]', 'p.json')).toMatchObject({ code: 'prompts/syntax', where: 'p.json, prompt 2' });
    expect(failure('[{"prompt": ["a"]}]', 'p.json').what).toBe('prompt must be text, not ["a"]');
    expect(failure('[{"__proto__": 1}]', 'p.json')).toMatchObject({ code: 'prompts/unknown-setting' });
  });
});

describe('what is wrong is said with its line', () => {
  test.each<[string, ErrorCode, string]>([
    ['a --x 5', 'prompts/unknown-setting', 'A sample prompt has the setting "--x", which does not exist'],
    ['a --w', 'prompts/value', '--w (width) must be a whole number of pixels up to 2048, not ""'],
    ['a --w 512px', 'prompts/value', '--w (width) must be a whole number of pixels up to 2048, not "512px"'],
    ['a --h 99999', 'prompts/value', '--h (height) must be a whole number of pixels up to 2048, not "99999"'],
    ['a --d 1.5', 'prompts/value', '--d (seed) must be a whole number, or -1 for another picture each time, not "1.5"'],
    ['a --s many', 'prompts/value', '--s (sample_steps) must be a whole number from 1 to 1000, not "many"'],
    ['a --l -2', 'prompts/value', '--l (scale) must be a number from 0 on, such as 7.5, not "-2"'],
    ['a --l Infinity', 'prompts/value', '--l (scale) must be a number from 0 on, such as 7.5, not "Infinity"'],
    [
      'a --ss heun',
      'prompts/value',
      '--ss (sample_sampler) must be one of ddim, euler, euler_karras, euler_a, dpmpp_2m, dpmpp_2m_karras, not "heun"',
    ],
    [
      'a --cn pose.png',
      'prompts/not-supported',
      'A sample prompt asks for a ControlNet picture, which LoRA Loom cannot draw',
    ],
  ])('%s', (line, code, what) => {
    expect(failure(`# first\n${line}`)).toMatchObject({ code, what, where: 'prompts.txt, line 2' });
  });

  test('a misspelt setting names the nearest one', () => {
    expect(failure('[{"promt": "a"}]', 'p.json').fix).toBe('Did you mean prompt?');
    expect(failure('a --zzzz 5').fix).toBe('The settings are --n, --w, --h, --d, --s, --l, --ss.');
  });

  test('a file without prompts, or of another kind, says what to write', () => {
    expect(failure('# nothing\n')).toMatchObject({
      code: 'prompts/empty',
      what: 'The file of sample prompts has no prompt',
      fix: 'Write one prompt a line; lines that begin with # are comments.',
    });
    for (const file of ['prompts.yaml', 'prompts']) {
      expect(failure('a', file)).toMatchObject({
        code: 'prompts/file-type',
        what: 'The file of sample prompts must end in .txt, .toml or .json',
      });
    }
  });

  test('a line of a million characters is read, or refused, without echoing it', () => {
    expect(read('a '.repeat(500_000))[0]?.prompt).toHaveLength(999_999);
    const { what } = failure(`a --w ${'9'.repeat(1_000_000)}x`);
    expect(what.length).toBeLessThan(200);
  });
});
