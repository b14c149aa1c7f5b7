/**
 * The settings of a job that say how noise is drawn and how timesteps are weighed.
 */
import type { Job } from '../api/job/index.ts';
import { timestepWeights } from '../diffusion/loss-weights.ts';
import { createNoiseSchedule, mixingTable } from '../diffusion/noise-schedule.ts';
import type { TrainingNoiseSettings } from '../diffusion/training-noise.ts';
import type { NoiseScheduleSettings } from '../formats/checkpoint/scheduler-config.ts';
import type { PredictionType } from '../formats/checkpoint/types.ts';
import type { TimestepTables } from './step-feeds.ts';

export const noiseSettings = (job: Job): TrainingNoiseSettings => ({
  ...given('noiseOffset', job.noise_offset),
  noiseOffsetRandomStrength: job.noise_offset_random_strength,
  ...given('adaptiveNoiseScale', job.adaptive_noise_scale),
  ...given('multiresNoiseIterations', job.multires_noise_iterations),
  multiresNoiseDiscount: job.multires_noise_discount,
  ...given('ipNoiseGamma', job.ip_noise_gamma),
  ipNoiseGammaRandomStrength: job.ip_noise_gamma_random_strength,
});

/** How much of a picture is left at each timestep, and how much the timestep counts. */
export function timestepTables(
  job: Job,
  prediction: PredictionType,
  noiseSchedule: NoiseScheduleSettings,
): TimestepTables {
  const schedule = createNoiseSchedule(noiseSchedule);
  const weights = {
    vPrediction: prediction === 'v_prediction',
    ...given('minSnrGamma', job.min_snr_gamma),
    scaleVPredLossLikeNoisePred: job.scale_v_pred_loss_like_noise_pred,
    ...given('vPredLikeLoss', job.v_pred_like_loss),
    debiasedEstimationLoss: job.debiased_estimation_loss,
  };
  return { mixing: mixingTable(schedule), lossWeights: timestepWeights(schedule, weights) };
}

const given = <Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: number });
