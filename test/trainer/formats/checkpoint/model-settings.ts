/**
 * A folder of settings for training from scratch: the networks of a small model, in memory.
 */
import type { Files } from '../../../../trainer/base/ports.ts';
import { memoryFiles } from '../memory-files.ts';

export type Settings = Record<string, Record<string, unknown> | undefined>;

/** 4 levels in the VAE, 2 in the UNet; every field that has no default, and heads as the base model has them. */
export const smallModel = (): Settings => ({
  'unet/config.json': {
    attention_head_dim: [1, 3],
    block_out_channels: [16, 48],
    cross_attention_dim: 24,
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
    layers_per_block: 1,
    norm_num_groups: 8,
    sample_size: 4,
    up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
  },
  'vae/config.json': {
    block_out_channels: [8, 8, 16, 16],
    down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
    norm_num_groups: 4,
    up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D'],
  },
  'text_encoder/config.json': {
    hidden_size: 24,
    intermediate_size: 48,
    num_attention_heads: 3,
    num_hidden_layers: 2,
  },
  'scheduler/scheduler_config.json': {
    beta_end: 0.012,
    beta_schedule: 'scaled_linear',
    beta_start: 0.00085,
    prediction_type: 'v_prediction',
    rescale_betas_zero_snr: true,
  },
});

/** The folder is `settings`. */
export const settingsFiles = (settings: Settings): Files =>
  memoryFiles(
    Object.fromEntries(
      Object.entries(settings).flatMap(([path, json]) =>
        json === undefined ? [] : [[`settings/${path}`, JSON.stringify(json)]],
      ),
    ),
  );
