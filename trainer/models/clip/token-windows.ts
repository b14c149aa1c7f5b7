/**
 * A caption as the text encoders take it: windows of 77 tokens, each with its start and end.
 *
 * One window holds 75 tokens. Longer captions (max_token_length 150 or 225) are cut into pieces of 75, one window each;
 * the encoder sees the windows apart and their outputs are joined again. Framing and filling are those of sd-scripts
 * (library/strategy_base.py, `_get_input_ids`): with a filling other than the end token, a full window is closed with
 * the end, and one that begins with filling begins with the end instead. Checked: test/golden/data/tokenizer.
 */
import { must } from '../../base/errors.ts';
import type { Encoding, Tokenizer } from './tokenizer.ts';
import { END_OF_TEXT, START_OF_TEXT } from './vocabulary.ts';

/** Tokens of a window, start and end included. */
export const WINDOW = 77;
/** Between them. */
export const WINDOW_TOKENS = WINDOW - 2;

/** `max_token_length`, start and end not counted. */
export type TokenLimit = 75 | 150 | 225;

export interface TokenWindows {
  /** i32 [n, 77], n = limit / 75 */
  readonly ids: Int32Array;
  /** Where the first window ends its text: its first end token, or 0 without one. The pooled text is read there. */
  readonly end: number;
  /** What of the caption did not fit. */
  readonly cut?: string;
}

export function tokenWindows(tokenizer: Tokenizer, caption: string, limit: TokenLimit, filling: number): TokenWindows {
  const encoding: Encoding = tokenizer.encode(caption, limit);
  const row = framed(encoding.ids, limit, filling);
  const ids = new Int32Array((limit / WINDOW_TOKENS) * WINDOW);
  for (let window = 0; window < limit / WINDOW_TOKENS; window++) {
    ids.set(limit === WINDOW_TOKENS ? row : windowOf(row, window, filling), window * WINDOW);
  }
  const end = Math.max(0, ids.subarray(0, WINDOW).indexOf(END_OF_TEXT));
  return encoding.cut === undefined ? { ids, end } : { ids, end, cut: encoding.cut };
}

/** Start, content, end, filling: limit + 2 tokens. */
function framed(content: readonly number[], limit: TokenLimit, filling: number): Int32Array {
  const row = new Int32Array(limit + 2).fill(filling);
  row.set([START_OF_TEXT, ...content, END_OF_TEXT]);
  return row;
}

function windowOf(row: Int32Array, index: number, filling: number): Int32Array {
  const window = new Int32Array(WINDOW);
  window[0] = START_OF_TEXT;
  window.set(row.subarray(1 + index * WINDOW_TOKENS, 1 + (index + 1) * WINDOW_TOKENS), 1);
  window[WINDOW - 1] = must(row.at(-1), 'the last token');
  if (filling === END_OF_TEXT) return window;
  const lastContent = window[WINDOW - 2];
  if (lastContent !== END_OF_TEXT && lastContent !== filling) window[WINDOW - 1] = END_OF_TEXT;
  if (window[1] === filling) window[1] = END_OF_TEXT;
  return window;
}
