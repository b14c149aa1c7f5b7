/**
 * What the sample pictures of a run are drawn from. The loop calls `renderPreviews(context, moment)` of `preview.ts`.
 */
import type { Job } from '../api/job/index.ts';
import type { Report, StopRequest } from '../api/events.ts';
import type { Checkpoint, PredictionType } from '../formats/checkpoint/types.ts';
import type { LoraLayout } from '../lora/layout.ts';
import type { Machine } from './machine.ts';

export interface PreviewContext {
  readonly machine: Machine;
  /** Its sample_prompts, sample_sampler, clip_skip and output_name count here. */
  readonly job: Job;
  /** Of the run; a prompt without a seed of its own draws from it. */
  readonly seed: number;
  readonly checkpoint: Checkpoint;
  readonly prediction: PredictionType;
  readonly layout: LoraLayout;
  /** f32 [layout.size], the LoRA as it is now: the loop changes it in place. */
  readonly values: Float32Array;
  /** The run's folder for samples; made when first written to. */
  readonly folder: string;
  /** Takes a state, progress and one `sample` event for each picture. */
  readonly report: Report;
  /** Drawing ends early where this asks to stop. */
  readonly stop: StopRequest;
}

export interface PreviewMoment {
  /** Optimizer steps done, 0 before the first. */
  readonly step: number;
  /** Epochs done, where the samples are drawn at an epoch's end. */
  readonly epoch?: number;
}

/** @returns the files that were written */
export type RenderPreviews = (context: PreviewContext, moment: PreviewMoment) => Promise<readonly string[]>;
