/**
 * What a job's settings mean to the data: the one place that knows both names.
 */
import type { Job } from '../api/job/index.ts';
import type { AugmentationOptions } from './augment.ts';
import type { Duration } from './batches.ts';
import type { BucketOptions } from './buckets.ts';
import type { CaptionOptions } from './captions.ts';
import type { ScanOptions } from './dataset.ts';

export function bucketOptionsOf(job: Job): BucketOptions {
  return {
    resolution: job.resolution,
    enabled: job.enable_bucket,
    minimum: job.min_bucket_reso,
    maximum: job.max_bucket_reso,
    step: job.bucket_reso_steps,
    noUpscale: job.bucket_no_upscale,
  };
}

export function scanOptionsOf(job: Job): ScanOptions {
  const { train_data_dir: folder, reg_data_dir: regularisation, instance_prompt: prompt } = job;
  return {
    train: prompt === undefined ? { folder } : { folder, plain: { prompt, repeats: job.num_repeats } },
    // They keep a model from forgetting what a class is; an autoencoder has no classes.
    ...(regularisation === undefined || job.method === 'autoencoder'
      ? {}
      : { regularisation: { folder: regularisation, ...(job.with_prior_preservation ? { mayBeEmpty: true } : {}) } }),
    captionExtension: job.caption_extension,
    wildcards: job.enable_wildcard,
    buckets: bucketOptionsOf(job),
  };
}

export function captionOptionsOf(job: Job): CaptionOptions {
  const { token_warmup_step: warmup } = job;
  return {
    prefix: job.caption_prefix ?? '',
    suffix: job.caption_suffix ?? '',
    dropoutRate: job.caption_dropout_rate,
    dropoutEveryEpochs: job.caption_dropout_every_n_epochs ?? 0,
    wildcards: job.enable_wildcard,
    shuffle: job.shuffle_caption,
    keepTokens: job.keep_tokens,
    keepTokensSeparator: job.keep_tokens_separator ?? '',
    separator: job.caption_separator,
    secondarySeparator: job.secondary_separator ?? '',
    tagDropoutRate: job.caption_tag_dropout_rate,
    tokenWarmupMinimum: job.token_warmup_min,
    tokenWarmupSteps: 'steps' in warmup ? warmup.steps : warmup.fraction,
  };
}

/** @param seed of the run: a job may leave it to chance */
export function augmentationOptionsOf(job: Job, seed: number): AugmentationOptions {
  return { seed, flip: job.flip_aug, randomCrop: job.random_crop, colour: job.color_aug };
}

/** Epochs win over steps, as in sd-scripts. A job always has one of the two. */
export function durationOf(job: Job): Duration {
  return job.max_train_epochs !== undefined
    ? { kind: 'epochs', epochs: job.max_train_epochs }
    : { kind: 'steps', steps: job.max_train_steps ?? 0 };
}
