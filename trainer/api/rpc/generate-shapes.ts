/**
 * Shapes of drawing pictures with a model and LoRAs, and of a trial before a start.
 */
import * as z from 'zod';
import { KNOBS } from '../job/index.ts';
import { bytes, count, errorReport, jobTable, list, path } from './shapes.ts';

const engine = z.enum(KNOBS.engine.choices as readonly [string, ...string[]]);
const sampler = z.enum(KNOBS.sample_sampler.choices as readonly [string, ...string[]]);
const LARGEST_SEED = 2 ** 32 - 1;
/** Beyond what any model reads. */
const LONGEST_PROMPT = 4000;

export const loraChoice = z.object({ file: path, weight: z.number().gte(-1000).lte(1000) });

export const drawingOrder = z.object({
  model: path,
  vae: path.exactOptional(),
  loras: list(loraChoice),
  prompt: z.string().max(LONGEST_PROMPT),
  negative: z.string().max(LONGEST_PROMPT),
  /** Left out, one is drawn. Picture number n has the seed + n. */
  seed: z.int().gte(0).lte(LARGEST_SEED).exactOptional(),
  steps: z.int().gte(1).lte(1000),
  cfg: z.number().gte(0).lte(1000),
  sampler,
  /** Left out, as the model was trained. */
  width: z.int().gte(64).lte(8192).exactOptional(),
  height: z.int().gte(64).lte(8192).exactOptional(),
  count: z.int().gte(1).lte(100),
  clipSkip: z.int().gte(1).lte(32).exactOptional(),
  vPrediction: z.boolean().exactOptional(),
  /** Draws each picture without the LoRAs too, with the same seed. */
  compare: z.boolean(),
  engine,
});
export type DrawingOrder = z.infer<typeof drawingOrder>;

export const drawnPicture = z.object({
  file: z.string(),
  width: count,
  height: count,
  seed: z.number(),
  /** False of the pictures that `compare` asks for. */
  withLoras: z.boolean(),
  /** The order that it was drawn for. */
  order: drawingOrder,
  /** Milliseconds since 1970. */
  drawnAt: z.number(),
});
export type DrawnPicture = z.infer<typeof drawnPicture>;

export const drawingEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  /** Sampler steps, of all pictures together. */
  z.object({ kind: z.literal('progress'), done: count, total: count }),
  z.object({ kind: z.literal('picture'), picture: drawnPicture }),
  z.object({ kind: z.literal('warning'), what: z.string(), fix: z.string().exactOptional() }),
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('failed'), error: errorReport }),
]);
export type DrawingEvent = z.infer<typeof drawingEvent>;

export const trialEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('state'), message: z.string() }),
  z.object({ kind: z.literal('progress'), done: count, total: count }),
]);

export const trialResult = z.object({
  engine: z.string(),
  /** Of one optimizer step, after the first, which is slower. */
  secondsPerStep: z.number(),
  totalSteps: count,
  /** All steps, without samples and saves. */
  seconds: z.number(),
  /** Bytes of memory of the process at its highest. */
  memory: bytes.exactOptional(),
  /** Bytes that the process may use. */
  available: bytes,
  table: jobTable,
});
export type TrialResult = z.infer<typeof trialResult>;
