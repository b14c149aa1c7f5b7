/**
 * What pictures are drawn with: a checkpoint, how it predicts, and the LoRAs on top of it.
 */
import type { Executor } from '../../exec/executor.ts';
import type { NoiseScheduleSettings } from '../../formats/checkpoint/scheduler-config.ts';
import type { Checkpoint, PredictionType } from '../../formats/checkpoint/types.ts';
import type { Tokenizer } from '../../models/clip/tokenizer.ts';
import type { AppliedLora } from './applied-loras.ts';
import type { TrainedWeights } from './model-weights.ts';

export interface DrawingModel {
  readonly executor: Executor;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly prediction: PredictionType;
  /** What it was trained with. */
  readonly noiseSchedule: NoiseScheduleSettings;
  /** 1 takes the text encoder's last layer, 2 the one before, ...; SDXL knows no clip skip. */
  readonly clipSkip: number;
  readonly loras: readonly AppliedLora[];
  /** Weights that a run trains, in the place of the checkpoint's. */
  readonly trained?: TrainedWeights;
}

/** A picture's sides in latent cells of 8 x 8 pixels. */
export interface CellSize {
  readonly rows: number;
  readonly columns: number;
}

/** Pixels of a latent cell's side, in every autoencoder of Stable Diffusion. */
export const CELL = 8;
