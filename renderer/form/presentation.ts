/**
 * How a field is drawn where its kind alone does not say: sliders and the range they cover, units, rows of full width.
 * A setting without an entry is drawn by its kind.
 */
import type { JobKey } from '../../trainer/api/job/index.ts';

export interface SliderRange {
  readonly from: number;
  readonly to: number;
  readonly scale: 'linear' | 'log';
  /** Of a linear slider. */
  readonly step?: number;
}

/** A path like "network_args.conv_dim" names an argument within a setting. */
export type FieldPath = JobKey | `${JobKey}.${string}`;

export const SLIDERS: Readonly<Partial<Record<string, SliderRange>>> = {
  train_batch_size: { from: 1, to: 16, scale: 'linear', step: 1 },
  network_dim: { from: 1, to: 256, scale: 'log' },
  network_alpha: { from: 1, to: 256, scale: 'log' },
  network_dropout: { from: 0, to: 1, scale: 'linear', step: 0.05 },
  scale_weight_norms: { from: 0, to: 10, scale: 'linear', step: 0.5 },
  gradient_accumulation_steps: { from: 1, to: 32, scale: 'linear', step: 1 },
  clip_skip: { from: 1, to: 12, scale: 'linear', step: 1 },
  keep_tokens: { from: 0, to: 32, scale: 'linear', step: 1 },
  caption_dropout_rate: { from: 0, to: 1, scale: 'linear', step: 0.05 },
  caption_tag_dropout_rate: { from: 0, to: 1, scale: 'linear', step: 0.05 },
  min_snr_gamma: { from: 0, to: 20, scale: 'linear', step: 0.5 },
  noise_offset: { from: 0, to: 1, scale: 'linear', step: 0.01 },
  adaptive_noise_scale: { from: -1, to: 1, scale: 'linear', step: 0.01 },
  multires_noise_iterations: { from: 0, to: 64, scale: 'linear', step: 1 },
  multires_noise_discount: { from: 0, to: 1, scale: 'linear', step: 0.05 },
  ip_noise_gamma: { from: 0, to: 1, scale: 'linear', step: 0.05 },
  v_pred_like_loss: { from: 0, to: 1, scale: 'linear', step: 0.05 },
  min_timestep: { from: 0, to: 999, scale: 'linear', step: 1 },
  max_timestep: { from: 1, to: 1000, scale: 'linear', step: 1 },
  vae_batch_size: { from: 1, to: 32, scale: 'linear', step: 1 },
};

/** Position 0 to 1 of a value on its slider. Values beyond the slider rest at its end; the number field has them all. */
export function sliderPosition({ from, to, scale }: SliderRange, value: number): number {
  const inside = Math.min(to, Math.max(from, value));
  return scale === 'log' ? Math.log(inside / from) / Math.log(to / from) : (inside - from) / (to - from);
}

/** The value at a position; on a log scale a power of two or half way between two, which is what people choose. */
export function sliderValue({ from, to, scale, step = 1 }: SliderRange, position: number): number {
  if (scale === 'log') {
    const exponent = Math.floor(Math.log2(from * (to / from) ** position) * 2 + 0.5) / 2;
    return Math.max(from, Math.min(to, Math.round(2 ** Math.floor(exponent) * (exponent % 1 === 0 ? 1 : 1.5))));
  }
  const steps = Math.round((position * (to - from)) / step);
  return Number(Math.min(to, from + steps * step).toFixed(6));
}

/** Tables of values that take the whole row. */
export const WIDE: ReadonlySet<string> = new Set(['metadata_description', 'training_comment', 'instance_prompt']);
