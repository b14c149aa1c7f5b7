/**
 * Captions: which file belongs to a picture, how its bytes become text, and what is made of the text each time it is used.
 *
 * Source of the rules: sd-scripts 48d368f (`read_caption`, `BaseDataset.process_caption`). Its random numbers come from Python;
 * ours come from the generator that is passed in, drawn in the order in which the steps are listed at `captionForUse`.
 */
import type { Rng } from '../base/rng.ts';
import { shuffled } from './shuffle.ts';

/** A caption file above this size is not read: it is no caption. */
export const MAX_CAPTION_BYTES = 64 * 1024;

const PIECES_OF_FACE_CROP = 4;

/** sd-scripts takes "txt" for ".txt", and nothing for its own default. */
export function captionExtension(setting: string): string {
  if (setting === '') return '.caption';
  return setting.startsWith('.') ? setting : `.${setting}`;
}

/** File name without folder and extension: "cat.1.png" gives "cat.1". */
export function stemOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot > 0 ? fileName.slice(0, dot) : fileName;
}

/**
 * Names of the files that may hold a picture's caption, best first. The second leaves out the four numbers that Kohya's
 * face-cropping tool appends to a name.
 */
export function captionFileNames(pictureName: string, extension: string): readonly string[] {
  const stem = stemOf(pictureName);
  const pieces = stem.split('_');
  if (pieces.length <= PIECES_OF_FACE_CROP) return [stem + extension];
  return [stem + extension, pieces.slice(0, -PIECES_OF_FACE_CROP).join('_') + extension];
}

export type DecodedText =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'not-utf8'; readonly encoding: string };

/** UTF-8 with or without byte order mark; anything else is named as well as its first bytes allow. */
export function decodeCaption(bytes: Uint8Array): DecodedText {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return { kind: 'not-utf8', encoding: 'UTF-16 (little-endian)' };
  if (first === 0xfe && second === 0xff) return { kind: 'not-utf8', encoding: 'UTF-16 (big-endian)' };
  // Text has no zero bytes in UTF-8, and one in two in UTF-16 without a mark.
  if (bytes.includes(0)) return { kind: 'not-utf8', encoding: 'UTF-16 or no text at all' };
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { kind: 'not-utf8', encoding: 'an older encoding such as Windows-1252 or Shift-JIS' };
  }
}

/** The caption that a file's text holds: its first line, or with wildcards all lines that are not empty. */
export function captionInText(text: string, wildcards: boolean): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  if (!wildcards) return lines[0] ?? '';
  return lines.filter((line) => line !== '').join('\n');
}

/** sd-scripts' names in brackets. */
export interface CaptionOptions {
  /** [caption_prefix] */
  readonly prefix: string;
  /** [caption_suffix] */
  readonly suffix: string;
  /** [caption_dropout_rate] Share of uses without any caption. */
  readonly dropoutRate: number;
  /** [caption_dropout_every_n_epochs] Epochs n, 2n, … (counted from 1) have no captions; 0 is off. */
  readonly dropoutEveryEpochs: number;
  /** [enable_wildcard] `{a|b}` and several lines. */
  readonly wildcards: boolean;
  /** [shuffle_caption] */
  readonly shuffle: boolean;
  /** [keep_tokens] Tags at the start that are never moved nor dropped. */
  readonly keepTokens: number;
  /** [keep_tokens_separator] Marks them in the text instead; a second one marks tags to keep at the end. */
  readonly keepTokensSeparator: string;
  /** [caption_separator] */
  readonly separator: string;
  /** [secondary_separator] Keeps tags together while shuffling, and becomes a separator after. */
  readonly secondarySeparator: string;
  /** [caption_tag_dropout_rate] */
  readonly tagDropoutRate: number;
  /** [token_warmup_min] */
  readonly tokenWarmupMinimum: number;
  /** [token_warmup_step] Steps until all tags are used; below 1 it is a share of all steps; 0 is off. */
  readonly tokenWarmupSteps: number;
}

/** When a caption is used. */
export interface CaptionMoment {
  /** From 1. */
  readonly epoch: number;
  /** Optimizer steps done. */
  readonly step: number;
  readonly totalSteps: number;
  readonly rng: Rng;
}

/**
 * The text that is trained with, for one use of a caption. In this order: prefix and suffix, dropout of the whole caption,
 * wildcards (or the first line), token warm-up, shuffling, dropout of tags, secondary separator.
 */
export function captionForUse(caption: string, options: CaptionOptions, moment: CaptionMoment): string {
  const { rng, epoch } = moment;
  const whole = [options.prefix, caption, options.suffix].filter((part, i) => i === 1 || part !== '').join(' ');
  if (options.dropoutRate > 0 && rng.uniform() < options.dropoutRate) return '';
  if (options.dropoutEveryEpochs > 0 && epoch % options.dropoutEveryEpochs === 0) return '';

  let text = options.wildcards ? expandWildcards(whole, rng) : (whole.split('\n')[0] ?? '');
  if (options.shuffle || options.tokenWarmupSteps > 0 || options.tagDropoutRate > 0) {
    text = rearrangeTags(text, options, moment);
  }
  return options.secondarySeparator === '' ? text : text.replaceAll(options.secondarySeparator, options.separator);
}

/** One of several lines, then one of `{a|b|c}` each; doubled braces stand for themselves. */
function expandWildcards(caption: string, rng: Rng): string {
  const lines = caption.split('\n');
  const line = lines.length > 1 ? (lines[rng.below(lines.length)] ?? '') : caption;
  return line.replace(/\{\{|\}\}|\{([^{}]+)\}/g, (match: string, choices?: string) => {
    if (choices === undefined) return match.charAt(0);
    const options = choices.split('|');
    return options[rng.below(options.length)] ?? '';
  });
}

function rearrangeTags(text: string, options: CaptionOptions, moment: CaptionMoment): string {
  const { rng } = moment;
  const { fixed, free, fixedEnd } = splitTags(text, options);
  let tags = free.slice(0, warmedUpCount(free.length, options, moment));
  if (options.shuffle) tags = shuffled(tags, rng);
  if (options.tagDropoutRate > 0) tags = tags.filter(() => rng.uniform() >= options.tagDropoutRate);
  return [...fixed, ...tags, ...fixedEnd].join(', ');
}

interface TagGroups {
  readonly fixed: readonly string[];
  readonly free: readonly string[];
  readonly fixedEnd: readonly string[];
}

function splitTags(text: string, { keepTokens, keepTokensSeparator, separator }: CaptionOptions): TagGroups {
  const tagsOf = (part: string): string[] => part.split(separator).map((tag) => tag.trim());
  if (keepTokensSeparator !== '' && text.includes(keepTokensSeparator)) {
    const [start = '', middle = '', ...rest] = text.split(keepTokensSeparator);
    const named = (part: string): string[] => tagsOf(part).filter((tag) => tag !== '');
    return { fixed: named(start), free: named(middle), fixedEnd: named(rest.join(keepTokensSeparator)) };
  }
  const tags = tagsOf(text.trim());
  return { fixed: tags.slice(0, keepTokens), free: tags.slice(keepTokens), fixedEnd: [] };
}

/** From `tokenWarmupMinimum` tags at step 0 straight up to all of them. */
function warmedUpCount(count: number, options: CaptionOptions, { step, totalSteps }: CaptionMoment): number {
  const setting = options.tokenWarmupSteps;
  const steps = setting < 1 ? Math.floor(setting * totalSteps) : setting;
  if (step >= steps) return count;
  const minimum = options.tokenWarmupMinimum;
  return Math.max(0, Math.floor(step * ((count - minimum) / steps)) + minimum);
}

/** How often each tag occurs: split at commas, trimmed, in lower case. Goes into a LoRA's `ss_tag_frequency`. */
export function tagFrequency(captions: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const caption of captions) {
    for (const piece of caption.split(',')) {
      const tag = piece.trim().toLowerCase();
      if (tag !== '') counts.set(tag, (counts.get(tag) ?? 0) + 1);
    }
  }
  return Object.fromEntries(counts);
}
