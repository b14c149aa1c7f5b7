/** The sentences under the pictures: lower case ASCII, short, and true. */
import type { CaptionedStyle, Concept } from './concepts.ts';
import type { ColourName } from './colours.ts';
import type { Draws } from './draws.ts';

/** A thing as captions name it. */
export interface Noun {
  readonly word: string;
  readonly countable: boolean;
}

export function nounOf({ name, countable }: Concept): Noun {
  return { word: name, countable };
}

/** Spoken with a vowel though written with none, and the other way round. */
const AN = /^(hour|x-ray)/;
const A = /^(uni|ufo|one-|eu)/;

/** "an apple", "a unicorn", "sunglasses". */
export function withArticle({ word, countable }: Noun): string {
  if (!countable) return word;
  const vowel = AN.test(word) || (/^[aeiou]/.test(word) && !A.test(word));
  return `${vowel ? 'an' : 'a'} ${word}`;
}

/** "a red apple". */
export function coloured(colour: ColourName, noun: Noun): string {
  return withArticle({ ...noun, word: `${colour} ${noun.word}` });
}

export function together(left: Noun, right: Noun): string {
  return `${withArticle(left)} and ${withArticle(right)}`;
}

export function wearing(host: Noun, item: Noun): string {
  return `${withArticle(host)} wearing ${withArticle(item)}`;
}

/** "a gift with a red heart": what is on something. */
export function decorated(host: Noun, decoration: string): string {
  return `${withArticle(host)} with ${decoration}`;
}

export function onBackground(phrase: string, colour: ColourName): string {
  return `${phrase} on ${withArticle({ word: `${colour} background`, countable: true })}`;
}

/** How a plain picture is described: each of a concept's plain pictures in another way. */
export type Manner = 'plain' | 'style first' | 'emoji' | 'without style';

export function plainCaption(noun: Noun, style: CaptionedStyle, manner: Manner): string {
  switch (manner) {
    case 'plain':
      return inStyle(withArticle(noun), style);
    case 'style first':
      return `${style} style ${noun.word}`;
    case 'emoji':
      return inStyle(`${noun.word} emoji`, style);
    case 'without style':
      return withArticle(noun);
  }
}

export function inStyle(phrase: string, style: CaptionedStyle): string {
  return `${phrase}, ${style} style`;
}

/** Now and then without the style, so that a prompt without one is nothing new. */
export function mostlyInStyle(phrase: string, style: CaptionedStyle, draws: Draws): string {
  return draws.chance(0.15) ? phrase : inStyle(phrase, style);
}
