/**
 * How long captions are, in tokens, and which are longer than what is read of them.
 */
import { KNOBS } from '../api/job/index.ts';
import { excerpt } from '../base/excerpt.ts';
import type { DatasetImage } from './dataset.ts';
import type { Finding } from './findings.ts';
import { finding } from './findings.ts';

/** The tokenizer that trains, as far as it is needed here. */
export interface CaptionEncoder {
  encode(text: string, limit: number): { readonly ids: readonly number[]; readonly cutAt?: number };
}

export interface CaptionLength {
  /** Without start and end. Counted up to `MOST_TOKENS`. */
  readonly tokens: number;
  /** Where in the text, from 0, the first word starts that is not wholly read. Absent where all is read. */
  readonly cutAt?: number;
}

/** Far beyond what is ever read. */
const MOST_TOKENS = 1000;
const LIMITS = KNOBS.max_token_length.choices?.map(Number) ?? [];
/** Characters of what is cut. */
const SHOWN = 40;

/** Of several lines, one is used at a time: the longest counts. */
export function captionLength(encoder: CaptionEncoder, text: string, limit: number): CaptionLength {
  let longest: CaptionLength = { tokens: 0 };
  let start = 0;
  for (const line of text.split('\n')) {
    const tokens = encoder.encode(line, MOST_TOKENS).ids.length;
    if (tokens > longest.tokens) {
      const { cutAt } = tokens > limit ? encoder.encode(line, limit) : {};
      longest = cutAt === undefined ? { tokens } : { tokens, cutAt: start + cutAt };
    }
    start += line.length + 1;
  }
  return longest;
}

/** What [max_token_length] cuts off, and the length that would read it. */
export function cutCaptionFindings(
  images: readonly Pick<DatasetImage, 'path' | 'caption'>[],
  encoder: CaptionEncoder,
  limit: number,
): readonly Finding[] {
  return images.flatMap(({ path, caption }) => {
    const { tokens, cutAt } = captionLength(encoder, caption, limit);
    if (cutAt === undefined) return [];
    const [rest = ''] = caption.slice(cutAt).split('\n');
    const counted = tokens === MOST_TOKENS ? `${tokens} or more` : `${tokens}`;
    const shown = excerpt(rest.replace(/^[\s,]+/, ''), SHOWN);
    const what = `Of the caption's ${counted} tokens ${limit} are read, and not "${shown}"`;
    const longer = LIMITS.filter((each) => each > limit);
    const wanted = longer.find((each) => each >= tokens) ?? longer.at(-1);
    if (wanted === undefined) return [finding('captions/cut', path, what, 'Shorten it: no more can be read.')];
    const fix = `Shorten it, or set max_token_length = ${wanted}${wanted < tokens ? ' to read more of it' : ''}.`;
    const label = `${KNOBS.max_token_length.label} ${wanted}`;
    return [{ ...finding('captions/cut', path, what, fix), remedy: { label, set: { max_token_length: wanted } } }];
  });
}
