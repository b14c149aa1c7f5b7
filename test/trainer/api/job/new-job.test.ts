import { expect, test } from 'vitest';
import { importJob, knobOf, NEW_JOB, parseJob, type Job, type JobKey } from '../../../../trainer/api/job/index.ts';

/**
 * What the fields of the GUI's LoRA tab begin with, for each that is a setting here: kohya_ss, `class_*.py`, read in
 * November 2026. Settings that no field of the GUI has are not named.
 */
const KOHYA = {
  // class_source_model.py
  output_name: 'last',
  save_precision: 'fp16',
  // class_basic_training.py
  train_batch_size: 1,
  max_train_epochs: 0,
  max_train_steps: 1600,
  save_every_n_epochs: 1,
  caption_extension: '.txt',
  cache_latents: true,
  cache_latents_to_disk: false,
  lr_scheduler: 'cosine',
  lr_warmup_steps: '10%',
  lr_scheduler_num_cycles: 1,
  lr_scheduler_power: 1,
  optimizer_type: 'AdamW8bit',
  max_grad_norm: 1,
  learning_rate: 1e-4,
  resolution: '512,512',
  enable_bucket: true,
  min_bucket_reso: 256,
  max_bucket_reso: 2048,
  // lora_gui.py
  dim_from_weights: false,
  network_dim: 8,
  network_alpha: 1,
  scale_weight_norms: 0,
  network_dropout: 0,
  // class_accelerate_launch.py
  mixed_precision: 'fp16',
  // class_advanced_training.py
  gradient_accumulation_steps: 1,
  prior_loss_weight: 1,
  save_every_n_steps: 0,
  save_last_n_steps: 0,
  save_last_n_epochs: 0,
  keep_tokens: 0,
  clip_skip: 1,
  max_token_length: 75,
  gradient_checkpointing: false,
  shuffle_caption: false,
  color_aug: false,
  flip_aug: false,
  scale_v_pred_loss_like_noise_pred: false,
  min_snr_gamma: 0,
  debiased_estimation_loss: false,
  bucket_no_upscale: true,
  bucket_reso_steps: 64,
  random_crop: false,
  v_pred_like_loss: 0,
  min_timestep: 0,
  max_timestep: 1000,
  noise_offset: 0,
  noise_offset_random_strength: false,
  adaptive_noise_scale: 0,
  multires_noise_iterations: 0,
  multires_noise_discount: 0.3,
  ip_noise_gamma: 0,
  ip_noise_gamma_random_strength: false,
  caption_dropout_every_n_epochs: 0,
  caption_dropout_rate: 0,
  vae_batch_size: 0,
  // class_sample_images.py
  sample_every_n_steps: 0,
  sample_every_n_epochs: 0,
  sample_sampler: 'euler_a',
} as const satisfies Partial<Record<JobKey, unknown>>;

const PLACES = { pretrained_model_name_or_path: 'model.safetensors', train_data_dir: 'images', output_dir: 'runs' };
const job: Job = parseJob({ ...PLACES, ...NEW_JOB }, 'the job');

test.each(Object.entries(KOHYA))("a new job has Kohya's %s = %o", (key, value) => {
  expect(job[key as JobKey]).toEqual(knobOf(key as JobKey).schema.parse(value));
});

test("a new job trains both parts at the rate of Kohya's GUI", () => {
  expect([job.unet_lr ?? job.learning_rate, job.text_encoder_lr ?? job.learning_rate]).toEqual([1e-4, 1e-4]);
});

test('a new job says nothing that a job without it means anyway', () => {
  const usual = parseJob(PLACES, 'the job');
  const needless = Object.keys(NEW_JOB).filter((key) => {
    return JSON.stringify(job[key as JobKey]) === JSON.stringify(usual[key as JobKey]);
  });
  expect(needless).toEqual([]);
});

test("a file that Kohya's GUI saved with nothing changed in it is taken over as a new job", () => {
  const { lr_warmup_steps: warmup, ...fields } = KOHYA;
  const gui = { ...fields, lr_warmup: Number.parseFloat(warmup), LoRA_type: 'Standard', seed: 0 };
  expect(importJob(JSON.stringify(gui)).table).toEqual({ ...NEW_JOB, max_train_steps: 1600 });
});
