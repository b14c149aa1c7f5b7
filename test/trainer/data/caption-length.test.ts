import { describe, expect, test } from 'vitest';
import { captionLength, cutCaptionFindings, type CaptionEncoder } from '../../../trainer/data/caption-length.ts';

/** A word is a token. */
const encoder: CaptionEncoder = {
  encode: (text, limit) => {
    const words = [...text.matchAll(/\S+/g)];
    const cut = words[limit];
    return { ids: words.slice(0, limit).map((_, id) => id), ...(cut === undefined ? {} : { cutAt: cut.index }) };
  },
};
const words = (count: number): string => Array.from({ length: count }, (_, i) => `w${i}`).join(' ');

describe('the length of a caption', () => {
  test('says where it is cut, and nothing where all of it is read', () => {
    expect(captionLength(encoder, 'a cat on a sofa', 3)).toEqual({ tokens: 5, cutAt: 'a cat on '.length });
    expect(captionLength(encoder, 'a cat on a sofa', 5)).toEqual({ tokens: 5 });
    expect(captionLength(encoder, '', 75)).toEqual({ tokens: 0 });
  });

  test('of several lines is that of the longest, as one of them is used at a time', () => {
    expect(captionLength(encoder, 'a cat\na cat on a sofa\na dog', 4)).toEqual({ tokens: 5, cutAt: 6 + 11 });
    expect(captionLength(encoder, 'a cat\na cat on a sofa', 5)).toEqual({ tokens: 5 });
  });
});

describe('a caption that is cut', () => {
  const found = (caption: string, limit: number) =>
    cutCaptionFindings([{ path: '/data/1_cat/a.png', caption }], encoder, limit);

  test('is shown with what is not read, and with the length that reads it', () => {
    expect(found(words(78), 75)).toEqual([
      {
        severity: 'warning',
        code: 'captions/cut',
        path: '/data/1_cat/a.png',
        sentence: 'Of the caption\'s 78 tokens 75 are read, and not "w75 w76 w77"',
        fix: 'Shorten it, or set max_token_length = 150.',
        remedy: { label: 'Max Token Length 150', set: { max_token_length: 150 } },
      },
    ]);
    expect(found(words(75), 75)).toEqual([]);
  });

  test('beyond the longest length is read further by it, and at it can only be shortened', () => {
    const [long] = found(words(300), 75);
    expect(long).toMatchObject({
      fix: 'Shorten it, or set max_token_length = 225 to read more of it.',
      remedy: { set: { max_token_length: 225 } },
    });
    const [longest] = found(words(2000), 225);
    expect(longest?.sentence).toMatch(/^Of the caption's 1000 or more tokens 225 are read, and not "w225 .*…"$/);
    expect(longest?.fix).toBe('Shorten it: no more can be read.');
    expect(longest).not.toHaveProperty('remedy');
  });
});
