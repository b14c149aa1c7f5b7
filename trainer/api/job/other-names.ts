/**
 * Names that job files from elsewhere hold and that are no setting here: Kohya GUI's own names, options that change
 * nothing for us, and options of sd-scripts that LoRA Loom does not have.
 */
import type { JobKey } from './knobs.ts';

/** Names of Kohya's GUI and names that people type, with the setting that they mean. */
export const ALIASES: Readonly<Record<string, JobKey>> = {
  alpha: 'network_alpha',
  base_model: 'pretrained_model_name_or_path',
  batch_size: 'train_batch_size',
  bucket_steps: 'bucket_reso_steps',
  caption_ext: 'caption_extension',
  checkpoint: 'pretrained_model_name_or_path',
  class_data_dir: 'reg_data_dir',
  conv_alpha: 'network_args',
  conv_dim: 'network_args',
  dim: 'network_dim',
  epoch: 'max_train_epochs',
  epochs: 'max_train_epochs',
  image_dir: 'train_data_dir',
  lr: 'learning_rate',
  lr_warmup: 'lr_warmup_steps',
  max_resolution: 'resolution',
  model: 'pretrained_model_name_or_path',
  module_dropout: 'network_args',
  optimizer: 'optimizer_type',
  prompt: 'instance_prompt',
  provider: 'engine',
  rank: 'network_dim',
  rank_dropout: 'network_args',
  repeats: 'num_repeats',
  steps: 'max_train_steps',
  te_lr: 'text_encoder_lr',
  text_encoder_learning_rate: 'text_encoder_lr',
  unet_learning_rate: 'unet_lr',
  v_param: 'v_parameterization',
  v_pred: 'v_parameterization',
};

const ATTENTION = 'attention is always computed in pieces here';
const LOADING = 'images are read ahead as needed';
const MEMORY = 'memory is managed by the engine';
const LOGS = 'the run folder always gets metrics.jsonl and log.txt';
const COMPILER = 'the training graph is always compiled';
const EXACT = 'everything is computed in f32, which is what fp16, bf16 and fp8 approximate';
const FULL_STATE = 'the optimizer runs with its state in full, which 8 bits approximate';
const STATE = 'the run folder always keeps what --resume needs';
const PRIVATE = 'LoRA Loom sends nothing to other computers';
const CAPTIONS = 'captions are encoded once where the text encoder is not trained';
const HUBER = 'it belongs to other values of loss_type';

/**
 * Options that only steer sd-scripts' own machinery, or say more about an option that is not supported: accepted, reported,
 * without effect. Each says why it is not needed.
 */
export const IGNORED: Readonly<Record<string, string>> = {
  async_upload: PRIVATE,
  cache_text_encoder_outputs: CAPTIONS,
  cache_text_encoder_outputs_to_disk: CAPTIONS,
  console_log_file: LOGS,
  console_log_level: LOGS,
  console_log_simple: LOGS,
  disable_mmap_load_safetensors: MEMORY,
  dynamo_backend: COMPILER,
  dynamo_mode: COMPILER,
  dynamo_use_dynamic: COMPILER,
  dynamo_use_fullgraph: COMPILER,
  fp8_base: EXACT,
  fp8_base_unet: EXACT,
  full_bf16: EXACT,
  full_fp16: EXACT,
  highvram: MEMORY,
  huber_c: HUBER,
  huber_scale: HUBER,
  huber_schedule: HUBER,
  log_config: LOGS,
  log_prefix: LOGS,
  log_tracker_config: LOGS,
  log_tracker_name: LOGS,
  log_with: LOGS,
  logging_dir: LOGS,
  lowram: MEMORY,
  lowvram: MEMORY,
  max_data_loader_n_workers: LOADING,
  mem_eff_attn: ATTENTION,
  no_half_vae: 'the VAE always computes in f32',
  noise_offset_type: 'noise_offset alone says how much is added',
  num_cpu_threads_per_process: 'the setting "threads" says how many are used',
  persistent_data_loader_workers: LOADING,
  save_last_n_epochs_state: STATE,
  save_last_n_steps_state: STATE,
  save_state: STATE,
  save_state_on_train_end: STATE,
  sdpa: ATTENTION,
  skip_cache_check: 'cached latents are found by their content',
  tokenizer_cache_dir: 'the tokenizer comes with LoRA Loom',
  torch_compile: COMPILER,
  wandb_api_key: PRIVATE,
  wandb_run_name: PRIVATE,
  xformers: ATTENTION,
};

const LATER = 'LoRA Loom does not have it yet';

/** Options of sd-scripts that would change the result and that LoRA Loom does not have; each says what to do. */
export const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  alpha_mask: LATER,
  base_weights: 'LoRA Loom does not merge networks before training; merge them into the checkpoint first',
  base_weights_multiplier: 'LoRA Loom does not merge networks before training; merge them into the checkpoint first',
  cache_info: LATER,
  conditioning_data_dir: LATER,
  config_file: 'give the file itself to "lora-loom train"',
  dataset_class: 'LoRA Loom reads folders only',
  dataset_config: 'LoRA Loom reads folders only: name them "<repeats>_<name>" and set train_data_dir',
  face_crop_aug_range: LATER,
  huggingface_repo_id: 'LoRA Loom uploads nothing',
  in_json: 'LoRA Loom reads folders only: put captions into text files beside the images',
  initial_epoch: LATER,
  initial_step: LATER,
  loss_type: LATER,
  lr_scheduler_type: 'LoRA Loom runs no Python classes; choose one in lr_scheduler',
  masked_loss: LATER,
  output_config: LATER,
  resize_interpolation: LATER,
  resume: 'go on with a run by "lora-loom train JOB --resume"',
  resume_from_huggingface: 'LoRA Loom downloads nothing',
  save_n_epoch_ratio: 'use save_every_n_epochs',
  save_state_to_huggingface: 'LoRA Loom uploads nothing',
  skip_until_initial_step: LATER,
  train_inpainting: LATER,
  use_8bit_adam: 'set optimizer_type = "AdamW"',
  use_lion_optimizer: 'set optimizer_type = "Lion"',
  validate_every_n_epochs: LATER,
  validate_every_n_steps: LATER,
  validation_seed: LATER,
  validation_split: LATER,
  weighted_captions: LATER,
  // Inside network_args.
  algo: LATER,
  block_alphas: LATER,
  block_dims: LATER,
  block_lr_zero_threshold: LATER,
  conv_block_alphas: LATER,
  conv_block_dims: LATER,
  dora_wd: LATER,
  down_lr_weight: LATER,
  loraplus_lr_ratio: LATER,
  loraplus_text_encoder_lr_ratio: LATER,
  loraplus_unet_lr_ratio: LATER,
  mid_lr_weight: LATER,
  up_lr_weight: LATER,
  // Inside optimizer_args.
  amsgrad: LATER,
};

/** What options that LoRA Loom does not have are when nobody sets them; others are false, 0, empty text or an empty list. */
export const USUAL_VALUES: Readonly<Record<string, unknown>> = {
  dynamo_backend: 'no',
  huber_c: 0.1,
  huber_scale: 1,
  huber_schedule: 'snr',
  loss_type: 'l2',
  noise_offset_type: 'Original',
};

/** Values that are accepted and reported, and mean what the setting's default means; each says why. */
export const IGNORED_VALUES: Partial<Readonly<Record<JobKey, Readonly<Record<string, string>>>>> = {
  mixed_precision: { fp16: EXACT, bf16: EXACT },
  optimizer_type: {
    adamw8bit: FULL_STATE,
    lion8bit: FULL_STATE,
    pagedadamw: FULL_STATE,
    pagedadamw8bit: FULL_STATE,
    pagedadamw32bit: FULL_STATE,
    pagedlion8bit: FULL_STATE,
    sgdnesterov8bit: FULL_STATE,
  },
};

/** Values of sd-scripts' choices that LoRA Loom does not have, by setting: value in lower case, and what to take. */
export const NOT_SUPPORTED_VALUES: Partial<Readonly<Record<JobKey, Readonly<Record<string, string>>>>> = {
  lr_scheduler: {
    adafactor: 'Take "constant_with_warmup" or "cosine".',
  },
  network_module: {
    'lycoris.kohya': 'Set network_module = "networks.lora".',
    'networks.dylora': 'Set network_module = "networks.lora".',
    'networks.lora_fa': 'Set network_module = "networks.lora".',
    'networks.oft': 'Set network_module = "networks.lora".',
  },
  optimizer_type: {
    adafactor: 'Take "AdamW".',
    adamwschedulefree: 'Take "AdamW" with lr_scheduler = "constant_with_warmup".',
    dadaptadagrad: 'Take "AdamW" with learning_rate = 1e-4.',
    dadaptadam: 'Take "AdamW" with learning_rate = 1e-4.',
    dadaptadan: 'Take "AdamW" with learning_rate = 1e-4.',
    dadaptadanip: 'Take "AdamW" with learning_rate = 1e-4.',
    dadaptadampreprint: 'Take "AdamW" with learning_rate = 1e-4.',
    dadaptation: 'Take "AdamW" with learning_rate = 1e-4.',
    dadaptlion: 'Take "Lion" with learning_rate = 3e-5.',
    dadaptsgd: 'Take "SGDNesterov".',
    prodigy: 'Take "AdamW" with learning_rate = 1e-4.',
    radamschedulefree: 'Take "AdamW" with lr_scheduler = "constant_with_warmup".',
    sgdschedulefree: 'Take "SGDNesterov".',
  },
  sample_sampler: {
    dpm_2: 'Take "dpmpp_2m".',
    dpm_2_a: 'Take "euler_a".',
    dpmsingle: 'Take "dpmpp_2m".',
    dpmsolver: 'Take "dpmpp_2m".',
    heun: 'Take "dpmpp_2m".',
    k_dpm_2: 'Take "dpmpp_2m".',
    k_dpm_2_a: 'Take "euler_a".',
    k_lms: 'Take "euler".',
    lms: 'Take "euler".',
    pndm: 'Take "ddim".',
  },
  save_model_as: {
    ckpt: 'Set save_model_as = "safetensors": every program that reads .ckpt LoRAs reads it too.',
    pt: 'Set save_model_as = "safetensors": every program that reads .pt LoRAs reads it too.',
  },
};
