import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TokenLimit } from '../../../../trainer/models/clip/token-windows.ts';
import { tokenWindows } from '../../../../trainer/models/clip/token-windows.ts';
import { createTokenizer } from '../../../../trainer/models/clip/tokenizer.ts';
import { readVocabulary } from '../../../../trainer/models/clip/vocabulary.ts';

interface TextCase {
  readonly text: string;
  readonly ids: number[];
}

interface WindowCase {
  readonly name: string;
  readonly text: string;
  readonly limit: TokenLimit;
  readonly filling: number;
  /** [id, count] */
  readonly runs: [number, number][];
}

const root = new URL('../../../../', import.meta.url);
const mergesText = readFileSync(new URL('assets/tokenizer/merges.txt', root), 'utf8');
const tokenizer = createTokenizer(mergesText);
const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`test/golden/data/tokenizer/${name}`, root), 'utf8')) as T;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const published = golden<{
  cases: (TextCase & { name: string })[];
  padded: { text: string; clip_l_pad49407?: number[]; openclip_pad0?: number[]; truncated?: number[] }[];
}>('golden_tokenizations.json');
const random = golden<{ cases: TextCase[]; windows: WindowCase[] }>('random_texts.json');

describe('the vocabulary', () => {
  test('is the published merges.txt, and gives the published vocab.json', () => {
    expect(sha256(mergesText)).toBe('9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a');
    const entries = [...readVocabulary(mergesText).ids].sort(([a], [b]) => (a < b ? -1 : 1));
    const json = `{\n${entries.map(([symbol, id]) => `  ${JSON.stringify(symbol)}: ${id}`).join(',\n')}\n}\n`;
    expect(sha256(json)).toBe('e089ad92ba36837a0d31433e555c8f45fe601ab5c221d4f607ded32d9f7a4349');
  });

  test('comes back as the files that it is made from, for programs with another tokenizer', () => {
    const given = createTokenizer(mergesText).vocabularyFiles();
    expect([...given.keys()].sort()).toEqual(['merges.txt', 'vocab.json']);
    const [merges, ids] = ['merges.txt', 'vocab.json'].map((name) => new TextDecoder().decode(given.get(name)));
    expect(merges).toBe(mergesText);
    expect(new Map(Object.entries(JSON.parse(ids ?? '') as object))).toEqual(readVocabulary(mergesText).ids);
  });

  test('that is cut short or not a list of merges is a mistake of ours', () => {
    expect(() => readVocabulary(mergesText.slice(0, 100_000))).toThrow('unknown symbol');
    expect(() => readVocabulary('')).toThrow('514 symbols');
    expect(() => readVocabulary('#version: 0.2\nhello world\n')).toThrow('merge 0');
  });
});

test.each(published.cases)('$name has the published ids', ({ text, ids }) => {
  expect([49406, ...tokenizer.encode(text, 225).ids, 49407]).toEqual(ids);
});

test('texts of many scripts have the ids of Hugging Face', () => {
  for (const { text, ids } of random.cases) {
    expect({ text, ids: tokenizer.encode(text, 1000).ids }).toEqual({ text, ids });
  }
});

describe('windows', () => {
  test.each(published.padded)('"$text" is filled, or cut, as each encoder was trained', (expected) => {
    const ids = (filling: number) => [...tokenWindows(tokenizer, expected.text, 75, filling).ids];
    expect(ids(49407)).toEqual(expected.clip_l_pad49407 ?? expected.truncated);
    expect(ids(0)).toEqual(expected.openclip_pad0 ?? expected.truncated);
  });

  test.each(random.windows)('$name: limit $limit, filling $filling as sd-scripts', ({ text, limit, filling, runs }) => {
    const expected = runs.flatMap(([id, count]) => Array.from({ length: count }, () => id));
    expect([...tokenWindows(tokenizer, text, limit, filling).ids]).toEqual(expected);
  });

  test("the pooled text is read at the first window's first end token", () => {
    const end = (text: string, limit: TokenLimit = 75) => tokenWindows(tokenizer, text, limit, 0).end;
    expect(end('')).toBe(1);
    expect(end('a photo of a cat')).toBe(6);
    expect(end('dog '.repeat(100))).toBe(76);
    expect(end('dog '.repeat(100), 225)).toBe(76);
    expect(end('a <|endoftext|> b')).toBe(2);
  });
});

describe('a caption that is too long', () => {
  const cut = (text: string, limit: TokenLimit = 75) => tokenWindows(tokenizer, text, limit, 49407).cut;

  test('says where it was cut, and one that just fits says nothing', () => {
    expect(cut('dog '.repeat(75))).toBeUndefined();
    expect(cut(`${'dog '.repeat(75)}cat, bird`)).toBe('cat, bird');
    expect(cut(`${'dog '.repeat(150)}cat`, 150)).toBe('cat');
    expect(cut(`${'dog '.repeat(75)}cat`, 150)).toBeUndefined();
  });

  test('keeps the first tokens of a word that is cut in its middle', () => {
    // 'magnificently' is two tokens: 'magnific' and 'ently'.
    const whole = tokenizer.encode('magnificently', 75).ids;
    const { ids, cut: rest } = tokenizer.encode(`${'dog '.repeat(74)}magnificently`, 75);
    expect(whole).toHaveLength(2);
    expect(ids.slice(74)).toEqual(whole.slice(0, 1));
    expect(rest).toBe('magnificently');
    expect(tokenizer.encode(`${'dog '.repeat(73)}magnificently`, 75)).toEqual({
      ids: [...Array.from({ length: 73 }, () => 1929), ...whole],
    });
  });

  test('tells the place in the text as it was written, with its spaces, capitals and accents', () => {
    const rest = (text: string, limit: number): string => {
      const { cutAt } = tokenizer.encode(text, limit);
      return cutAt === undefined ? 'nothing' : text.slice(cutAt);
    };
    expect(rest('Dog,  a\n\tBLUE  Cat', 4)).toBe('Cat');
    // 'cafe\u0301' is one character shorter when it is normalised, '\u0130' one longer.
    expect(rest('cafe\u0301 \u0130 dog Cat', tokenizer.encode('cafe\u0301 \u0130 dog', 75).ids.length)).toBe('Cat');
    expect(rest('a <|endoftext|> b Dog', 3)).toBe('Dog');
    expect(rest(`${'dog '.repeat(74)}Magnificently grumpy`, 75)).toBe('Magnificently grumpy');
    expect(rest('a dog', 75)).toBe('nothing');
  });

  const MILLION = 1_000_000;
  test.each([
    ['words', 'a photo of a cat, '.repeat(MILLION / 18)],
    ['one letter', 'a'.repeat(MILLION)],
    ['one word of mixed letters', Array.from({ length: MILLION }, (_, i) => 'qwertyuiop'[(i * i) % 10]).join('')],
    ['emoji', '😀'.repeat(MILLION / 2)],
    ['accents on one letter', `a${'\u0301'.repeat(MILLION)}`],
    ['special tokens', '<|endoftext|>'.repeat(MILLION / 13)],
    ['zero bytes', '\0'.repeat(MILLION)],
    ['unpaired surrogates', '\ud800'.repeat(MILLION)],
  ])('of a million characters, %s, takes well under a second', (_, text) => {
    const start = performance.now();
    const { ids, cut: rest } = tokenizer.encode(text, 225);
    // Some 20 to 100 ms on a slow core; reading all of it as one word would take minutes.
    expect(performance.now() - start).toBeLessThan(3000);
    expect(ids).toHaveLength(225);
    expect(rest).toBeDefined();
  });

  test('of a million spaces is empty', () => {
    expect(tokenizer.encode(' \n\t'.repeat(300_000), 75)).toEqual({ ids: [] });
  });
});

test('an unpaired surrogate is read as the replacement character', () => {
  expect(tokenizer.encode('a \ud83d b', 75)).toEqual(tokenizer.encode('a \ufffd b', 75));
});

test('words that are names in JavaScript are words like others', () => {
  for (const word of ['constructor', '__proto__', 'hasOwnProperty']) {
    expect(tokenizer.encode(word, 75).ids.every((id) => Number.isInteger(id) && id < 49_406)).toBe(true);
  }
});
