/**
 * The `modelspec.*` metadata of what a run saves.
 */
import type { Job } from '../api/job/index.ts';
import { VERSION } from '../base/version.ts';
import type { Checkpoint, PredictionType } from '../formats/checkpoint/types.ts';
import { modelspecMetadata, type Product } from '../formats/lora/modelspec.ts';

export interface ModelspecSource {
  readonly job: Job;
  readonly checkpoint: Pick<Checkpoint, 'family'>;
  readonly prediction: PredictionType;
}

/** @param now milliseconds since 1970 */
export function modelspecOf(
  { job, checkpoint, prediction }: ModelspecSource,
  now: number,
  product: Product,
): Record<string, string> {
  const { family } = checkpoint;
  const given = {
    author: job.metadata_author,
    description: job.metadata_description,
    license: job.metadata_license,
    tags: job.metadata_tags,
  };
  return modelspecMetadata(
    {
      family,
      predictionType: prediction,
      resolution: job.resolution,
      title: job.metadata_title ?? job.output_name,
      date: localTime(now),
      version: VERSION,
      ...(job.min_timestep === 0 && job.max_timestep === 1000
        ? {}
        : { timestepRange: { min: job.min_timestep, max: job.max_timestep } }),
      ...(family === 'sdxl' || job.clip_skip === 1 ? {} : { clipSkip: job.clip_skip }),
      ...(Object.fromEntries(Object.entries(given).filter(([, text]) => text !== undefined)) as Record<string, string>),
    },
    product,
  );
}

/** 2024-09-11T15:17:43 */
function localTime(now: number): string {
  const offset = new Date(now).getTimezoneOffset() * 60_000;
  return new Date(now - offset).toISOString().slice(0, 19);
}
