/**
 * Every setting of a job, in the order of Kohya's GUI.
 */
import { CLASS_IMAGE_KNOBS } from './class-image-knobs.ts';
import { BUCKET_KNOBS, CAPTION_KNOBS, DATASET_KNOBS } from './dataset-knobs.ts';
import type { Knob, ValuesOf } from './knob.ts';
import { LEARNING_RATE_KNOBS, NETWORK_KNOBS, OPTIMIZER_KNOBS, TRAINING_KNOBS } from './learning-knobs.ts';
import { AUTOENCODER_KNOBS, AVERAGE_KNOBS, METHOD_KNOBS } from './method-knobs.ts';
import {
  ENGINE_KNOBS,
  FOLDER_KNOBS,
  METADATA_KNOBS,
  MODEL_KNOBS,
  NOISE_KNOBS,
  SAMPLE_KNOBS,
  SAVING_KNOBS,
} from './model-knobs.ts';

export const KNOBS = {
  ...METHOD_KNOBS,
  ...MODEL_KNOBS,
  ...FOLDER_KNOBS,
  ...CLASS_IMAGE_KNOBS,
  ...DATASET_KNOBS,
  ...CAPTION_KNOBS,
  ...BUCKET_KNOBS,
  ...NETWORK_KNOBS,
  ...LEARNING_RATE_KNOBS,
  ...OPTIMIZER_KNOBS,
  ...AVERAGE_KNOBS,
  ...TRAINING_KNOBS,
  ...NOISE_KNOBS,
  ...AUTOENCODER_KNOBS,
  ...SAVING_KNOBS,
  ...SAMPLE_KNOBS,
  ...METADATA_KNOBS,
  ...ENGINE_KNOBS,
} as const;

export type JobKey = keyof typeof KNOBS;

export const JOB_KEYS = Object.keys(KNOBS) as readonly JobKey[];

/** A job with every setting present: as the file says, or its default. Where `undefined` is possible, `help` tells its meaning. */
export type Job = ValuesOf<typeof KNOBS>;

export type NetworkArguments = Job['network_args'];
export type OptimizerArguments = Job['optimizer_args'];
export type OptimizerType = Job['optimizer_type'];
export type LrScheduler = Job['lr_scheduler'];
export type Engine = Job['engine'];

export const isJobKey = (key: string): key is JobKey => Object.hasOwn(KNOBS, key);

export const knobOf = (key: JobKey): Knob<unknown> => KNOBS[key];

/** Steps, or a part of the run, of a schedule: sd-scripts takes 1.0 for all of it there, and for one step elsewhere. */
export const isRateShare = (key: string): boolean => key === 'lr_warmup_steps' || key === 'lr_decay_steps';
