/**
 * The model that a command draws with, as its options say.
 */
import { createOrtExecutor, type Provider } from '../exec/ort/executor.ts';
import { openCheckpoint } from '../formats/checkpoint/open.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import { loadTokenizer } from '../platform/assets.ts';
import { bundledPath } from '../platform/bundled.ts';
import { loadOnnxRuntime } from '../platform/onnxruntime.ts';
import type { DrawingModel } from '../train/generation/model.ts';
import type { Terminal } from './terminal.ts';

export interface ModelOptions {
  readonly model: string;
  readonly vae?: string;
  readonly clipSkip?: number;
  /** The model predicts velocity, whatever its file says. */
  readonly vPrediction?: boolean;
  readonly engine: Provider;
  readonly threads?: number;
}

/** @throws {UserError} what opening a checkpoint throws */
export async function openDrawingModel({ files }: Terminal, options: ModelOptions): Promise<DrawingModel> {
  const { model, vae, clipSkip = 1, vPrediction, engine, threads } = options;
  const checkpoint = await openCheckpoint(files, bundledPath(model), vae === undefined ? {} : { vae });
  const executor = createOrtExecutor(await loadOnnxRuntime(), {
    provider: engine,
    ...(threads === undefined ? {} : { threads }),
  });
  return {
    executor,
    checkpoint,
    tokenizer: await loadTokenizer(files),
    prediction: vPrediction === true ? 'v_prediction' : (checkpoint.predictionType ?? 'epsilon'),
    noiseSchedule: checkpoint.noiseSchedule,
    clipSkip,
    loras: [],
  };
}

export interface Doubt {
  readonly what: string;
  readonly fix: string;
}

/** Files of SD 2.x may predict either, and most do not say what. */
export function doubtOfPrediction(
  { family, predictionType }: Checkpoint,
  { vPrediction }: Pick<ModelOptions, 'vPrediction'>,
): Doubt | undefined {
  if (family !== 'sd2' || predictionType !== undefined || vPrediction === true) return undefined;
  return {
    what: 'The file does not say whether the model predicts noise or velocity; noise is assumed',
    fix: 'If pictures are nothing but noise, add --v-prediction.',
  };
}
