/**
 * What a new job in the window says beside its folders: the values that Kohya's GUI begins with, where they are others
 * than those of sd-scripts, which hold for a setting that a job file leaves out.
 *
 * Source: kohya_ss, `class_*.py` (the fields before a preset or a file is loaded), read in November 2026.
 */
import type { JobKey } from './knobs.ts';

export const NEW_JOB = {
  max_bucket_reso: 2048,
  bucket_no_upscale: true,
  network_dim: 8,
  lr_scheduler: 'cosine',
  lr_warmup_steps: 0.1,
  save_every_n_epochs: 1,
  save_precision: 'fp16',
  sample_sampler: 'euler_a',
} as const satisfies Partial<Readonly<Record<JobKey, string | number | boolean>>>;
