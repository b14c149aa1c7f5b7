/**
 * Words around fields that the trainer's knobs do not have: units, what an empty field means, words people search by.
 * Labels and help are the knobs' own.
 */
export const UNITS: Readonly<Partial<Record<string, string>>> = {
  max_train_steps: 'steps',
  max_train_epochs: 'epochs',
  save_every_n_epochs: 'epochs',
  save_every_n_steps: 'steps',
  save_last_n_epochs: 'epochs',
  save_last_n_steps: 'steps',
  sample_every_n_steps: 'steps',
  sample_every_n_epochs: 'epochs',
  min_bucket_reso: 'px',
  max_bucket_reso: 'px',
  bucket_reso_steps: 'px',
  caption_dropout_every_n_epochs: 'epochs',
  disc_start: 'steps',
  lr_scheduler_timescale: 'steps',
};

/** What an empty field stands for. */
export const WHEN_EMPTY: Readonly<Partial<Record<string, string>>> = {
  pretrained_model_name_or_path: 'A .safetensors file or a diffusers folder',
  vae: 'The one inside the model',
  train_data_dir: 'Holds folders named 10_sks dog',
  output_dir: 'Each run makes its own folder in here',
  reg_data_dir: 'None. Optional, holds class images',
  model_config: 'None. Trains from scratch',
  instance_prompt: 'None. Makes the image folder one plain folder',
  unet_lr: 'as Learning rate',
  text_encoder_lr: 'as Learning rate',
  max_train_steps: '1600',
  max_train_epochs: 'by steps',
  seed: 'drawn anew',
  network_weights: 'None. A LoRA to continue from',
  sample_prompts: 'None. A text file, one prompt a line',
  threads: 'one a core',
  metadata_title: 'as the output name',
  noise_schedule: "the model's",
  save_model_as: "the model's",
  beta_start: "the model's",
  beta_end: "the model's",
  lr_scheduler_timescale: 'as LR warmup',
};

export const EMPTY_NUMBER = 'off';
export const EMPTY_CHOICE = 'not set';

/** Words that people type, in lower case, beside labels and argument names. */
export const SYNONYMS: Readonly<Partial<Record<string, readonly string[]>>> = {
  network_dim: ['rank', 'dimension', 'size', 'dim'],
  network_alpha: ['alpha', 'strength', 'scale'],
  learning_rate: ['lr', 'speed'],
  unet_lr: ['lr'],
  text_encoder_lr: ['lr', 'te lr', 'clip'],
  lr_scheduler: ['schedule', 'decay', 'cosine'],
  optimizer_type: ['adam', 'adamw8bit', 'lion', 'sgd'],
  max_train_steps: ['length', 'duration', 'iterations'],
  max_train_epochs: ['length', 'duration'],
  train_batch_size: ['batch', 'memory', 'vram'],
  gradient_checkpointing: ['memory', 'vram'],
  gradient_accumulation_steps: ['batch', 'memory', 'vram'],
  pretrained_model_name_or_path: ['checkpoint', 'base model', 'sd 1.5', 'sdxl'],
  train_data_dir: ['images', 'pictures', 'photos', 'dataset'],
  reg_data_dir: ['class images', 'regularization', 'dreambooth', 'prior'],
  output_name: ['file name'],
  instance_prompt: ['trigger word', 'token'],
  num_repeats: ['repeats'],
  min_snr_gamma: ['snr', 'loss weight'],
  noise_offset: ['dark', 'bright', 'contrast'],
  ema_decay: ['average'],
  engine: ['gpu', 'cuda', 'webgpu', 'device', 'cpu'],
  sample_prompts: ['preview', 'test pictures'],
  sample_every_n_steps: ['preview'],
  clip_skip: ['anime'],
  flip_aug: ['mirror'],
  shuffle_caption: ['tags'],
  caption_dropout_rate: ['cfg'],
  seed: ['random', 'reproducible'],
};

export const fieldText = {
  yes: 'Yes',
  no: 'No',
  detect: 'Detect',
  steps: 'steps',
  percent: '%',
  width: 'width',
  height: 'height',
  browse: (label: string): string => `Browse for ${label}`,
  stepsOrPercent: (label: string): string => `${label}: steps or part of the run`,
  reset: (value: string): string => `Reset to ${value}`,
  clear: 'Clear',
  changed: 'changed from its default',
  defaultIs: (value: string): string => `Default ${value}`,
  defaultEmpty: 'Left out by default',
  range: (min: number, max: number | undefined): string =>
    max === undefined ? `${min} or more` : `range ${min} to ${max}`,
  mustBe: (expects: string): string => `Must be ${expects}`,
  argumentOf: (list: string, name: string): string => `${list} ${name}`,
  on: 'on',
  off: 'off',
  slider: (label: string): string => `${label}, slider`,
};
