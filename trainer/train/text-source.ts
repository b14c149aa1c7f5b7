/**
 * The text of a batch as the step's graph takes it: tokens where the text encoder is trained, else what it makes of each
 * caption, encoded once and kept.
 *
 * Captions are encoded one by one, so that a resumed run gets the same bits whatever it has encoded before.
 */
import { must } from '../base/errors.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import type { Executor } from '../exec/executor.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import type { TokenLimit } from '../models/clip/token-windows.ts';
import type { Tokenizer } from '../models/clip/tokenizer.ts';
import type { TextFeeds } from './step-feeds.ts';
import { openTextEncoders, tokenFeeds, tokensOf, type Tokens } from './text-encoder-run.ts';

export interface TextSource extends AsyncDisposable {
  feeds(captions: readonly string[]): Promise<TextFeeds>;
}

export interface TextOptions {
  readonly tokenizer: Tokenizer;
  readonly executor: Executor;
  readonly checkpoint: Checkpoint;
  readonly limit: TokenLimit;
  readonly clipSkip: number;
  /** The text encoders are part of the step's graph. */
  readonly inside: boolean;
}

/** Bytes of encoded captions that are kept; the oldest go first. */
const KEPT_BYTES = 256 * 2 ** 20;

const WINDOW_TOKENS = 75;

export function openText(options: TextOptions): TextSource {
  const { tokenizer, executor, checkpoint, limit, clipSkip, inside } = options;
  const configs = checkpoint.textEncoders.map(({ config }) => config);
  const tokens = (caption: string): Tokens => tokensOf(tokenizer, caption, limit, configs);
  if (inside) {
    return {
      feeds: (captions) => Promise.resolve(tokenFeeds(captions.map(tokens))),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  const encoders = openTextEncoders(executor, checkpoint, { windows: limit / WINDOW_TOKENS, clipSkip });
  const kept = new Map<string, TextFeeds>();
  let bytes = 0;
  const encoded = async (caption: string): Promise<TextFeeds> => {
    const known = kept.get(caption);
    if (known !== undefined) return known;
    const made = await encoders.encode([tokens(caption)]);
    kept.set(caption, made);
    bytes += sizeOf(made);
    for (const [oldest, feeds] of kept) {
      if (bytes <= KEPT_BYTES || oldest === caption) break;
      kept.delete(oldest);
      bytes -= sizeOf(feeds);
    }
    return made;
  };
  return {
    feeds: async (captions) => {
      const rows: TextFeeds[] = [];
      for (const caption of captions) rows.push(await encoded(caption));
      return joined(rows);
    },
    [Symbol.asyncDispose]: async () => encoders[Symbol.asyncDispose](),
  };
}

const sizeOf = (feeds: TextFeeds): number => Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);

/** [1, …] each -> [B, …], by name */
function joined(rows: readonly TextFeeds[]): TextFeeds {
  const names = Object.keys(must(rows[0], 'a caption'));
  return Object.fromEntries(
    names.map((name) => [name, joinedRows(rows.map((row) => must(row[name], name) as F32Tensor))]),
  );
}

function joinedRows(rows: readonly F32Tensor[]): F32Tensor {
  const { shape, data } = must(rows[0], 'a row');
  const whole = new Float32Array(rows.length * data.length);
  for (const [index, row] of rows.entries()) whole.set(row.data, index * data.length);
  return f32([rows.length, ...shape.slice(1)], whole);
}
