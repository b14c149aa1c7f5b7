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
import type { TokenLimit } from '../../models/clip/token-windows.ts';
import { STEP_INPUTS, textFromTokens } from '../step-graph.ts';
import { tokenFeeds, tokensOf, type Tokens } from '../text-encoder-run.ts';
import { loraInputs } from './applied-loras.ts';
import { modelWeights } from './model-weights.ts';
import type { DrawingModel } from './model.ts';

export interface PromptPair {
  readonly prompt: string;
  readonly negativePrompt: string;
}

/** The text of one prompt, or of B. */
export interface EncodedText {
  /** f32 [B, S, D] */
  readonly text: F32Tensor;
  /** f32 [B, P], SDXL only */
  readonly pooled?: F32Tensor;
}

export interface EncodedPair {
  readonly prompt: EncodedText;
  readonly negative: EncodedText;
  /** What of the prompts did not fit: the beginning of each rest. */
  readonly cut: readonly string[];
}

/** Texts of one prompt each as the text of all: B = 1 becomes B = texts. */
export function joinTexts(texts: readonly EncodedText[]): EncodedText {
  const text = joined(texts.map((each) => each.text));
  const pooled = texts.map((each) => each.pooled).filter((each) => each !== undefined);
  return pooled.length === 0 ? { text } : { text, pooled: joined(pooled) };
}

function joined(rows: readonly F32Tensor[]): F32Tensor {
  const { shape, data } = must(rows[0], 'a text');
  const all = new Float32Array(rows.length * data.length);
  for (const [row, each] of rows.entries()) all.set(each.data, row * data.length);
  return f32([rows.length, ...shape.slice(1)], all);
}

const LIMITS: readonly TokenLimit[] = [75, 150, 225];
const WINDOW_TOKENS = 75;

/** Texts in one run of the encoders. */
const AT_ONCE = 32;

/** Runs the text encoders, on each text once, and gives them back; the pairs come in their order. */
export async function encodePrompts(
  model: DrawingModel,
  pairs: readonly PromptPair[],
): Promise<readonly EncodedPair[]> {
  const tokens = pairs.map((pair) => tokensOfPair(model, pair));
  const encoded = new Map<number, EncodedPair>();
  for (const limit of new Set(tokens.map((pair) => pair.limit))) {
    const ofLimit = [...tokens.entries()].filter(([, pair]) => pair.limit === limit);
    const texts = await encodeTexts(
      model,
      limit / WINDOW_TOKENS,
      ofLimit.flatMap(([, { prompt, negative }]) => [prompt, negative]),
    );
    for (const [index, { prompt, negative }] of ofLimit) {
      const cut = [prompt.tokens.cut, negative.tokens.cut].filter((rest) => rest !== undefined);
      const textOf = ({ text }: TokenText): EncodedText => must(texts.get(text), 'an encoded text');
      encoded.set(index, { prompt: textOf(prompt), negative: textOf(negative), cut });
    }
  }
  return pairs.map((_, index) => must(encoded.get(index), 'an encoded prompt'));
}

interface TokenText {
  readonly text: string;
  readonly tokens: Tokens;
}

async function encodeTexts(
  model: DrawingModel,
  windows: number,
  given: readonly TokenText[],
): Promise<ReadonlyMap<string, EncodedText>> {
  const distinct = [...new Map(given.map((each) => [each.text, each.tokens]))];
  const encoded = new Map<string, EncodedText>();
  await using encoders = await openEncoders(model, windows);
  for (let start = 0; start < distinct.length; start += AT_ONCE) {
    const batch = distinct.slice(start, start + AT_ONCE);
    const results = await encoders.encode(batch.map(([, tokens]) => tokens));
    for (const [row, [text]] of batch.entries()) encoded.set(text, rowOf(results, row));
  }
  return encoded;
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
  const encode = (text: string): TokenText => ({ text, tokens: tokensOf(model.tokenizer, text, limit, encoders) });
  return { limit, prompt: encode(prompt), negative: encode(negativePrompt) };
}

interface Encoders extends AsyncDisposable {
  encode(batch: readonly Tokens[]): Promise<Readonly<Record<string, Tensor>>>;
}

async function openEncoders(model: DrawingModel, windows: number): Promise<Encoders> {
  const { executor, checkpoint, clipSkip, loras } = model;
  const g = createBuilder();
  const weights = modelWeights(g, model);
  const lora = loraInputs(g, loras);
  const textEncoders = checkpoint.textEncoders.map(({ config }) => config);
  const net = { g, weights, adapter: lora.adapter };
  const { text, pooled } = textFromTokens(net, { textEncoders, windows, clipSkip });
  const outputs = { [STEP_INPUTS.text]: text, ...(pooled === undefined ? {} : { [STEP_INPUTS.pooled]: pooled }) };
  const graph = optimise(g.finish(outputs));
  const program: Program = await executor.compile(graph, { weights: weights.sources });
  return {
    encode: (batch) => program.run({ ...tokenFeeds(batch), ...lora.feeds(), ...weights.feeds() }),
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
