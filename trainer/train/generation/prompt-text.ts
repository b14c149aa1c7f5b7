/**
 * Prompt and negative prompt as the UNet takes them.
 *
 * Both get the same number of windows: as few as the longer of them needs, three at most (225 tokens), as in sd-scripts'
 * own previews. Axes: n windows, S = 75n + 2 tokens, D width of the text, P of the pooled text.
 */
import { must } from '../../base/errors.ts';
import { f32, type F32Tensor, type Tensor } from '../../base/tensor.ts';
import type { Program } from '../../exec/executor.ts';
import { createBuilder } from '../../graph/builder.ts';
import { optimise } from '../../graph/passes/index.ts';
import { checkpointWeights } from '../../models/checkpoint-weights.ts';
import type { TokenLimit } from '../../models/clip/token-windows.ts';
import { STEP_INPUTS, textFromTokens } from '../step-graph.ts';
import { tokenFeeds, tokensOf, type Tokens } from '../text-encoder-run.ts';
import { loraInputs } from './applied-loras.ts';
import type { DrawingModel } from './model.ts';

export interface PromptPair {
  readonly prompt: string;
  readonly negativePrompt: string;
}

/** The text of one prompt. */
export interface EncodedText {
  /** f32 [1, S, D] */
  readonly text: F32Tensor;
  /** f32 [1, P], SDXL only */
  readonly pooled?: F32Tensor;
}

export interface EncodedPair {
  readonly prompt: EncodedText;
  readonly negative: EncodedText;
  /** What of the prompts did not fit: the beginning of each rest. */
  readonly cut: readonly string[];
}

const LIMITS: readonly TokenLimit[] = [75, 150, 225];
const WINDOW_TOKENS = 75;

/** Runs the text encoders and gives them back; the pairs come in their order. */
export async function encodePrompts(
  model: DrawingModel,
  pairs: readonly PromptPair[],
): Promise<readonly EncodedPair[]> {
  const tokens = pairs.map((pair) => tokensOfPair(model, pair));
  const encoded = new Map<number, EncodedPair>();
  for (const limit of new Set(tokens.map((pair) => pair.limit))) {
    await using encoders = await openEncoders(model, limit / WINDOW_TOKENS);
    for (const [index, pair] of tokens.entries()) {
      if (pair.limit !== limit) continue;
      const results = await encoders.encode([pair.prompt, pair.negative]);
      const cut = [pair.prompt.cut, pair.negative.cut].filter((rest) => rest !== undefined);
      encoded.set(index, { prompt: rowOf(results, 0), negative: rowOf(results, 1), cut });
    }
  }
  return pairs.map((_, index) => must(encoded.get(index), 'an encoded prompt'));
}

function tokensOfPair(model: DrawingModel, { prompt, negativePrompt }: PromptPair) {
  const encoders = model.checkpoint.textEncoders.map(({ config }) => config);
  const most = must(LIMITS.at(-1), 'a limit');
  const lengthOf = (text: string): number => model.tokenizer.encode(text, most).ids.length;
  const longer = Math.max(lengthOf(prompt), lengthOf(negativePrompt));
  const limit = must(
    LIMITS.find((each) => longer <= each),
    'a limit',
  );
  const encode = (text: string): Tokens => tokensOf(model.tokenizer, text, limit, encoders);
  return { limit, prompt: encode(prompt), negative: encode(negativePrompt) };
}

interface Encoders extends AsyncDisposable {
  encode(batch: readonly Tokens[]): Promise<Readonly<Record<string, Tensor>>>;
}

async function openEncoders(model: DrawingModel, windows: number): Promise<Encoders> {
  const { executor, checkpoint, clipSkip, loras } = model;
  const g = createBuilder();
  const weights = checkpointWeights(g, checkpoint);
  const lora = loraInputs(g, loras);
  const textEncoders = checkpoint.textEncoders.map(({ config }) => config);
  const net = { g, weights, adapter: lora.adapter };
  const { text, pooled } = textFromTokens(net, { textEncoders, windows, clipSkip });
  const outputs = { [STEP_INPUTS.text]: text, ...(pooled === undefined ? {} : { [STEP_INPUTS.pooled]: pooled }) };
  const graph = optimise(g.finish(outputs));
  const program: Program = await executor.compile(graph, { weights: weights.sources });
  return {
    encode: (batch) => program.run({ ...tokenFeeds(batch), ...lora.feeds() }),
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

function rowOf(results: Readonly<Record<string, Tensor>>, row: number): EncodedText {
  const pooled = results[STEP_INPUTS.pooled];
  const text = rowTensor(must(results[STEP_INPUTS.text], 'the text'), row);
  return pooled === undefined ? { text } : { text, pooled: rowTensor(pooled, row) };
}

function rowTensor({ shape: [, ...rest], data }: Tensor, row: number): F32Tensor {
  const size = rest.reduce((product, side) => product * side, 1);
  return f32([1, ...rest], Float32Array.from(data.subarray(row * size, (row + 1) * size)));
}
