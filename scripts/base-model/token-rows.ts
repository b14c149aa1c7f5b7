/**
 * Rows of the token table that no training caption uses are as random as they began. Here they become the mean of those
 * that are used, so that a word which the model never saw changes its picture little.
 */
import { assert } from '../../trainer/base/errors.ts';
import { END_OF_TEXT, START_OF_TEXT } from '../../trainer/models/clip/vocabulary.ts';
import type { Tokenizer } from '../../trainer/models/clip/tokenizer.ts';

export const TOKEN_TABLE = 'text_encoder/text_model.embeddings.token_embedding.weight';

/** More than any caption has. */
const MOST_TOKENS = 75;

/** The tokens of all captions; start and end, which are no words, are not among them. */
export const usedTokens = (tokenizer: Tokenizer, captions: Iterable<string>): ReadonlySet<number> =>
  new Set([...captions].flatMap((caption) => tokenizer.encode(caption, MOST_TOKENS).ids));

/**
 * @param table f32 [tokens, width]
 * @returns a new table
 */
export function withNeutralRows(table: Float32Array, width: number, used: ReadonlySet<number>): Float32Array {
  assert(used.size > 0 && table.length % width === 0, 'a token table without used rows');
  const mean = new Float64Array(width);
  for (const id of used) {
    for (let column = 0; column < width; column++)
      mean[column] = (mean[column] ?? 0) + (table[id * width + column] ?? 0);
  }
  const neutral = Float32Array.from(mean, (sum) => sum / used.size);
  const changed = table.slice();
  for (let id = 0; id < table.length / width; id++) {
    if (!used.has(id) && id !== START_OF_TEXT && id !== END_OF_TEXT) changed.set(neutral, id * width);
  }
  return changed;
}
