/**
 * CLIP's byte-pair vocabulary, built from its list of merges.
 *
 * Format of merges.txt: UTF-8 lines ended by LF; the first is a comment; line r + 1 holds the two symbols, separated by
 * a space, whose merge has rank r (the smaller, the earlier it is applied). Ids follow from the list alone: 256 bytes,
 * 256 bytes that end a word, one id for each merge, then the start and the end of a text. Checked: the vocab.json that
 * this gives has the SHA-256 of the published one (test/trainer/models/clip/tokenizer.test.ts).
 *
 * Source: Sennrich et al. 2016, arXiv:1508.07909 (BPE); Radford et al. 2019 (bytes as letters); openai/CLIP.
 */
import { assert } from '../../base/errors.ts';

const BYTES = 256;
const MERGES = 48_894;
/** Ids stay below this, so that two make one number. */
const ID_LIMIT = 2 ** 16;
/** Marks a symbol that ends a word. */
const WORD_END = '</w>';

export const START_OF_TEXT = 49_406;
export const END_OF_TEXT = 49_407;

export interface Vocabulary {
  /** Symbol to id: 49,408 of them, in the order of their ids. */
  readonly ids: ReadonlyMap<string, number>;
  /** Of a byte inside a word; at its end the id is 256 more. */
  readonly byteIds: Uint16Array;
  /** The rank of the merge of two ids; undefined: they do not merge. */
  mergeRank(left: number, right: number): number | undefined;
  /** The id of what a merge makes. */
  mergedId(rank: number): number;
  /** Bytes of the longest symbol. */
  readonly longestSymbol: number;
}

/** @throws {InternalError} if the text is not the list that ships with the trainer */
export function readVocabulary(mergesText: string): Vocabulary {
  const merges = mergesText.split('\n').slice(1, MERGES + 1);
  const { letters, byteIds } = byteLetters();
  const ids = new Map<string, number>();
  for (const symbol of [...letters, ...letters.map((letter) => letter + WORD_END)]) ids.set(symbol, ids.size);
  const ranks = new Map<number, number>();
  let longestSymbol = 1;
  merges.forEach((line, rank) => {
    const [first = '', second = ''] = line.split(' ');
    const left = ids.get(first);
    const right = ids.get(second);
    assert(left !== undefined && right !== undefined, `merge ${rank} ("${line}") has an unknown symbol`);
    ranks.set(left * ID_LIMIT + right, rank);
    ids.set(first + second, ids.size);
    longestSymbol = Math.max(longestSymbol, (first + second).replace(WORD_END, '').length);
  });
  for (const special of ['<|startoftext|>', '<|endoftext|>']) ids.set(special, ids.size);
  assert(ids.size === END_OF_TEXT + 1, `the vocabulary has ${ids.size} symbols, not ${END_OF_TEXT + 1}`);
  return {
    ids,
    byteIds,
    mergeRank: (left, right) => ranks.get(left * ID_LIMIT + right),
    mergedId: (rank) => 2 * BYTES + rank,
    longestSymbol,
  };
}

/**
 * A visible letter for each byte, so that merges can be written as text: bytes that are visible in Latin-1 stand for
 * themselves and come first, the others take the letters from U+0100 on.
 */
function byteLetters(): { letters: readonly string[]; byteIds: Uint16Array } {
  const isVisible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
  const bytes = Array.from({ length: BYTES }, (_, byte) => byte);
  const visible = bytes.filter(isVisible);
  const hidden = bytes.filter((byte) => !isVisible(byte));
  const byteIds = new Uint16Array(BYTES);
  [...visible, ...hidden].forEach((byte, id) => (byteIds[byte] = id));
  const letters = [...visible, ...hidden.map((_, i) => BYTES + i)].map((code) => String.fromCharCode(code));
  return { letters, byteIds };
}
