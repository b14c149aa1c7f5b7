/**
 * An opened checkpoint: which network it is, and where in which file each weight lies. No weight has been read.
 */
import type { StoredDType } from '../../base/tensor.ts';
import type { Family, TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';
import type { NoiseScheduleSettings } from './scheduler-config.ts';

/** One weight of a network, as a range of bytes in a file. A fused weight is several references into one tensor. */
export interface WeightRef {
  /** Absolute path. */
  readonly file: string;
  /** Byte offset from the start of the file. */
  readonly offset: number;
  readonly byteLength: number;
  readonly dtype: StoredDType;
  /** As the network wants it, row-major. */
  readonly shape: readonly number[];
  /** The file holds the transpose of `shape` (two dimensions only). */
  readonly transposed?: true;
}

/** Canonical name (that of diffusers and transformers, without the part's folder) to place. */
export type Weights = ReadonlyMap<string, WeightRef>;

export interface Part<Config> {
  readonly config: Config;
  readonly weights: Weights;
}

export type Layout = 'ldm' | 'diffusers';

export type PredictionType = 'epsilon' | 'v_prediction';

export interface Checkpoint {
  readonly family: Family;
  readonly layout: Layout;
  /** Absolute path of the file or the folder. */
  readonly path: string;
  readonly unet: Part<UNetConfig>;
  readonly vae: Part<VaeConfig>;
  /** One, or for SDXL two: CLIP-L, OpenCLIP bigG. */
  readonly textEncoders: readonly Part<TextEncoderConfig>[];
  /** Dtypes of the weights in use, most bytes first. */
  readonly dtypes: readonly StoredDType[];
  /** Missing where the checkpoint does not say: a single file of SD 2.x. */
  readonly predictionType?: PredictionType;
  /** What it was trained with; that of Stable Diffusion where it does not say. */
  readonly noiseSchedule: NoiseScheduleSettings;
  /** Pixels of a side of the pictures that it was trained on, where the folder says. */
  readonly side?: number;
  /** Path of the separate VAE, where one was given. */
  readonly vaePath?: string;
}
