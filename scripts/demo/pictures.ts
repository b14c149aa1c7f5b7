/**
 * What the demo draws before and after training, with the same seeds: the trigger, and prompts that must stay as they were.
 */
import type { Picture } from '../../trainer/base/ports.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { loadTokenizer } from '../../trainer/platform/assets.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { createPictures } from '../../trainer/platform/pictures.ts';
import { openFeatures } from '../../trainer/train/evaluation/picture-features.ts';
import { drawPictures, picturesAtOnce, type DrawRequest } from '../../trainer/train/generation/draw.ts';
import { loadLora } from '../../trainer/train/generation/load-lora.ts';
import type { DrawingModel } from '../../trainer/train/generation/model.ts';
import type { Described } from './measure.ts';

/** Pixels of a side, in training and of what is drawn. */
export const SIDE = 128;

/** Prompt and seed of a picture. */
export interface Drawing {
  readonly prompt: string;
  readonly seed: number;
}

export const TRIGGER = 'a sks cat';
export const SUBJECT: readonly Drawing[] = [1, 2, 3, 4].map((seed) => ({ prompt: TRIGGER, seed }));

/** None has the trigger; the last has the word that stands beside it in every caption. */
const OTHER_PROMPTS = [
  'a dog, flat style',
  'a red apple, soft style',
  'a rocket, flat style',
  'a pizza, soft style',
  'a cat, flat style',
];
export const OTHERS: readonly Drawing[] = OTHER_PROMPTS.map((prompt, index) => ({ prompt, seed: index + 1 }));

/** As the demo's pictures are drawn. */
export const SAMPLING = {
  negativePrompt: '',
  width: SIDE,
  height: SIDE,
  steps: 20,
  scale: 2,
  sampler: 'ddim',
} as const;
const AT_ONCE = picturesAtOnce(SIDE, SIDE);

export interface DemoPictures {
  /** What was learned from. */
  readonly dataset: readonly Described[];
  /** `SUBJECT`, then `OTHERS`. */
  readonly before: readonly Described[];
  readonly after: readonly Described[];
}

export interface DemoPicturesOptions {
  /** Paths. */
  readonly model: string;
  readonly lora: string;
  readonly dataset: readonly string[];
}

export async function drawDemoPictures({ model, lora, dataset }: DemoPicturesOptions): Promise<DemoPictures> {
  await using studio = await openStudio(model);
  const drawings = [...SUBJECT, ...OTHERS];
  return {
    dataset: await studio.load(dataset),
    before: await studio.draw(drawings),
    after: await studio.draw(drawings, lora),
  };
}

export interface Studio extends AsyncDisposable {
  load(paths: readonly string[]): Promise<readonly Described[]>;
  /** With a LoRA file or without. */
  draw(drawings: readonly Drawing[], lora?: string): Promise<readonly Described[]>;
}

/** @param model the path of a checkpoint */
export async function openStudio(model: string): Promise<Studio> {
  const files = machineFiles();
  const checkpoint = await openCheckpoint(files, model);
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu' });
  const base: DrawingModel = {
    executor,
    checkpoint,
    tokenizer: await loadTokenizer(files),
    prediction: checkpoint.predictionType ?? 'epsilon',
    noiseSchedule: checkpoint.noiseSchedule,
    clipSkip: 1,
    loras: [],
  };
  const features = await openFeatures({ executor, checkpoint, side: SIDE, atOnce: AT_ONCE });
  const describe = async (pictures: readonly Picture[]): Promise<readonly Described[]> => {
    const described = await features.describe(pictures);
    const { scalingFactor } = checkpoint.vae.config;
    return pictures.map((picture, index) => ({
      picture,
      pixels: Float32Array.from(picture.data, (value) => value / 255),
      latents: (described[index]?.latents ?? new Float32Array()).map((value) => value * scalingFactor),
    }));
  };
  return {
    load: async (paths) => describe(await loadAll(paths)),
    draw: async (drawings, lora) => {
      const loras = lora === undefined ? [] : [await loadLora(files, checkpoint, lora, 1)];
      return describe(await drawAll({ ...base, loras }, drawings));
    },
    [Symbol.asyncDispose]: async () => features[Symbol.asyncDispose](),
  };
}

function loadAll(paths: readonly string[]): Promise<readonly Picture[]> {
  const pictures = createPictures();
  const size = { width: SIDE, height: SIDE };
  return Promise.all(paths.map((path) => pictures.load(path, size, { left: 0, top: 0, ...size })));
}

async function drawAll(model: DrawingModel, drawings: readonly Drawing[]): Promise<readonly Picture[]> {
  const requests = drawings.map(({ prompt, seed }): DrawRequest => ({
    prompt: { prompt, ...SAMPLING },
    seed,
  }));
  const drawn: Picture[] = [];
  for await (const { picture } of drawPictures(model, requests, {}, AT_ONCE)) drawn.push(picture);
  return drawn;
}
