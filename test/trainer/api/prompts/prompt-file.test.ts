import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DRAWING_FLAGS, KEY_OF_FLAG } from '../../../../trainer/api/prompts/flags.ts';
import {
  flagOf,
  lineOf,
  parsePromptFile,
  printPromptFile,
  printPromptLine,
  splitPromptLine,
  withFlag,
  type PromptLine,
} from '../../../../trainer/api/prompts/prompt-file.ts';
import { readSamplePrompts } from '../../../../trainer/diffusion/sample-prompts.ts';

/** Words of prompts: with hyphens, commas, brackets and letters of other languages, without what means something. */
const word = fc.stringMatching(/^[a-zA-Z0-9,.()é猫][a-zA-Z0-9,.()é猫_:-]{0,7}$/u);
const words = fc.array(word, { minLength: 1, maxLength: 6 }).map((all) => all.join(' '));
const side = fc.integer({ min: 8, max: 256 }).map((cells) => String(cells * 8));
const value = {
  n: words,
  w: side,
  h: side,
  d: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(String),
  s: fc.integer({ min: 1, max: 1000 }).map(String),
  l: fc.integer({ min: 0, max: 300 }).map((tenths) => String(tenths / 10)),
  ss: fc.constantFrom('ddim', 'euler', 'euler_a', 'dpmpp_2m'),
} satisfies Record<(typeof DRAWING_FLAGS)[number], fc.Arbitrary<string>>;
const flags = fc
  .subarray([...DRAWING_FLAGS])
  .chain((names) => fc.tuple(...names.map((name) => value[name].map((text) => ({ name, value: text })))));
const promptLine: fc.Arbitrary<PromptLine> = fc.record({ prompt: words, flags });
const pieces = [
  'a cat',
  'two\nlines\r',
  '#',
  ' # mine',
  '--w 64',
  ' --n',
  'bad',
  ' --D 7',
  ' ',
  '\t',
  '--',
  ' --zz',
  'é',
];
const anyText = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((all) => all.join(''));
const anyLine = anyText.map((text) => text.replaceAll(/[\r\n]/gu, ''));
const anyFile = fc.array(anyLine, { maxLength: 8 });

describe('a file of prompts', () => {
  test('that nobody changes is written as it was, whatever is in it', () => {
    fc.assert(
      fc.property(anyFile, fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const text = lines.join(end);
        expect(printPromptFile(parsePromptFile(text))).toBe(text);
      }),
    );
  });

  test('keeps comments and empty lines while another line changes', () => {
    const { lines, lineEnd } = parsePromptFile('# mine\r\n\r\n  a cat --W 64\r\na dog  --d 1');
    const changed = lines.map((line, index) =>
      index === 3 && line.kind === 'prompt' ? { kind: 'prompt' as const, ...withFlag(line, 'd', '2') } : line,
    );
    expect(printPromptFile({ lines: changed, lineEnd })).toBe('# mine\r\n\r\n  a cat --W 64\r\na dog --d 2');
  });

  test('loses the mark of its encoding, and mixed ends of lines become one', () => {
    expect(printPromptFile(parsePromptFile('\ufeffa\r\nb\nc\rd'))).toBe('a\nb\nc\nd');
  });
});

describe('a line', () => {
  test('that is printed is read as what it was', () => {
    fc.assert(
      fc.property(promptLine, (line) => {
        expect(splitPromptLine(printPromptLine(line))).toEqual(line);
      }),
    );
  });

  test('means to the trainer what its fields say', () => {
    fc.assert(
      fc.property(promptLine, (line) => {
        const [read] = readSamplePrompts(printPromptLine(line), 'prompts.txt', 'ddim');
        const said = (name: string, otherwise: number): number => Number(flagOf(line, name) || otherwise);
        expect(read).toEqual({
          prompt: line.prompt,
          negativePrompt: flagOf(line, 'n'),
          width: said('w', 512),
          height: said('h', 512),
          ...(flagOf(line, 'd') === '' ? {} : { seed: said('d', 0) }),
          steps: said('s', 30),
          scale: said('l', 7.5),
          sampler: flagOf(line, 'ss') || 'ddim',
        });
      }),
    );
  });

  test('stays one line, whatever is pasted into its fields', () => {
    const typed = fc.record({
      prompt: anyText,
      flags: fc.array(fc.record({ name: fc.constantFrom('n', 'W', 'cn'), value: anyText })),
    });
    fc.assert(
      fc.property(typed, (line) => {
        expect(parsePromptFile(printPromptLine(line)).lines).toHaveLength(1);
      }),
    );
  });

  test('of flags alone is a prompt, and one that begins with # is none', () => {
    expect(lineOf('--w 64')).toMatchObject({ kind: 'prompt', prompt: '', flags: [{ name: 'w', value: '64' }] });
    expect(lineOf('  # a cat --w 64')).toEqual({ kind: 'other', text: '  # a cat --w 64' });
  });

  test('with flags pasted into its prompt gets them as flags', () => {
    const pasted = { prompt: 'a cat --d 5 --n blurry', flags: [{ name: 'w', value: '64' }] };
    expect(splitPromptLine(printPromptLine(pasted))).toEqual({
      prompt: 'a cat',
      flags: [
        { name: 'd', value: '5' },
        { name: 'n', value: 'blurry' },
        { name: 'w', value: '64' },
      ],
    });
  });

  test('takes a flag in its place, in any case, and loses one without a value', () => {
    const line = splitPromptLine('a cat --W 64 --d 1 --w 128');
    expect(flagOf(line, 'w')).toBe('128');
    expect(printPromptLine(withFlag(line, 'w', '256'))).toBe('a cat --w 256 --d 1');
    expect(printPromptLine(withFlag(line, 'd', ''))).toBe('a cat --W 64 --w 128');
    expect(printPromptLine(withFlag(line, 's', '20'))).toBe('a cat --W 64 --d 1 --w 128 --s 20');
  });
});

test('flags of other kinds of models are known, and only those that draw have fields', () => {
  expect(DRAWING_FLAGS.map((flag) => KEY_OF_FLAG[flag])).toEqual([
    'negative_prompt',
    'width',
    'height',
    'seed',
    'sample_steps',
    'scale',
    'sample_sampler',
  ]);
});
