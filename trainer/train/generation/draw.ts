/**
 * Text to pictures: prompts through the text encoders, noise through the UNet and a sampler, latents through the
 * autoencoder.
 *
 * Each picture has a generator of its own, so a seed means the same picture alone and among others. With guidance the
 * UNet runs twice a step, on the negative prompt and on the prompt: as fast as one batch of two on a processor, and with
 * half the activations (docs/decisions/0015-generation.md). Small pictures are quicker drawn several at once: then the
 * latents of B pictures lie behind each other. Checked against diffusers: test/golden/samplers.test.ts.
 */
import { assert, must, UserError } from '../../base/errors.ts';
import type { Picture } from '../../base/ports.ts';
import { createGenerator } from '../../base/random.ts';
import { createNoiseSchedule } from '../../diffusion/noise-schedule.ts';
import type { SamplePrompt } from '../../diffusion/sample-prompts.ts';
import { guide } from '../../diffusion/samplers/guidance.ts';
import { createSampler } from '../../diffusion/samplers/index.ts';
import { checkTerminalSnr } from '../schedule-of-job.ts';
import { openDecoder, pictureOf } from './decoder.ts';
import { openDenoiser, type Denoiser } from './denoiser.ts';
import { CELL, type CellSize, type DrawingModel } from './model.ts';
import { encodePrompts, joinTexts, type EncodedPair } from './prompt-text.ts';
import { requireFinite, sampleLatents } from './sampling.ts';

export interface DrawRequest {
  /** Sides are multiples of 8. */
  readonly prompt: SamplePrompt;
  readonly seed: number;
}

export interface DrawnPicture {
  readonly request: DrawRequest;
  /** Its place among the requests. */
  readonly index: number;
  readonly picture: Picture;
  /** f32 [4 · rows · columns], times the VAE's scale */
  readonly latents: Float32Array;
}

export interface DrawHooks {
  /** After each of a picture's steps; of pictures that are drawn at once, the first is named. */
  readonly onStep?: (request: number, done: number, steps: number) => void;
  /** Something that the user should know: a sentence without its full stop. */
  readonly onWarning?: (what: string) => void;
  /** Asked before each step; the pictures end where it says yes. */
  readonly cancelled?: () => boolean;
}

/** From here on a larger batch only takes more memory: the matrix products of one picture are as fast as they get. */
const PIXELS_AT_ONCE = 2 ** 19;

/** How many pictures of a size are worth drawing at once: 32 of 128 x 128, one from 768 x 768 on. */
export const picturesAtOnce = (width: number, height: number): number =>
  Math.max(1, Math.floor(PIXELS_AT_ONCE / (width * height)));

/**
 * Draws the pictures in the order of the requests.
 *
 * @param atOnce the most in one batch; neighbours of one size, sampler, scale and number of steps share one
 * @throws {UserError} generate/not-finite, generate/clip-skip, engine/out-of-memory
 */
export async function* drawPictures(
  model: DrawingModel,
  requests: readonly DrawRequest[],
  hooks: DrawHooks = {},
  atOnce = 1,
): AsyncGenerator<DrawnPicture, void> {
  checkClipSkip(model);
  checkTerminalSnr(model.noiseSchedule, model.prediction, model.checkpoint, TELL_VELOCITY);
  warnOfSteps(model, requests, hooks);
  try {
    const encoded = await encodePrompts(
      model,
      requests.map(({ prompt }) => prompt),
    );
    warnOfCuts(encoded, hooks);
    const works = requests.map((request, index) => ({ request, index, text: must(encoded[index], 'a text') }));
    for (const group of groupsOfOneShape(works)) yield* drawGroup(model, group, hooks, atOnce);
  } catch (error) {
    throw inWordsOfDrawing(error);
  }
}

const TELL_VELOCITY =
  'The checkpoint is marked so: if it predicts velocity, say so, by --v-prediction or by v_parameterization = true in the job.';

interface Work {
  readonly request: DrawRequest;
  readonly index: number;
  readonly text: EncodedPair;
}

const sizeOf = ({ request: { prompt } }: Work): CellSize => {
  const { width, height } = prompt;
  assert(width % CELL === 0 && height % CELL === 0, `${width} x ${height} are no multiples of ${CELL}`);
  return { rows: height / CELL, columns: width / CELL };
};

const tokensOf = ({ text }: Work): number => must(text.prompt.text.shape[1], 'the tokens');

/** Neighbours that one compiled UNet serves. */
function groupsOfOneShape(works: readonly Work[]): readonly (readonly Work[])[] {
  const groups: Work[][] = [];
  const shapeOf = (work: Work): string => {
    const { rows, columns } = sizeOf(work);
    return `${rows} ${columns} ${tokensOf(work)}`;
  };
  for (const work of works) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    if (last !== undefined && first !== undefined && shapeOf(first) === shapeOf(work)) last.push(work);
    else groups.push([work]);
  }
  return groups;
}

async function* drawGroup(
  model: DrawingModel,
  group: readonly Work[],
  hooks: DrawHooks,
  atOnce: number,
): AsyncGenerator<DrawnPicture, void> {
  const first = must(group[0], 'a request');
  const size = sizeOf(first);
  await using denoiser = await openDenoiser(model, size, tokensOf(first), Math.min(atOnce, group.length));
  for (const batch of batchesOfOneWay(group, atOnce)) {
    const latents = await latentsOf(model, denoiser, batch, hooks);
    if (latents === undefined) return;
    yield* decodeBatch(model, batch, latents, size);
  }
}

/** Neighbours that take the same steps. */
function batchesOfOneWay(group: readonly Work[], atOnce: number): readonly (readonly Work[])[] {
  const batches: Work[][] = [];
  const wayOf = ({ request: { prompt } }: Work): string => `${prompt.sampler} ${prompt.steps} ${prompt.scale}`;
  for (const work of group) {
    const last = batches.at(-1);
    const [first] = last ?? [];
    const fits = last !== undefined && last.length < atOnce && first !== undefined && wayOf(first) === wayOf(work);
    if (fits) last.push(work);
    else batches.push([work]);
  }
  return batches;
}

/** The decoder is given back after each batch: it holds more memory than all the rest. */
async function* decodeBatch(
  model: DrawingModel,
  batch: readonly Work[],
  latents: Float32Array,
  size: CellSize,
): AsyncGenerator<DrawnPicture, void> {
  const drawn: DrawnPicture[] = [];
  {
    await using decoder = await openDecoder(model, size);
    const count = latents.length / batch.length;
    for (const [place, { request, index }] of batch.entries()) {
      const own = latents.slice(place * count, (place + 1) * count);
      const decoded = await decoder.decode(own);
      requireFinite(decoded, 'decoding');
      drawn.push({ request, index, picture: pictureOf(decoded, size), latents: own });
    }
  }
  yield* drawn;
}

/** f32 [B · 4 · rows · columns] */
async function latentsOf(
  { checkpoint, prediction, noiseSchedule }: DrawingModel,
  denoiser: Denoiser,
  batch: readonly Work[],
  { onStep, cancelled }: DrawHooks,
): Promise<Float32Array | undefined> {
  const { request, index } = must(batch[0], 'a request');
  const { scale, sampler, width, height } = request.prompt;
  const steps = Math.min(request.prompt.steps, noiseSchedule.steps);
  const schedule = createNoiseSchedule(noiseSchedule);
  const count = (checkpoint.unet.config.inChannels * width * height) / CELL ** 2;
  const generators = batch.map((work) => createGenerator(work.request.seed));
  const text = {
    prompt: joinTexts(batch.map((work) => work.text.prompt)),
    negative: joinTexts(batch.map((work) => work.text.negative)),
  };
  return sampleLatents({
    sampler: createSampler(sampler, { schedule, prediction, steps }),
    predict: (x, timestep) => guidedPrediction(denoiser, x, timestep, text, scale),
    drawNoise: () => {
      const noise = new Float32Array(batch.length * count);
      for (const [place, generator] of generators.entries()) noise.set(generator.normals(count), place * count);
      return noise;
    },
    ...(onStep === undefined ? {} : { onStep: (done) => onStep(index, done, steps) }),
    ...(cancelled === undefined ? {} : { cancelled }),
  });
}

/** Scale 1 needs the prompt alone. */
export async function guidedPrediction(
  denoiser: Denoiser,
  x: Float32Array,
  timestep: number,
  text: Pick<EncodedPair, 'prompt' | 'negative'>,
  scale: number,
): Promise<Float32Array> {
  const towards = await denoiser.predict(x, timestep, text.prompt);
  return scale === 1 ? towards : guide(await denoiser.predict(x, timestep, text.negative), towards, scale);
}

function warnOfSteps(
  { noiseSchedule: { steps: most } }: DrawingModel,
  requests: readonly DrawRequest[],
  { onWarning }: DrawHooks,
): void {
  if (requests.every(({ prompt }) => prompt.steps <= most)) return;
  onWarning?.(`The noise schedule of this checkpoint has ${most} timesteps, so no picture takes more steps`);
}

function warnOfCuts(encoded: readonly EncodedPair[], { onWarning }: DrawHooks): void {
  for (const rest of new Set(encoded.flatMap(({ cut }) => cut))) {
    onWarning?.(`A prompt is longer than 225 tokens; what is left out begins with "${rest}"`);
  }
}

function checkClipSkip({ checkpoint, clipSkip }: DrawingModel): void {
  const [encoder] = checkpoint.textEncoders;
  const layers = must(encoder, 'a text encoder').config.numHiddenLayers;
  if (checkpoint.textEncoders.length > 1 || clipSkip <= layers) return;
  throw new UserError({
    code: 'generate/clip-skip',
    what: `Clip skip ${clipSkip} is too much: the text encoder of this checkpoint has ${layers} layers`,
    where: checkpoint.path,
    fix: `Choose 1 (nothing is skipped) to ${layers}; models for anime are often trained with 2.`,
    details: { layers },
  });
}

/** The engine's advice is for training. */
function inWordsOfDrawing(error: unknown): unknown {
  if (!(error instanceof UserError) || error.report.code !== 'engine/out-of-memory') return error;
  const fix = 'Choose a smaller width and height, or close other programs.';
  return new UserError({ ...error.report, fix, details: { ...error.report.details, drawing: true } }, { cause: error });
}
