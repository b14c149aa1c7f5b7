import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import type { Rng } from '../../../trainer/base/rng.ts';
import type { CaptionMoment, CaptionOptions } from '../../../trainer/data/captions.ts';
import {
  captionExtension,
  captionFileNames,
  captionForUse,
  captionInText,
  decodeCaption,
  tagFrequency,
} from '../../../trainer/data/captions.ts';
import { shuffled } from '../../../trainer/data/shuffle.ts';
import { PLAIN_CAPTIONS } from '../../support/caption-options.ts';

/** Gives the listed numbers, and fails when asked for more or left with some. */
function scripted(...numbers: number[]): Rng & { done: () => boolean } {
  const next = (): number => {
    const value = numbers.shift();
    if (value === undefined) throw new Error('more random numbers drawn than expected');
    return value;
  };
  return { uniform: next, below: next, done: () => numbers.length === 0 };
}

const moment = (rng: Rng, change: Partial<CaptionMoment> = {}): CaptionMoment => ({
  epoch: 1,
  step: 0,
  totalSteps: 100,
  rng,
  ...change,
});

const use = (
  caption: string,
  change: Partial<CaptionOptions>,
  rng: Rng = scripted(),
  when: Partial<CaptionMoment> = {},
) => captionForUse(caption, { ...PLAIN_CAPTIONS, ...change }, moment(rng, when));

describe('finding the caption of a picture', () => {
  test('adds a missing dot, and takes nothing for ".caption"', () => {
    expect(['.txt', 'txt', ''].map(captionExtension)).toEqual(['.txt', '.txt', '.caption']);
  });

  test('looks beside the picture, then under the name without four trailing numbers', () => {
    expect(captionFileNames('cat.1.png', '.txt')).toEqual(['cat.1.txt']);
    expect(captionFileNames('my_cat_10_20_30_40.png', '.txt')).toEqual(['my_cat_10_20_30_40.txt', 'my_cat.txt']);
    expect(captionFileNames('10_20_30_40.png', '.txt')).toEqual(['10_20_30_40.txt']);
  });
});

describe('reading a caption', () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);

  test('drops the UTF-8 byte order mark', () => {
    expect(decodeCaption(Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8('a cat')))).toEqual({ kind: 'text', text: 'a cat' });
    expect(decodeCaption(utf8('猫, ねこ'))).toEqual({ kind: 'text', text: '猫, ねこ' });
  });

  test('names UTF-16 with and without a mark, and other encodings', () => {
    const encoding = (...bytes: number[]) => {
      const decoded = decodeCaption(Uint8Array.from(bytes));
      return decoded.kind === 'text' ? 'text' : decoded.encoding;
    };
    expect(encoding(0xff, 0xfe, 0x61, 0)).toMatch(/^UTF-16 \(little/);
    expect(encoding(0xfe, 0xff, 0, 0x61)).toMatch(/^UTF-16 \(big/);
    expect(encoding(0x61, 0, 0x62, 0)).toMatch(/^UTF-16 or/);
    expect(encoding(0x63, 0x61, 0x66, 0xe9)).toMatch(/Windows-1252/); // "café" in Latin-1
  });

  test('takes the first line, or with wildcards every line that says something', () => {
    expect(captionInText(' a cat \r\nsecond', false)).toBe('a cat');
    expect(captionInText('a cat\n\n  a dog \n', true)).toBe('a cat\na dog');
    expect(captionInText('', false)).toBe('');
  });
});

describe('a caption in use', () => {
  test('is as it was written when no option asks for more', () => {
    expect(use('sks cat,  red ,', {})).toBe('sks cat,  red ,');
  });

  test('has prefix and suffix joined by single spaces', () => {
    expect(use('cat', { prefix: 'photo of', suffix: 'outdoors' })).toBe('photo of cat outdoors');
  });

  test('is dropped, prefix included, below the rate and nothing more is drawn', () => {
    const options = { dropoutRate: 0.3, prefix: 'photo', shuffle: true };
    expect(use('a, b', options, scripted(0.29))).toBe('');
    expect(use('a, b', options, scripted(0.3, 1))).toBe('photo a, b'.split(', ').reverse().join(', '));
  });

  test('is dropped in every n-th epoch, counted from 1', () => {
    const kept = [1, 2, 3, 4, 5, 6].filter(
      (epoch) => use('cat', { dropoutEveryEpochs: 3 }, scripted(), { epoch }) !== '',
    );
    expect(kept).toEqual([1, 2, 4, 5]);
  });

  test('keeps the first tags in place while the rest is shuffled', () => {
    // Of [c, d, e] the draws take d (1 of 3), then the first of the two left (c and e, e moved into d's place): c.
    expect(use('a, b, c, d, e', { shuffle: true, keepTokens: 2 }, scripted(1, 0))).toBe('a, b, d, c, e');
  });

  test('keeps what stands before the separator, and after a second one', () => {
    const options = { shuffle: true, keepTokensSeparator: '|||' };
    expect(use('a, b ||| c, d ||| z', options, scripted(0))).toBe('a, b, c, d, z');
    expect(use('a, b ||| c, d ||| z', options, scripted(1))).toBe('a, b, d, c, z');
  });

  test('moves tags joined by the secondary separator as one, and parts them after', () => {
    const options = { shuffle: true, secondarySeparator: ';;;' };
    expect(use('a;;;b, c', options, scripted(1))).toBe('c, a,b');
  });

  test('is split at the separator that the user chose', () => {
    expect(use('a; b; c', { shuffle: true, separator: ';' }, scripted(2, 1))).toBe('c, b, a');
  });

  test('loses each free tag by the tag dropout rate, never a kept one', () => {
    const options = { tagDropoutRate: 0.5, keepTokens: 1 };
    expect(use('a, b, c, d', options, scripted(0.4, 0.5, 0.1))).toBe('a, c');
  });

  test('grows from the minimum to all tags during the warm-up', () => {
    const options = { tokenWarmupSteps: 10, tokenWarmupMinimum: 1 };
    const count = (step: number) => use('a, b, c, d, e', options, scripted(), { step }).split(', ').length;
    expect([0, 2, 3, 5, 9, 10, 50].map(count)).toEqual([1, 1, 2, 3, 4, 5, 5]); // floor(step · 4 / 10) + 1
    const share = use('a, b, c, d, e', { tokenWarmupSteps: 0.1 }, scripted(), { step: 5, totalSteps: 100 });
    expect(share).toBe('a, b, c');
  });

  test('with wildcards takes one line, one of each choice, and leaves doubled braces as braces', () => {
    const options = { wildcards: true };
    expect(use('a {red|blue} cat', options, scripted(1))).toBe('a blue cat');
    expect(use('one\ntwo {x|y}', options, scripted(1, 0))).toBe('two x');
    expect(use('{{red|blue}} cat', options)).toBe('{red|blue} cat');
  });

  test('without wildcards is the first line', () => {
    expect(use('one\ntwo', {})).toBe('one');
  });

  test('is the same for the same seed', () => {
    const options: Partial<CaptionOptions> = { shuffle: true, tagDropoutRate: 0.3, dropoutRate: 0.1 };
    const text = 'a, b, c, d, e, f, g, h';
    const draw = (seed: number) => use(text, options, createGenerator(seed));
    expect(draw(7)).toBe(draw(7));
    expect(new Set([1, 2, 3, 4, 5].map(draw)).size).toBeGreaterThan(1);
  });
});

test('every order of three comes up about as often', () => {
  const rng = createGenerator(1);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const key = shuffled(['a', 'b', 'c'], rng).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // Binomial with mean 1000 and standard deviation 29: five of those.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
});

test('tags are counted in lower case and without blanks', () => {
  expect(tagFrequency(['sks cat, Red', 'red , , sks cat'])).toEqual({ 'sks cat': 2, red: 2 });
});
