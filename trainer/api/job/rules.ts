/**
 * Rules between settings. Each names the settings, says when they clash, and what to do. Rules that need the model's
 * family or the images are in trainer/train.
 */
import type { Job, JobKey, LrScheduler, OptimizerArguments, OptimizerType } from './knobs.ts';
import { cleared, clearedIn, mend, setTo, type Mend } from './mend.ts';

export interface JobRule {
  readonly keys: readonly JobKey[];
  readonly broken: (job: Job) => boolean;
  /** One sentence without a full stop. */
  readonly what: (job: Job) => string;
  readonly fix: string;
  /** What `fix` says as far as a button can do it, for a job that breaks the rule; the likeliest first. */
  readonly mends: (job: Job) => readonly Mend[];
}

/** The arguments that each optimizer takes. */
export const ARGUMENTS_OF_OPTIMIZER: Readonly<Record<OptimizerType, readonly (keyof OptimizerArguments)[]>> = {
  AdamW: ['betas', 'eps', 'weight_decay'],
  Lion: ['betas', 'weight_decay'],
  SGDNesterov: ['momentum', 'weight_decay'],
  SGD: ['momentum', 'weight_decay'],
};

/** Sides of latents halve three times in the UNet of SD 1.x and 2.x and twice in that of SDXL: 64 or 32 pixels. */
const SMALLEST_STEP = 32;

const WITHOUT_CACHES = { cache_latents: false, cache_latents_to_disk: false } as const;

/** "1:100,0.1:200,0.01" */
const STEP_RULES = /^(\d*\.?\d+(e-?\d+)?:\d+,)*\d*\.?\d+(e-?\d+)?$/i;

export const JOB_RULES: readonly JobRule[] = [
  {
    keys: ['pretrained_model_name_or_path', 'model_config'],
    broken: (job) => job.pretrained_model_name_or_path !== undefined && job.model_config !== undefined,
    what: () => 'pretrained_model_name_or_path says to go on with a checkpoint, and model_config to start from scratch',
    fix: 'Keep the one you mean.',
    mends: (job) => (job.method === 'lora' ? [] : [cleared('model_config'), cleared('pretrained_model_name_or_path')]),
  },
  {
    keys: ['method', 'model_config'],
    broken: (job) => job.method === 'lora' && job.model_config !== undefined,
    what: () => 'model_config starts networks from random numbers, but a LoRA needs a trained checkpoint to add to',
    fix: 'Set method = "finetune" to train from scratch, or set pretrained_model_name_or_path instead.',
    mends: (job) =>
      job.pretrained_model_name_or_path === undefined ? [setTo({ method: 'finetune' })] : [cleared('model_config')],
  },
  {
    keys: ['method', 'model_config', 'unet_lr'],
    broken: (job) => hasUntrainedUnet(job) && !bothOnly(job),
    what: () => 'model_config starts the UNet from random numbers, and this job does not train it',
    fix: 'Set learning_rate or unet_lr above 0, and remove network_train_text_encoder_only.',
    mends: (job) => [
      cleared(
        ...zeroRates(job, ['learning_rate', 'unet_lr']),
        ...(job.network_train_text_encoder_only ? (['network_train_text_encoder_only'] as const) : []),
      ),
    ],
  },
  {
    keys: ['method', 'model_config', 'vae'],
    broken: (job) => job.method === 'autoencoder' && job.model_config !== undefined && job.vae !== undefined,
    what: () => 'vae says to go on with an autoencoder, and model_config to start from scratch',
    fix: 'Keep the one you mean.',
    mends: () => [cleared('vae')],
  },
  {
    keys: ['method', 'model_config', 'freeze_encoder'],
    broken: (job) => job.method === 'autoencoder' && job.model_config !== undefined && job.freeze_encoder,
    what: () => 'model_config starts the encoder from random numbers, and freeze_encoder would leave it so',
    fix: 'Remove freeze_encoder, or set vae to a trained autoencoder instead of model_config.',
    mends: () => [cleared('freeze_encoder')],
  },
  {
    keys: ['method', 'disc_start', 'disc_weight'],
    broken: (job) => job.method === 'autoencoder' && job.disc_start > 0 && job.disc_weight === undefined,
    what: (job) =>
      `disc_start = ${job.disc_start} says when the discriminator begins, but disc_weight gives it no weight`,
    fix: 'Set disc_weight too, for example to 0.5, or remove disc_start.',
    mends: () => [setTo({ disc_weight: 0.5 }), cleared('disc_start')],
  },
  {
    keys: ['method', 'output_name'],
    broken: (job) => job.method !== 'lora' && PLACES_OF_A_RUN.includes(job.output_name.toLowerCase()),
    what: (job) => `output_name = "${job.output_name}" is the name of a folder that every run has inside its own`,
    fix: 'Choose another output_name.',
    mends: (job) => [setTo({ output_name: `${job.output_name}-model` })],
  },
  {
    keys: ['method', 'save_model_as'],
    broken: (job) => job.method === 'lora' && job.save_model_as === 'diffusers',
    what: () => 'save_model_as = "diffusers" is for whole models; a LoRA is one safetensors file',
    fix: 'Remove save_model_as.',
    mends: () => [cleared('save_model_as')],
  },
  {
    keys: ['method', 'network_weights', 'scale_weight_norms'],
    broken: (job) =>
      job.method !== 'lora' && (job.network_weights !== undefined || job.scale_weight_norms !== undefined),
    what: (job) =>
      `${job.network_weights === undefined ? 'scale_weight_norms' : 'network_weights'} is about a LoRA, but method = "${job.method}" trains whole networks`,
    fix: 'Remove it, or set method = "lora".',
    mends: (job) => [clearedIn(job, ['network_weights', 'scale_weight_norms'])],
  },
  {
    keys: ['with_prior_preservation', 'reg_data_dir', 'class_prompt', 'pretrained_model_name_or_path'],
    broken: (job) => job.method !== 'autoencoder' && job.with_prior_preservation && missingForClasses(job).length > 0,
    what: (job) =>
      `with_prior_preservation draws class images, but the job does not say ${missingForClasses(job).join(' and ')}`,
    fix: 'Set what is missing, or remove with_prior_preservation.',
    mends: () => [cleared('with_prior_preservation')],
  },
  {
    keys: ['v2', 'sdxl'],
    broken: (job) => job.v2 === true && job.sdxl === true,
    what: () => 'v2 and sdxl are both true, but a checkpoint is of one family only',
    fix: 'Remove both: the family is detected.',
    mends: () => [cleared('v2', 'sdxl')],
  },
  {
    keys: ['network_train_unet_only', 'network_train_text_encoder_only'],
    broken: (job) => job.network_train_unet_only && job.network_train_text_encoder_only,
    what: () =>
      'network_train_unet_only and network_train_text_encoder_only are both true, so nothing would be trained',
    fix: 'Keep one of them, or remove both to train the UNet and the text encoder.',
    mends: () => [
      cleared('network_train_text_encoder_only'),
      cleared('network_train_unet_only', 'network_train_text_encoder_only'),
    ],
  },
  {
    keys: ['learning_rate', 'unet_lr', 'text_encoder_lr'],
    broken: (job) =>
      job.method === 'autoencoder'
        ? job.learning_rate === 0
        : !trainsUnet(job) && !trainsTextEncoder(job) && !bothOnly(job) && !hasUntrainedUnet(job),
    what: () => 'All learning rates of what would be trained are 0, so nothing would be learned',
    fix: 'Set learning_rate above 0, for example learning_rate = 1e-4; unet_lr and text_encoder_lr, which only the two networks of a model have, count instead of it.',
    mends: (job) => {
      const zero = zeroRates(job, ['learning_rate', 'unet_lr', 'text_encoder_lr']);
      return zero.length === 0 ? [] : [cleared(...zero)];
    },
  },
  {
    keys: ['max_train_steps', 'max_train_epochs'],
    broken: (job) => job.max_train_steps !== undefined && job.max_train_epochs !== undefined,
    what: (job) =>
      `max_train_steps = ${job.max_train_steps} and max_train_epochs = ${job.max_train_epochs} both say how long the run is`,
    fix: 'Keep the one you mean.',
    mends: () => [cleared('max_train_epochs'), cleared('max_train_steps')],
  },
  {
    keys: ['lr_scheduler', 'lr_warmup_steps'],
    broken: (job) => !hasWarmup(job.lr_scheduler) && !isZero(job.lr_warmup_steps),
    what: (job) => `lr_warmup_steps is set, but lr_scheduler = "${job.lr_scheduler}" has no warmup`,
    fix: 'Take lr_scheduler = "constant_with_warmup", or remove lr_warmup_steps.',
    mends: (job) => [
      cleared('lr_warmup_steps'),
      ...(job.lr_scheduler === 'constant' ? [setTo({ lr_scheduler: 'constant_with_warmup' })] : []),
    ],
  },
  {
    keys: ['lr_scheduler', 'lr_scheduler_min_lr_ratio'],
    broken: (job) => job.lr_scheduler === 'cosine_with_min_lr' && job.lr_scheduler_min_lr_ratio === undefined,
    what: () => 'lr_scheduler = "cosine_with_min_lr" needs lr_scheduler_min_lr_ratio, which is missing',
    fix: 'Add lr_scheduler_min_lr_ratio, for example lr_scheduler_min_lr_ratio = 0.1, or take "cosine".',
    mends: () => [setTo({ lr_scheduler_min_lr_ratio: 0.1 }), setTo({ lr_scheduler: 'cosine' })],
  },
  {
    keys: ['lr_scheduler', 'lr_scheduler_args'],
    broken: (job) =>
      job.lr_scheduler === 'piecewise_constant' && !STEP_RULES.test(job.lr_scheduler_args.step_rules ?? ''),
    what: ({ lr_scheduler_args: { step_rules } }) =>
      `lr_scheduler = "piecewise_constant" needs step_rules in lr_scheduler_args, ${step_rules === undefined ? 'which are missing' : `not "${step_rules}"`}`,
    fix: 'Write factors and steps, the last factor without a step: lr_scheduler_args = ["step_rules=1:100,0.1:200,0.01"].',
    mends: ({ lr_scheduler_args: { step_rules } }) => [
      mend({
        set: { lr_scheduler: 'constant' },
        unset: step_rules === undefined ? [] : ['lr_scheduler_args.step_rules'],
      }),
    ],
  },
  {
    keys: ['lr_scheduler', 'lr_scheduler_args'],
    broken: (job) => job.lr_scheduler !== 'piecewise_constant' && job.lr_scheduler_args.step_rules !== undefined,
    what: (job) => `lr_scheduler_args has step_rules, but lr_scheduler = "${job.lr_scheduler}" does not use them`,
    fix: 'Take lr_scheduler = "piecewise_constant", or remove step_rules.',
    mends: () => [cleared('lr_scheduler_args.step_rules')],
  },
  {
    keys: ['optimizer_type', 'optimizer_args'],
    broken: (job) => foreignArguments(job).length > 0,
    what: (job) => `The optimizer ${job.optimizer_type} has no argument ${foreignArguments(job).join(', ')}`,
    fix: 'Remove it from optimizer_args: AdamW takes betas, eps and weight_decay, Lion betas and weight_decay, SGDNesterov and SGD momentum and weight_decay.',
    mends: (job) => [cleared(...foreignArguments(job).map((name) => `optimizer_args.${name}` as const))],
  },
  {
    keys: ['beta_start', 'beta_end'],
    broken: ({ beta_start: start, beta_end: end }) => start !== undefined && end !== undefined && start > end,
    what: (job) =>
      `beta_start = ${job.beta_start} is above beta_end = ${job.beta_end}, but noise grows with the timestep`,
    fix: 'Swap them.',
    mends: ({ beta_start: start, beta_end: end }) =>
      start === undefined || end === undefined ? [] : [setTo({ beta_start: end, beta_end: start })],
  },
  {
    keys: ['noise_schedule', 'beta_start', 'beta_end'],
    broken: (job) => job.noise_schedule === 'cosine' && (job.beta_start ?? job.beta_end) !== undefined,
    what: () => 'noise_schedule = "cosine" has a start and an end of its own, so beta_start and beta_end mean nothing',
    fix: 'Remove beta_start and beta_end, or choose another noise_schedule.',
    mends: (job) => [clearedIn(job, ['beta_start', 'beta_end'])],
  },
  {
    keys: ['adaptive_noise_scale', 'noise_offset'],
    broken: (job) => job.adaptive_noise_scale !== undefined && job.noise_offset === undefined,
    what: () => 'adaptive_noise_scale adds to noise_offset, which is not set',
    fix: 'Set noise_offset too, for example to 0.05, or remove adaptive_noise_scale.',
    mends: () => [setTo({ noise_offset: 0.05 }), cleared('adaptive_noise_scale')],
  },
  {
    keys: ['network_args'],
    broken: (job) => job.network_args.conv_alpha !== 1 && job.network_args.conv_dim === undefined,
    what: () => 'network_args has conv_alpha but no conv_dim, so there are no convolutions that it could scale',
    fix: 'Add "conv_dim=4" or so to network_args, or remove conv_alpha.',
    mends: () => [cleared('network_args.conv_alpha')],
  },
  {
    keys: ['network_weights', 'dim_from_weights'],
    broken: (job) => job.dim_from_weights && job.network_weights === undefined,
    what: () => 'dim_from_weights is true, but network_weights names no file to take the ranks from',
    fix: 'Set network_weights to a LoRA file, or remove dim_from_weights.',
    mends: () => [cleared('dim_from_weights')],
  },
  {
    keys: ['random_crop', 'cache_latents', 'cache_latents_to_disk'],
    broken: (job) => job.random_crop && (job.cache_latents || job.cache_latents_to_disk),
    what: () => 'random_crop cuts another part each time, but cached latents hold one part only',
    fix: 'Remove random_crop, or remove cache_latents and cache_latents_to_disk.',
    mends: () => [setTo(WITHOUT_CACHES), cleared('random_crop')],
  },
  {
    keys: ['color_aug', 'cache_latents', 'cache_latents_to_disk'],
    broken: (job) => job.color_aug && (job.cache_latents || job.cache_latents_to_disk),
    what: () => 'color_aug changes the colours anew each time, but cached latents hold one version only',
    fix: 'Remove color_aug, or remove cache_latents and cache_latents_to_disk.',
    mends: () => [setTo(WITHOUT_CACHES), cleared('color_aug')],
  },
  {
    keys: ['cache_latents', 'cache_latents_to_disk'],
    broken: (job) => job.cache_latents_to_disk && !job.cache_latents && !job.random_crop && !job.color_aug,
    what: () => 'cache_latents_to_disk is true, but cache_latents is false',
    fix: 'Remove cache_latents = false, or remove cache_latents_to_disk.',
    mends: () => [setTo({ cache_latents: true }), cleared('cache_latents_to_disk')],
  },
  {
    keys: ['min_bucket_reso', 'max_bucket_reso'],
    broken: (job) => job.min_bucket_reso > job.max_bucket_reso,
    what: (job) => `min_bucket_reso = ${job.min_bucket_reso} is above max_bucket_reso = ${job.max_bucket_reso}`,
    fix: 'Swap them.',
    mends: (job) => [setTo({ min_bucket_reso: job.max_bucket_reso, max_bucket_reso: job.min_bucket_reso })],
  },
  {
    keys: ['bucket_reso_steps'],
    broken: (job) => job.bucket_reso_steps % SMALLEST_STEP !== 0,
    what: (job) => `bucket_reso_steps = ${job.bucket_reso_steps} is no multiple of ${SMALLEST_STEP}`,
    fix: 'Set bucket_reso_steps to 64, or for SDXL to a multiple of 32.',
    mends: () => [setTo({ bucket_reso_steps: 64 })],
  },
  {
    keys: ['min_bucket_reso', 'bucket_reso_steps'],
    broken: (job) => hasBucketLimits(job) && job.min_bucket_reso < job.bucket_reso_steps,
    what: (job) =>
      `min_bucket_reso = ${job.min_bucket_reso} is below bucket_reso_steps = ${job.bucket_reso_steps}, so the smallest bucket would have no pixels`,
    fix: 'Set bucket_reso_steps to 64, or raise min_bucket_reso.',
    mends: () => [setTo({ bucket_reso_steps: 64 })],
  },
  {
    keys: ['resolution', 'min_bucket_reso'],
    broken: (job) => hasBucketLimits(job) && shortSide(job) < job.min_bucket_reso,
    what: (job) =>
      `The shorter side of resolution, ${shortSide(job)}, is below min_bucket_reso = ${job.min_bucket_reso}`,
    fix: 'Lower min_bucket_reso or raise resolution.',
    mends: (job) => {
      const least = shortSide(job) - (shortSide(job) % job.bucket_reso_steps);
      return least === 0 ? [] : [setTo({ min_bucket_reso: least })];
    },
  },
  {
    keys: ['resolution', 'max_bucket_reso'],
    broken: (job) => hasBucketLimits(job) && longSide(job) > job.max_bucket_reso,
    what: (job) => `The longer side of resolution, ${longSide(job)}, is above max_bucket_reso = ${job.max_bucket_reso}`,
    fix: 'Raise max_bucket_reso or lower resolution.',
    mends: (job) => [
      setTo({ max_bucket_reso: Math.ceil(longSide(job) / job.bucket_reso_steps) * job.bucket_reso_steps }),
    ],
  },
  {
    keys: ['resolution', 'enable_bucket'],
    broken: (job) =>
      !job.enable_bucket && (shortSide(job) % SMALLEST_STEP !== 0 || longSide(job) % SMALLEST_STEP !== 0),
    what: (job) =>
      `Without buckets every image gets ${job.resolution.width}x${job.resolution.height} pixels, but sides must be multiples of ${SMALLEST_STEP}`,
    fix: 'Set resolution to multiples of 64 (SDXL: 32), or turn enable_bucket on.',
    mends: ({ resolution: { width, height } }) => [
      setTo({ enable_bucket: true }),
      setTo({ resolution: `${toLatents(width)},${toLatents(height)}` }),
    ],
  },
  {
    keys: ['instance_prompt', 'num_repeats'],
    broken: (job) => job.num_repeats !== 1 && job.instance_prompt === undefined,
    what: () =>
      'num_repeats is for a plain folder of images, but there is no instance_prompt to make train_data_dir one',
    fix: 'Add instance_prompt, or remove num_repeats and write repeats into the folder names ("10_sks dog").',
    mends: () => [cleared('num_repeats')],
  },
  {
    keys: ['stop_text_encoder_training', 'network_train_text_encoder_only'],
    broken: (job) => job.stop_text_encoder_training !== undefined && !trainsUnet(job),
    what: () =>
      'stop_text_encoder_training ends the training of the text encoder, and nothing else is trained after it',
    fix: 'Remove stop_text_encoder_training, or train the UNet too.',
    mends: (job) => [
      cleared('stop_text_encoder_training'),
      ...(job.network_train_text_encoder_only ? [cleared('network_train_text_encoder_only')] : []),
    ],
  },
  {
    keys: ['prior_target', 'reg_data_dir'],
    broken: (job) => job.prior_target === 'frozen_model' && job.reg_data_dir === undefined,
    what: () => 'prior_target says what regularisation images are trained towards, but reg_data_dir names none',
    fix: 'Set reg_data_dir, or diff_output_preservation_class to keep the class without such images.',
    mends: () => [cleared('prior_target')],
  },
  {
    keys: ['diff_output_preservation_class', 'trigger_words'],
    broken: (job) => job.trigger_words !== undefined && job.diff_output_preservation_class === undefined,
    what: () =>
      'trigger_words are what diff_output_preservation_class takes the place of, but there is no diff_output_preservation_class',
    fix: 'Set diff_output_preservation_class, for example to "dog", or remove trigger_words.',
    mends: () => [cleared('trigger_words')],
  },
  {
    keys: ['model_config', 'prior_target', 'diff_output_preservation_class'],
    broken: (job) =>
      job.model_config !== undefined &&
      (job.prior_target === 'frozen_model' || job.diff_output_preservation_class !== undefined),
    what: (job) =>
      `${job.diff_output_preservation_class === undefined ? 'prior_target = "frozen_model"' : 'diff_output_preservation_class'} keeps what a model knows, but model_config starts networks from random numbers`,
    fix: 'Remove it, or train from a checkpoint.',
    mends: (job) => [clearedIn(job, ['prior_target', 'diff_output_preservation_class', 'trigger_words'])],
  },
  {
    keys: ['min_timestep', 'max_timestep'],
    broken: (job) => job.min_timestep >= job.max_timestep,
    what: (job) => `min_timestep = ${job.min_timestep} is not below max_timestep = ${job.max_timestep}`,
    fix: 'Lower min_timestep, or remove both to train all timesteps.',
    mends: (job) => [clearedIn(job, ['min_timestep', 'max_timestep'])],
  },
  {
    keys: ['save_every_n_epochs', 'save_last_n_epochs'],
    broken: (job) => job.save_last_n_epochs !== undefined && job.save_every_n_epochs === undefined,
    what: () => 'save_last_n_epochs says how many files to keep, but save_every_n_epochs makes none',
    fix: 'Set save_every_n_epochs = 1, or remove save_last_n_epochs.',
    mends: () => [setTo({ save_every_n_epochs: 1 }), cleared('save_last_n_epochs')],
  },
  {
    keys: ['save_every_n_steps', 'save_last_n_steps'],
    broken: (job) => job.save_last_n_steps !== undefined && job.save_every_n_steps === undefined,
    what: () => 'save_last_n_steps says how many files to keep, but save_every_n_steps makes none',
    fix: 'Set save_every_n_steps, or remove save_last_n_steps.',
    mends: () => [cleared('save_last_n_steps')],
  },
  {
    keys: ['sample_prompts', 'sample_every_n_steps', 'sample_every_n_epochs', 'sample_at_first'],
    broken: (job) => job.method !== 'autoencoder' && wantsSamples(job) && job.sample_prompts === undefined,
    what: () => 'Samples are asked for, but sample_prompts names no file with prompts',
    fix: 'Set sample_prompts to a text file with one prompt a line.',
    mends: (job) => [clearedIn(job, ['sample_at_first', 'sample_every_n_steps', 'sample_every_n_epochs'])],
  },
];

/** Whether a schedule lets the learning rates grow from 0. */
export const hasWarmup = (scheduler: LrScheduler): boolean =>
  scheduler !== 'constant' && scheduler !== 'piecewise_constant';

/** Whether the UNet, or a LoRA in it, learns. */
export function trainsUnet(job: Job): boolean {
  return !job.network_train_text_encoder_only && (job.unet_lr ?? job.learning_rate) > 0;
}

/** Whether the text encoder, or a LoRA in it, learns. */
export function trainsTextEncoder(job: Job): boolean {
  const never = job.stop_text_encoder_training !== undefined && job.stop_text_encoder_training <= 0;
  return !never && !job.network_train_unet_only && (job.text_encoder_lr ?? job.learning_rate) > 0;
}

/** Completes "the job does not say ...". */
function missingForClasses(job: Job): readonly string[] {
  return [
    ...(job.class_prompt?.trim() ? [] : ['what they show (class_prompt)']),
    ...(job.reg_data_dir === undefined ? ['where they lie (reg_data_dir)'] : []),
    ...(job.pretrained_model_name_or_path === undefined
      ? ['which model draws them (pretrained_model_name_or_path)']
      : []),
  ];
}

/** In small letters: on some disks they make no difference. */
const PLACES_OF_A_RUN: readonly string[] = ['initial', 'samples', 'state'];

const hasUntrainedUnet = (job: Job): boolean =>
  job.method === 'finetune' && job.model_config !== undefined && !trainsUnet(job);

const bothOnly = (job: Job): boolean => job.network_train_unet_only && job.network_train_text_encoder_only;
const isZero = (share: Job['lr_warmup_steps']): boolean =>
  'steps' in share ? share.steps === 0 : share.fraction === 0;
const hasBucketLimits = (job: Job): boolean => job.enable_bucket && !job.bucket_no_upscale;
const shortSide = (job: Job): number => Math.min(job.resolution.width, job.resolution.height);
const longSide = (job: Job): number => Math.max(job.resolution.width, job.resolution.height);
/** The nearest side that every family can have. */
const toLatents = (side: number): number => Math.max(64, Math.round(side / 64) * 64);
const wantsSamples = (job: Job): boolean =>
  job.sample_at_first || job.sample_every_n_steps !== undefined || job.sample_every_n_epochs !== undefined;

type Rate = 'learning_rate' | 'unet_lr' | 'text_encoder_lr';

const zeroRates = (job: Job, keys: readonly Rate[]): readonly Rate[] => keys.filter((key) => job[key] === 0);

function foreignArguments(job: Job): readonly string[] {
  const taken: readonly string[] = ARGUMENTS_OF_OPTIMIZER[job.optimizer_type];
  return Object.entries(job.optimizer_args)
    .filter(([name, value]) => value !== undefined && !taken.includes(name))
    .map(([name]) => name);
}
