/**
 * Text to pictures: prompts through the text encoders, noise through the UNet and a sampler, latents through the
 * autoencoder.
 *
 * Each picture has a generator of its own, so a seed means the same picture alone and among others. With guidance the
 * UNet runs twice a step, on the negative prompt and on the prompt: as fast as one batch of two on a processor, and with
 * half the activations (docs/decisions/0015-generation.md). Checked against diffusers: test/golden/samplers.test.ts.
 */
import { assert, must, UserError } from '../../base/errors.ts';
import type { Picture } from '../../base/ports.ts';
import { createGenerator } from '../../base/random.ts';
import { createNoiseSchedule } from '../../diffusion/noise-schedule.ts';
import type { SamplePrompt } from '../../diffusion/sample-prompts.ts';
import { guide } from '../../diffusion/samplers/guidance.ts';
import { createSampler } from '../../diffusion/samplers/index.ts';
import { decodeLatents, pictureOf } from './decoder.ts';
import { openDenoiser, type Denoiser } from './denoiser.ts';
import { CELL, type CellSize, type DrawingModel } from './model.ts';
import { encodePrompts, type EncodedPair } from './prompt-text.ts';
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
}

export interface DrawHooks {
  /** After each of a picture's steps. */
  readonly onStep?: (request: number, done: number, steps: number) => void;
  /** Something that the user should know: a sentence without its full stop. */
  readonly onWarning?: (what: string) => void;
  /** Asked before each step; the pictures end where it says yes. */
  readonly cancelled?: () => boolean;
}

/**
 * Draws the pictures one after the other, in the order of the requests.
 *
 * @throws {UserError} generate/not-finite, generate/clip-skip, engine/out-of-memory
 */
export async function* drawPictures(
  model: DrawingModel,
  requests: readonly DrawRequest[],
  hooks: DrawHooks = {},
): AsyncGenerator<DrawnPicture, void> {
  checkClipSkip(model);
  try {
    const encoded = await encodePrompts(
      model,
      requests.map(({ prompt }) => prompt),
    );
    warnOfCuts(encoded, hooks);
    const works = requests.map((request, index) => ({ request, index, text: must(encoded[index], 'a text') }));
    for (const group of groupsOfOneShape(works)) yield* drawGroup(model, group, hooks);
  } catch (error) {
    throw inWordsOfDrawing(error);
  }
}

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
): AsyncGenerator<DrawnPicture, void> {
  const first = must(group[0], 'a request');
  const size = sizeOf(first);
  await using denoiser = await openDenoiser(model, size, tokensOf(first));
  for (const work of group) {
    const latents = await latentsOf(model, denoiser, work, hooks);
    if (latents === undefined) return;
    const decoded = await decodeLatents(model, latents, size);
    requireFinite(decoded, 'decoding');
    yield { request: work.request, index: work.index, picture: pictureOf(decoded, size) };
  }
}

async function latentsOf(
  { checkpoint, prediction, noiseSchedule }: DrawingModel,
  denoiser: Denoiser,
  { request: { prompt, seed }, text, index }: Work,
  { onStep, cancelled }: DrawHooks,
): Promise<Float32Array | undefined> {
  const { steps, scale } = prompt;
  const schedule = createNoiseSchedule(noiseSchedule);
  const count = (checkpoint.unet.config.inChannels * prompt.width * prompt.height) / CELL ** 2;
  const generator = createGenerator(seed);
  return sampleLatents({
    sampler: createSampler(prompt.sampler, { schedule, prediction, steps }),
    predict: (x, timestep) => guidedPrediction(denoiser, x, timestep, text, scale),
    drawNoise: () => generator.normals(count),
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
  return new UserError({ ...error.report, fix }, { cause: error });
}
