/**
 * What the UNet and the text encoder start from: random weights, with a text encoder that reads words from its first step on.
 * `npm run base:start` writes it to `.cache/base-model/start`.
 *
 * A prompt of three words is followed by seventy padding tokens. In a text encoder of plain random numbers each token takes in
 * the mean of all before it, so that the padding, which is most of what the UNet sees, hardly tells one prompt from another.
 * What such a text encoder then learned first was the colours of things, and it turned everything else down: of 128 numbers
 * a token, 450 concepts differed in 6. Here the heads of the first layer look at words from the beginning, and the padding
 * carries their mean.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { must } from '../../trainer/base/errors.ts';
import type { Files } from '../../trainer/base/ports.ts';
import { createGenerator, deriveSeed } from '../../trainer/base/random.ts';
import { writeInitialCheckpoint } from '../../trainer/formats/checkpoint/initial.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { writeCheckpoint } from '../../trainer/formats/checkpoint/write.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import type { Tokenizer } from '../../trainer/models/clip/tokenizer.ts';
import { END_OF_TEXT, START_OF_TEXT } from '../../trainer/models/clip/vocabulary.ts';
import { loadTokenizer } from '../../trainer/platform/assets.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { TRAINED_VAE } from './install.ts';
import { TOKEN_TABLE } from './token-rows.ts';

export const START = '.cache/base-model/start';
const CONFIG = fileURLToPath(new URL('config', import.meta.url));

/** Tokens of a caption that name nothing; the padding is another. */
const FUNCTION_WORDS = 'a an the of on , style emoji';
/** What separates the score of a word from that of any other token, before softmax: e^6 is 400, and 70 are paddings. */
const SCORE_GAP = 6;
/** Of the trainer's own start, so that a word means nearly the same at each place. */
const POSITIONS_SCALE = 0.5;
const LAYER = 'text_encoder/text_model.encoder.layers.0.self_attn';
const POSITIONS = 'text_encoder/text_model.embeddings.position_embedding.weight';

export interface StartOptions {
  readonly configFolder: string;
  /** Copied. */
  readonly vae: string;
  readonly seed: number;
  readonly tokenizer: Tokenizer;
}

/** @param path  of a diffusers folder; an older checkpoint of that name is replaced */
export async function writeStart(
  files: Files,
  path: string,
  { configFolder, vae, seed, tokenizer }: StartOptions,
): Promise<void> {
  const random = `${path}.random`;
  try {
    await writeInitialCheckpoint(files, random, { configFolder, vae, seed });
    const source = await openCheckpoint(files, random);
    const { config, weights } = must(source.textEncoders[0], 'a text encoder');
    const part = 'text_encoder/';
    const read = (name: string): Promise<Float32Array> =>
      readTensor(files, must(weights.get(name.slice(part.length)), name));
    const changed = new Map<string, Float32Array>();
    for (const name of [
      TOKEN_TABLE,
      POSITIONS,
      `${LAYER}.q_proj.weight`,
      `${LAYER}.q_proj.bias`,
      `${LAYER}.k_proj.weight`,
    ])
      changed.set(name, await read(name));
    lookAtWords(changed, { width: config.hiddenSize, heads: config.numAttentionHeads, seed, tokenizer });
    await writeCheckpoint(files, path, {
      source,
      trained: (name) => changed.get(name),
      layout: 'diffusers',
      dtype: 'F32',
      scheduler: { noiseSchedule: source.noiseSchedule, predictionType: must(source.predictionType, 'a prediction') },
      metadata: {},
      tokenizerFiles: tokenizer.vocabularyFiles(),
    });
  } finally {
    await files.removeFolder(random);
  }
}

interface Look {
  readonly width: number;
  readonly heads: number;
  readonly seed: number;
  readonly tokenizer: Tokenizer;
}

/**
 * Rows of words get a common direction u of length 1, those of other tokens -u. In each head one number of the key is what a
 * token has of u, and that of the query is the same for all tokens:
 *
 *     score = q k / sqrt(d),   k = u LN(x),   LN(x) = x sqrt(width) / |x|
 */
function lookAtWords(weights: ReadonlyMap<string, Float32Array>, { width, heads, seed, tokenizer }: Look): void {
  const weight = (name: string): Float32Array => must(weights.get(name), name);
  const direction = unitDirection(width, seed);
  const table = weight(TOKEN_TABLE);
  const without = new Set([START_OF_TEXT, END_OF_TEXT, ...tokenizer.encode(FUNCTION_WORDS, 75).ids]);
  let squares = 0;
  for (const value of table) squares += value * value;
  const rowLength = Math.sqrt(squares / (table.length / width) + 1);
  for (let index = 0; index < table.length; index++) {
    const sign = without.has(Math.floor(index / width)) ? -1 : 1;
    table[index] = (table[index] ?? 0) + sign * (direction[index % width] ?? 0);
  }
  const positions = weight(POSITIONS);
  for (const [index, value] of positions.entries()) positions[index] = POSITIONS_SCALE * value;

  const size = width / heads;
  const keyGap = (2 * Math.sqrt(width)) / rowLength;
  for (let head = 0; head < heads; head++) {
    const row = head * size;
    weight(`${LAYER}.q_proj.weight`).fill(0, row * width, (row + 1) * width);
    weight(`${LAYER}.q_proj.bias`)[row] = (SCORE_GAP * Math.sqrt(size)) / keyGap;
    weight(`${LAYER}.k_proj.weight`).set(direction, row * width);
  }
}

/** Of mean 0: a layer norm takes the mean away. */
function unitDirection(width: number, seed: number): Float32Array {
  const drawn = createGenerator(deriveSeed(seed, 'initialisation')).normals(width);
  const mean = drawn.reduce((sum, value) => sum + value, 0) / width;
  const length = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return drawn.map((value) => (value - mean) / length);
}

/** With the trained autoencoder, as the jobs after it name it. */
export async function makeStart(): Promise<void> {
  const files = machineFiles();
  const tokenizer = await loadTokenizer(files);
  await writeStart(files, START, { configFolder: CONFIG, vae: TRAINED_VAE, seed: 1, tokenizer });
  console.log(`${START}: random weights to begin with`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await makeStart();
