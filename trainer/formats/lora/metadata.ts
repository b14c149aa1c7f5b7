/**
 * The metadata that sd-scripts writes into a LoRA's header, key by key, all of it text as Python would print it.
 *
 * Source: sd-scripts train_network.py and library/train_util.py; test/golden/data/lora/metadata.json lists the keys and
 * two real files. A key that a run says nothing about has the value that sd-scripts writes when the option is not used.
 */
/** `text`: as it is. `float`: 1 is "1.0". `json`: lists and maps. `pair`: a Python tuple of two. */
type Form = 'text' | 'int' | 'float' | 'number' | 'flag' | 'json' | 'pair';

export type MetadataValue = string | number | boolean | null | object;

/** Written in every file. */
const ALWAYS = {
  ss_session_id: ['int', 0],
  ss_training_started_at: ['float', 0],
  ss_output_name: ['text', null],
  ss_learning_rate: ['float', null],
  ss_text_encoder_lr: ['float', null],
  ss_unet_lr: ['float', null],
  ss_num_train_images: ['int', 0],
  ss_num_validation_images: ['int', 0],
  ss_num_reg_images: ['int', 0],
  ss_num_batches_per_epoch: ['int', 0],
  ss_num_epochs: ['int', 1],
  ss_gradient_checkpointing: ['flag', false],
  ss_gradient_accumulation_steps: ['int', 1],
  ss_max_train_steps: ['int', 0],
  ss_lr_warmup_steps: ['number', 0],
  ss_lr_scheduler: ['text', 'constant'],
  ss_network_module: ['text', 'networks.lora'],
  ss_network_dim: ['int', null],
  ss_network_alpha: ['number', null],
  ss_network_dropout: ['float', null],
  ss_mixed_precision: ['text', 'no'],
  ss_full_fp16: ['flag', false],
  ss_v2: ['flag', false],
  ss_base_model_version: ['text', 'sd_v1'],
  ss_clip_skip: ['int', null],
  ss_max_token_length: ['int', null],
  ss_cache_latents: ['flag', false],
  ss_seed: ['int', null],
  ss_lowram: ['flag', false],
  ss_noise_offset: ['float', null],
  ss_multires_noise_iterations: ['int', null],
  ss_multires_noise_discount: ['float', 0.3],
  ss_adaptive_noise_scale: ['float', null],
  ss_zero_terminal_snr: ['flag', false],
  ss_training_comment: ['text', null],
  ss_sd_scripts_commit_hash: ['text', null],
  ss_optimizer: ['text', null],
  ss_max_grad_norm: ['float', 1],
  ss_caption_dropout_rate: ['float', 0],
  ss_caption_dropout_every_n_epochs: ['int', 0],
  ss_caption_tag_dropout_rate: ['float', 0],
  ss_face_crop_aug_range: ['pair', null],
  ss_prior_loss_weight: ['float', 1],
  ss_min_snr_gamma: ['float', null],
  ss_scale_weight_norms: ['float', null],
  ss_ip_noise_gamma: ['float', null],
  ss_debiased_estimation: ['flag', false],
  ss_noise_offset_random_strength: ['flag', false],
  ss_ip_noise_gamma_random_strength: ['flag', false],
  ss_loss_type: ['text', 'l2'],
  ss_huber_schedule: ['text', 'snr'],
  ss_huber_scale: ['float', 1],
  ss_huber_c: ['float', 0.1],
  ss_fp8_base: ['flag', false],
  ss_fp8_base_unet: ['flag', false],
  ss_validation_seed: ['int', null],
  ss_validation_split: ['float', 0],
  ss_max_validation_steps: ['int', null],
  ss_validate_every_n_epochs: ['int', null],
  ss_validate_every_n_steps: ['int', null],
  ss_resize_interpolation: ['text', null],
} as const satisfies Record<string, readonly [Form, MetadataValue | null]>;

/** Written where the run has something to say. */
const SOMETIMES = {
  ss_network_args: 'json',
  ss_sd_model_name: 'text',
  ss_sd_model_hash: 'text',
  ss_new_sd_model_hash: 'text',
  ss_vae_name: 'text',
  ss_vae_hash: 'text',
  ss_new_vae_hash: 'text',
  ss_datasets: 'json',
  ss_dataset_dirs: 'json',
  ss_reg_dataset_dirs: 'json',
  ss_tag_frequency: 'json',
  ss_bucket_info: 'json',
  ss_batch_size_per_device: 'int',
  ss_total_batch_size: 'int',
  ss_resolution: 'pair',
  ss_color_aug: 'flag',
  ss_flip_aug: 'flag',
  ss_random_crop: 'flag',
  ss_shuffle_caption: 'flag',
  ss_enable_bucket: 'flag',
  ss_bucket_no_upscale: 'flag',
  ss_min_bucket_reso: 'int',
  ss_max_bucket_reso: 'int',
  ss_keep_tokens: 'int',
  ss_training_finished_at: 'float',
  ss_steps: 'int',
  ss_epoch: 'int',
} as const satisfies Record<string, Form>;

export type MetadataKey = keyof typeof ALWAYS | keyof typeof SOMETIMES;

export type MetadataFacts = { readonly [Key in MetadataKey]?: MetadataValue };

/** What `no_metadata` leaves. */
const MINIMUM: ReadonlySet<string> = new Set([
  'ss_v2',
  'ss_base_model_version',
  'ss_network_module',
  'ss_network_dim',
  'ss_network_alpha',
  'ss_network_args',
]);

/**
 * @param facts    what is known of the run, under sd-scripts' keys: numbers as numbers, maps as maps
 * @param minimal  `no_metadata`: keep only what a loader needs; no folder names, tags or file names
 */
export function trainingMetadata(facts: MetadataFacts, minimal = false): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [key, [form, fallback]] of Object.entries(ALWAYS)) {
    const fact = facts[key as MetadataKey];
    entries.push([key, asText(form, fact === undefined ? fallback : fact)]);
  }
  for (const [key, form] of Object.entries(SOMETIMES)) {
    const fact = facts[key as MetadataKey];
    if (fact !== undefined) entries.push([key, asText(form, fact)]);
  }
  return Object.fromEntries(minimal ? entries.filter(([key]) => MINIMUM.has(key)) : entries);
}

function asText(form: Form, value: MetadataValue | null): string {
  if (value === null) return 'None';
  switch (form) {
    case 'text':
    case 'int':
      return String(value);
    case 'flag':
      return value === true ? 'True' : 'False';
    case 'float':
      return typeof value === 'number' ? pythonFloat(value) : String(value);
    case 'number':
      return typeof value === 'number' && !Number.isInteger(value) ? pythonFloat(value) : String(value);
    case 'json':
      return JSON.stringify(value);
    case 'pair':
      return Array.isArray(value) ? `(${value.join(', ')})` : String(value);
  }
}

/** As Python prints a float: 1.0, 0.0001, 1e-05, 1.5e+20. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits = '0', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
