/**
 * The LoRA file of a moment of a run, with what sd-scripts writes into its header.
 */
import type { Job } from '../api/job/index.ts';
import { bucketCounts, type StepPlan } from '../data/batches.ts';
import { tagFrequency } from '../data/captions.ts';
import type { Dataset, DatasetImage, Subset } from '../data/dataset.ts';
import type { Checkpoint, PredictionType } from '../formats/checkpoint/types.ts';
import type { Family } from '../formats/configs.ts';
import { modelHashes } from '../formats/lora/hashes.ts';
import { trainingMetadata, type MetadataFacts, type MetadataValue } from '../formats/lora/metadata.ts';
import { encodeLora } from '../formats/lora/write.ts';
import { fileChunks } from '../formats/safetensors/write.ts';
import { modulesToWrite } from '../lora/layout.ts';
import { stepsOf } from '../optim/schedules.ts';
import type { LoraLayout } from '../lora/layout.ts';
import type { Machine } from './machine.ts';
import type { SaveMoment } from './method.ts';
import { noiseScheduleOf } from './schedule-of-job.ts';
import { DTYPE_OF_PRECISION } from './methods/precision.ts';
import { modelspecOf } from './modelspec.ts';

/** What a LoRA file is written from. */
export interface LoraSource {
  readonly job: Job;
  readonly seed: number;
  readonly checkpoint: Checkpoint;
  readonly prediction: PredictionType;
  readonly layout: LoraLayout;
  readonly dataset: Dataset;
}

/** What the header says that does not change while the run goes on. */
export type LoraFileFacts = MetadataFacts;

/** Writes beside and renames, as every file. */
export async function writeLora(
  { files, sha256, clock }: Machine,
  path: string,
  source: LoraSource,
  facts: LoraFileFacts,
  values: Float32Array,
  { step, epoch }: SaveMoment,
): Promise<void> {
  const { job, layout } = source;
  const now = clock.now();
  const training = trainingMetadata(
    { ...facts, ss_training_finished_at: now / 1000, ss_steps: step, ss_epoch: epoch },
    job.no_metadata,
  );
  const metadata = job.no_metadata ? training : { ...training, ...modelspecOf(source, now, 'lora') };
  const encoded = await encodeLora(
    { modules: modulesToWrite(layout, values), dtype: DTYPE_OF_PRECISION[job.save_precision], metadata },
    sha256,
  );
  await files.write(path, fileChunks(encoded));
}

/**
 * @param images those that are trained on
 * @param startedAt milliseconds since 1970
 */
export async function loraFileFacts(
  { files }: Machine,
  source: LoraSource,
  images: readonly DatasetImage[],
  steps: StepPlan,
  startedAt: number,
): Promise<LoraFileFacts> {
  const { job, checkpoint, dataset, seed, prediction } = source;
  const facts: MetadataFacts = {
    ...settingsFacts(job, steps),
    ...networkFacts(source),
    ...datasetFacts(job, dataset.subsets, images),
    ss_session_id: Math.floor(startedAt) % 2 ** 32,
    ss_training_started_at: startedAt / 1000,
    ss_seed: seed,
    ss_v2: checkpoint.family === 'sd2',
    ss_zero_terminal_snr: noiseScheduleOf(job, checkpoint).zeroTerminalSnr,
    ss_base_model_version: baseModelVersion(checkpoint.family, prediction),
    ss_num_train_images: steps.trainingSamples,
    ss_num_reg_images: steps.regularisationSamples,
    ss_num_batches_per_epoch: steps.batchesPerEpoch,
    ss_num_epochs: steps.epochs,
    ss_max_train_steps: steps.totalSteps,
    ss_sd_model_name: files.baseName(checkpoint.path),
    ...(job.vae === undefined ? {} : { ss_vae_name: files.baseName(job.vae) }),
  };
  return job.no_metadata ? facts : { ...facts, ...(await hashFacts(files, checkpoint, job.vae)) };
}

/** Of the checkpoint and a separate VAE, where they are files and not folders. */
async function hashFacts(
  files: Machine['files'],
  checkpoint: Checkpoint,
  vae: string | undefined,
): Promise<MetadataFacts> {
  const model = checkpoint.layout === 'ldm' ? await modelHashes(files, checkpoint.path) : undefined;
  const vaeIsFile = vae !== undefined && (await files.status(vae))?.kind === 'file';
  const vaeHashes = vaeIsFile ? await modelHashes(files, vae) : undefined;
  return {
    ...(model && { ss_sd_model_hash: model.legacy, ss_new_sd_model_hash: model.full }),
    ...(vaeHashes && { ss_vae_hash: vaeHashes.legacy, ss_new_vae_hash: vaeHashes.full }),
  };
}

function settingsFacts(job: Job, { totalSteps }: StepPlan): MetadataFacts {
  const orNone = (value: MetadataValue | undefined): MetadataValue => value ?? null;
  return {
    ss_output_name: job.output_name,
    ss_learning_rate: job.learning_rate,
    ss_unet_lr: orNone(job.unet_lr),
    ss_text_encoder_lr: orNone(job.text_encoder_lr),
    ss_lr_scheduler: job.lr_scheduler,
    ss_lr_warmup_steps: stepsOf(job.lr_warmup_steps, totalSteps),
    ss_gradient_checkpointing: job.gradient_checkpointing,
    ss_gradient_accumulation_steps: job.gradient_accumulation_steps,
    ss_mixed_precision: job.mixed_precision,
    ss_clip_skip: job.clip_skip,
    ss_max_token_length: job.max_token_length,
    ss_cache_latents: job.cache_latents,
    ss_noise_offset: orNone(job.noise_offset),
    ss_noise_offset_random_strength: job.noise_offset_random_strength,
    ss_adaptive_noise_scale: orNone(job.adaptive_noise_scale),
    ss_multires_noise_iterations: orNone(job.multires_noise_iterations),
    ss_multires_noise_discount: job.multires_noise_discount,
    ss_ip_noise_gamma: orNone(job.ip_noise_gamma),
    ss_ip_noise_gamma_random_strength: job.ip_noise_gamma_random_strength,
    ss_debiased_estimation: job.debiased_estimation_loss,
    ss_training_comment: orNone(job.training_comment),
    ss_optimizer: optimizerText(job),
    ss_max_grad_norm: job.max_grad_norm,
    ss_caption_dropout_rate: job.caption_dropout_rate,
    ss_caption_dropout_every_n_epochs: job.caption_dropout_every_n_epochs ?? 0,
    ss_caption_tag_dropout_rate: job.caption_tag_dropout_rate,
    ss_prior_loss_weight: job.prior_loss_weight,
    ss_min_snr_gamma: orNone(job.min_snr_gamma),
    ss_scale_weight_norms: orNone(job.scale_weight_norms),
  };
}

/** Where ranks come from a file, those of the first module stand for all. */
function networkFacts({ job, layout }: LoraSource): MetadataFacts {
  const [first] = layout.modules;
  const { conv_dim, conv_alpha, ...dropouts } = job.network_args;
  const given = Object.entries({ ...dropouts, ...(conv_dim === undefined ? {} : { conv_dim, conv_alpha }) });
  const args = given.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return {
    ss_network_module: job.network_module,
    ss_network_dim: job.dim_from_weights && first !== undefined ? first.rank : job.network_dim,
    ss_network_alpha: job.dim_from_weights && first !== undefined ? first.alpha : job.network_alpha,
    ss_network_dropout: job.network_dropout ?? null,
    ...(args.length === 0 ? {} : { ss_network_args: Object.fromEntries(args) as Record<string, string> }),
  };
}

/** The classes behind sd-scripts' names, as it prints them. */
const OPTIMIZER_CLASSES = {
  AdamW: 'torch.optim.adamw.AdamW',
  Lion: 'lion_pytorch.lion_pytorch.Lion',
  SGDNesterov: 'torch.optim.sgd.SGD',
  SGD: 'torch.optim.sgd.SGD',
} as const;

function optimizerText({ optimizer_type, optimizer_args }: Job): string {
  const given = Object.entries(optimizer_args).filter(([, value]) => value !== undefined);
  const args = given.map(
    ([name, value]) => `${name}=${Array.isArray(value) ? `(${value.join(', ')})` : String(value)}`,
  );
  return args.length === 0
    ? OPTIMIZER_CLASSES[optimizer_type]
    : `${OPTIMIZER_CLASSES[optimizer_type]}(${args.join(',')})`;
}

function baseModelVersion(family: Family, prediction: PredictionType): string {
  const velocity = prediction === 'v_prediction' ? '_v' : '';
  switch (family) {
    case 'sd1':
      return `sd_v1${velocity}`;
    case 'sd2':
      return `sd_v2${velocity}`;
    case 'sdxl':
      return 'sdxl_base_v1-0';
  }
}

function datasetFacts(job: Job, subsets: readonly Subset[], images: readonly DatasetImage[]): MetadataFacts {
  const folders = (regularisation: boolean): Record<string, object> =>
    Object.fromEntries(
      subsets
        .filter(({ isRegularisation }) => isRegularisation === regularisation)
        .map(({ name, repeats, imageCount }) => [name, { n_repeats: repeats, img_count: imageCount }]),
    );
  const captionsIn = (subset: number): string[] =>
    images.filter((image) => image.subset === subset).map(({ caption }) => caption);
  const buckets = bucketCounts(images, job.train_batch_size).map(({ bucket, samples }, index) => [
    index,
    { resolution: [bucket.width, bucket.height], count: samples },
  ]);
  const errors = images.map(({ placement }) => Math.abs(placement.aspectError));
  return {
    ss_batch_size_per_device: job.train_batch_size,
    ss_total_batch_size: job.train_batch_size,
    ss_resolution: [job.resolution.width, job.resolution.height],
    ss_color_aug: job.color_aug,
    ss_flip_aug: job.flip_aug,
    ss_random_crop: job.random_crop,
    ss_shuffle_caption: job.shuffle_caption,
    ss_enable_bucket: job.enable_bucket,
    ss_bucket_no_upscale: job.bucket_no_upscale,
    ss_min_bucket_reso: job.min_bucket_reso,
    ss_max_bucket_reso: job.max_bucket_reso,
    ss_keep_tokens: job.keep_tokens,
    ss_dataset_dirs: folders(false),
    ss_reg_dataset_dirs: folders(true),
    ss_tag_frequency: Object.fromEntries(subsets.map(({ name }, index) => [name, tagFrequency(captionsIn(index))])),
    ss_bucket_info: {
      buckets: Object.fromEntries(buckets),
      mean_img_ar_error: errors.reduce((sum, error) => sum + error, 0) / Math.max(1, errors.length),
    },
  };
}
