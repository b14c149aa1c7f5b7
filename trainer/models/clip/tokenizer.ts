/**
 * Text to CLIP token ids.
 *
 * Normalise (NFC, white space to single spaces, lower case), split at the two special tokens, split into words, take
 * each word's UTF-8 bytes as symbols, and merge neighbours by rank until nothing merges. The same as Hugging Face's
 * CLIP tokenizer (test/golden/data/tokenizer), but for letters that newer Unicode versions added. Unlike OpenAI's first
 * one, it does not undo HTML entities and broken encodings.
 *
 * A text may be of any length: only as much of it is read as can fill the tokens that were asked for.
 */
import { must } from '../../base/errors.ts';
import type { Vocabulary } from './vocabulary.ts';
import { END_OF_TEXT, readVocabulary, START_OF_TEXT } from './vocabulary.ts';

export interface Encoding {
  /** Token ids, without start and end: at most as many as were asked for. */
  readonly ids: readonly number[];
  /** What did not fit, from the first word that is not wholly in `ids` on (normalised, its beginning only). */
  readonly cut?: string;
  /** Where in the text that was given `cut` begins. */
  readonly cutAt?: number;
}

export interface Tokenizer {
  /** @param limit the largest number of tokens */
  encode(text: string, limit: number): Encoding;
  /** The files that other programs make their tokenizer from, by name: `vocab.json` and `merges.txt`. */
  vocabularyFiles(): ReadonlyMap<string, Uint8Array>;
}

const SPECIAL_IDS: ReadonlyMap<string, number> = new Map([
  ['<|startoftext|>', START_OF_TEXT],
  ['<|endoftext|>', END_OF_TEXT],
]);
/** In parentheses, so that `split` keeps what it splits at. */
const SPECIAL = /(<\|startoftext\|>|<\|endoftext\|>)/u;
const SPACE = /\p{White_Space}+/gu;
/** English endings, words, single digits, and runs of anything else but space. */
const WORD = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu;

/** Captions repeat their words; beyond this many the memory starts afresh. */
const REMEMBERED_WORDS = 20_000;
const LONGEST_REMEMBERED = 64;
/** Characters of `cut`: enough to recognise the place. */
const CUT_SHOWN = 80;

/** @param mergesText assets/tokenizer/merges.txt */
export function createTokenizer(mergesText: string): Tokenizer {
  const vocabulary = readVocabulary(mergesText);
  const remembered = new Map<string, readonly number[]>();

  function wordIds(word: string): readonly number[] {
    const special = SPECIAL_IDS.get(word);
    if (special !== undefined) return [special];
    const known = remembered.get(word);
    if (known !== undefined) return known;
    const ids = mergeWord(vocabulary, word);
    if (remembered.size >= REMEMBERED_WORDS) remembered.clear();
    if (word.length <= LONGEST_REMEMBERED) remembered.set(word, ids);
    return ids;
  }

  function encode(text: string, limit: number): Encoding {
    const ids: number[] = [];
    // Twice what tokens of the longest symbols cover: a word that ends there is merged within `limit` as if whole.
    const readable = 2 * (limit + 1) * (vocabulary.longestSymbol + 1);
    let partStart = 0;
    for (const part of normalise(text).slice(0, readable).split(SPECIAL)) {
      for (const [start, word] of SPECIAL_IDS.has(part) ? [[0, part] as const] : wordsOf(part)) {
        const added = wordIds(word);
        const room = limit - ids.length;
        ids.push(...added.slice(0, room));
        if (added.length > room) {
          return { ids, cut: part.slice(start, start + CUT_SHOWN), cutAt: placeIn(text, partStart + start) };
        }
      }
      partStart += part.length;
    }
    return { ids };
  }

  function vocabularyFiles(): ReadonlyMap<string, Uint8Array> {
    const text = new TextEncoder();
    const ids = JSON.stringify(Object.fromEntries(vocabulary.ids));
    return new Map([
      ['vocab.json', text.encode(ids)],
      ['merges.txt', text.encode(mergesText)],
    ]);
  }

  return { encode, vocabularyFiles };
}

/**
 * Each code point is lowered on its own, as Hugging Face does: a sigma at the end of a word is the only letter where
 * JavaScript looks at the neighbours.
 */
function normalise(text: string): string {
  return text.normalize('NFC').replace(SPACE, ' ').replaceAll('\u03a3', '\u03c3').toLowerCase();
}

/** The last place of a text before which the normalised text has no more than `length` characters. */
function placeIn(text: string, length: number): number {
  const isBefore = (place: number): boolean => normalise(text.slice(0, place)).length <= length;
  // The text may be long and the place near its start.
  let high = length + 1;
  while (high < text.length && isBefore(high)) high *= 2;
  let low = 0;
  high = Math.min(high, text.length);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isBefore(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Words with the places where they start. */
function* wordsOf(line: string): Generator<readonly [number, string]> {
  for (const match of line.matchAll(WORD)) yield [match.index, match[0]];
}

/**
 * Byte-pair encoding of one word. Each round merges every occurrence of the pair of the lowest rank; what that makes
 * can only merge at a higher rank. An unpaired surrogate becomes the bytes of U+FFFD.
 */
function mergeWord({ byteIds, mergeRank, mergedId }: Vocabulary, word: string): readonly number[] {
  const bytes = new TextEncoder().encode(word);
  let symbols = Array.from(bytes, (byte, i) => must(byteIds[byte], 'a byte') + (i === bytes.length - 1 ? 256 : 0));
  const rankAt = (i: number): number => mergeRank(symbols[i] as number, symbols[i + 1] as number) ?? Infinity;
  while (symbols.length > 1) {
    const ranks = Array.from({ length: symbols.length - 1 }, (_, i) => rankAt(i));
    const lowest = ranks.reduce((least, rank) => Math.min(least, rank), Infinity);
    if (lowest === Infinity) break;
    const merged: number[] = [];
    for (let i = 0; i < symbols.length; i++) {
      const merges = ranks[i] === lowest;
      merged.push(merges ? mergedId(lowest) : (symbols[i] as number));
      if (merges) i++;
    }
    symbols = merged;
  }
  return symbols;
}
