/**
 * Runs the text encoders by themselves: for runs that do not train them, and for sample pictures.
 */
import { must } from '../base/errors.ts';
import { f32, i32, type I32Tensor, type Tensor } from '../base/tensor.ts';
import type { Executor } from '../exec/executor.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import type { TextEncoderConfig } from '../formats/configs.ts';
import { createBuilder } from '../graph/builder.ts';
import { optimise } from '../graph/passes/index.ts';
import { checkpointWeights } from '../models/checkpoint-weights.ts';
import { tokenWindows, WINDOW, type TokenLimit } from '../models/clip/token-windows.ts';
import type { Tokenizer } from '../models/clip/tokenizer.ts';
import type { TextFeeds } from './step-feeds.ts';
import { STEP_INPUTS, textFromTokens } from './step-graph.ts';

/** A caption as windows of tokens, for each encoder. */
export interface Tokens {
  /** i32 [n · 77] for each encoder, which differ in what fills a window */
  readonly ids: readonly Int32Array[];
  /** The first end token of the first window. */
  readonly end: number;
  /** What of the caption did not fit. */
  readonly cut?: string;
}

export function tokensOf(
  tokenizer: Tokenizer,
  caption: string,
  limit: TokenLimit,
  encoders: readonly Pick<TextEncoderConfig, 'padTokenId'>[],
): Tokens {
  const windows = encoders.map(({ padTokenId }) => tokenWindows(tokenizer, caption, limit, padTokenId));
  const { end, cut } = must(windows[0], 'a text encoder');
  return { ids: windows.map(({ ids }) => ids), end, ...(cut === undefined ? {} : { cut }) };
}

/** The tokens of a batch as inputs of a graph that holds the text encoders. */
export function tokenFeeds(batch: readonly Tokens[]): TextFeeds {
  const encoders = must(batch[0], 'a caption').ids.length;
  const feeds: Record<string, Tensor> = {};
  for (let index = 0; index < encoders; index++) {
    const rows = batch.map(({ ids }) => must(ids[index], 'token ids'));
    feeds[must(STEP_INPUTS.ids[index], 'an encoder')] = stacked(rows);
  }
  if (encoders > 1) {
    const mask = new Float32Array(batch.length * WINDOW);
    for (const [row, { end }] of batch.entries()) mask[row * WINDOW + end] = 1;
    feeds[STEP_INPUTS.endMask] = f32([batch.length, WINDOW], mask);
  }
  return feeds;
}

function stacked(rows: readonly Int32Array[]): I32Tensor {
  const length = must(rows[0], 'a caption').length;
  const data = new Int32Array(rows.length * length);
  for (const [row, ids] of rows.entries()) data.set(ids, row * length);
  return i32([rows.length, length / WINDOW, WINDOW], data);
}

export interface TextEncoderRun extends AsyncDisposable {
  /** The text of a batch as the UNet takes it: `text` f32 [B, S, D], SDXL also `pooled` f32 [B, P]. */
  encode(batch: readonly Tokens[]): Promise<TextFeeds>;
}

/** Compiled when it is first used. */
export function openTextEncoders(
  executor: Executor,
  checkpoint: Checkpoint,
  options: { readonly windows: number; readonly clipSkip: number },
): TextEncoderRun {
  const compile = () => {
    const g = createBuilder();
    const weights = checkpointWeights(g, checkpoint);
    const textEncoders = checkpoint.textEncoders.map(({ config }) => config);
    const { text, pooled } = textFromTokens({ g, weights }, { textEncoders, ...options });
    const outputs = { [STEP_INPUTS.text]: text, ...(pooled === undefined ? {} : { [STEP_INPUTS.pooled]: pooled }) };
    return executor.compile(optimise(g.finish(outputs)), { weights: weights.sources });
  };
  let program: ReturnType<typeof compile> | undefined;
  return {
    encode: async (batch) => (await (program ??= compile())).run(tokenFeeds(batch)),
    // `encode` has told of a program that could not be opened.
    [Symbol.asyncDispose]: async () => (await program?.catch(() => undefined))?.[Symbol.asyncDispose](),
  };
}
