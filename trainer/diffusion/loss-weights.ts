/**
 * How much each timestep counts in the loss.
 *
 * All weights depend on the timestep alone, so they are one table. A sample's loss (the mean over its pixels, after the
 * mask) is multiplied by its own weight (regularisation images: prior_loss_weight) and by the table's value, then the
 * batch is averaged.
 *
 * Source: Hang et al. 2023, arXiv:2303.09556 (min-SNR); Yu et al. 2023, arXiv:2310.08442 (debiased); sd-scripts
 * library/custom_train_functions.py and train_util.py for names, caps and order. Checked against them:
 * test/golden/math/losses.json.
 */
import { assert, must } from '../base/errors.ts';
import type { NoiseSchedule } from './noise-schedule.ts';

/** sd-scripts' options of the same names; an option that is left out or false changes nothing. */
export interface LossWeightSettings {
  /** Whether the model predicts the velocity (`v_parameterization`). */
  readonly vPrediction: boolean;
  readonly minSnrGamma?: number;
  /** Only for velocity models. */
  readonly scaleVPredLossLikeNoisePred?: boolean;
  /** Only for noise models. */
  readonly vPredLikeLoss?: number;
  readonly debiasedEstimationLoss?: boolean;
}

/**
 * Everywhere but in min-SNR the signal-to-noise ratio is cut here, so that the earliest timesteps keep finite weights.
 */
const LARGEST_SNR = 1000;

/**
 * The factor of each timestep, the options' factors multiplied in sd-scripts' order:
 *
 *     min-SNR   min(snr, γ)/snr                for velocity: min(snr, γ)/(snr + 1)
 *     scale v   s = snr/(snr + 1)
 *     v-like    1 + k/s
 *     debiased  1/√snr                         for velocity: 1/(snr + 1)
 *
 * @returns f32 [steps]
 * @throws {InternalError} if an option does not fit the prediction: the job's rules must have refused it
 */
export function timestepWeights({ snr }: NoiseSchedule, settings: LossWeightSettings): Float32Array {
  const { vPrediction, minSnrGamma, vPredLikeLoss } = settings;
  assert(vPrediction || !settings.scaleVPredLossLikeNoisePred, 'scale_v_pred_loss_like_noise_pred needs v prediction');
  assert(!vPrediction || !vPredLikeLoss, 'v_pred_like_loss needs noise prediction');
  return snr.map((ratio) => {
    const cut = Math.min(ratio, LARGEST_SNR);
    const scale = cut / (cut + 1);
    let weight = 1;
    if (minSnrGamma) weight *= Math.min(ratio, minSnrGamma) / (vPrediction ? ratio + 1 : ratio);
    if (settings.scaleVPredLossLikeNoisePred) weight *= scale;
    if (vPredLikeLoss) weight *= 1 + vPredLikeLoss / scale;
    if (settings.debiasedEstimationLoss) weight *= vPrediction ? 1 / (cut + 1) : 1 / Math.sqrt(cut);
    return weight;
  });
}

/**
 * The factor of each sample of a batch: its own weight times that of its timestep.
 *
 * @param table      f32 [steps], from `timestepWeights`
 * @param timesteps  i32 [B]
 * @param own        [B]: 1, or prior_loss_weight for a regularisation image
 * @returns f32 [B]
 * @throws {InternalError} if the counts differ or a timestep is outside the table
 */
export function sampleWeights(table: Float32Array, timesteps: Int32Array, own: readonly number[]): Float32Array {
  assert(timesteps.length === own.length, `${timesteps.length} timesteps, ${own.length} weights`);
  return Float32Array.from(own, (weight, i) => weight * must(table[timesteps[i] ?? -1], `timestep ${timesteps[i]}`));
}
