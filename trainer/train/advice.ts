/**
 * What to do where a run cannot go on, in words that fit its method.
 */
import type { Job } from '../api/job/index.ts';

export interface Advice {
  /** The loss is not finite before anything was trained. */
  readonly neverFinite: string;
  /** The loss stopped being finite. */
  readonly diverged: string;
  /** More memory is needed than there is. */
  readonly memory: string;
}

const FROM_SCRATCH =
  'Check the settings in model_config (numbers of channels, scheduler), or take another seed to start from.';

export const ADVICE: Readonly<Record<Job['method'], Advice>> = {
  lora: {
    neverFinite:
      'The checkpoint or its VAE gives numbers that are out of range: try another file of it, or set vae to a separate VAE.',
    diverged: 'Lower learning_rate (and unet_lr, text_encoder_lr) to a third or a tenth, or set max_grad_norm = 1',
    memory: 'Lower network_dim, or train the UNet alone with network_train_unet_only = true.',
  },
  finetune: {
    neverFinite:
      'The checkpoint or its VAE gives numbers that are out of range: try another file of it, or set vae to a separate VAE.',
    diverged:
      'Whole networks want lower rates than a LoRA: set learning_rate (and unet_lr, text_encoder_lr) to a third or a tenth, add lr_warmup_steps, or set max_grad_norm = 1',
    memory: 'Train a LoRA instead (method = "lora"), or the UNet alone with text_encoder_lr = 0.',
  },
  autoencoder: {
    neverFinite: 'The VAE gives numbers that are out of range: try another file of it.',
    diverged:
      'Lower learning_rate to a third or a tenth, lower disc_weight or raise disc_start where there is a discriminator, or set max_grad_norm = 1',
    memory: 'Train a smaller autoencoder: fewer block_out_channels in model_config.',
  },
};

/** For a run whose very first loss is not finite. */
export const adviceAtFirst = (job: Job): string =>
  job.model_config === undefined ? ADVICE[job.method].neverFinite : FROM_SCRATCH;
