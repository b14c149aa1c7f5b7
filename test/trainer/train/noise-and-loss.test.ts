import { expect, test } from 'vitest';
import { parseJob, type Job } from '../../../trainer/api/job/index.ts';
import { createGenerator } from '../../../trainer/base/random.ts';
import { createNoiseSchedule } from '../../../trainer/diffusion/noise-schedule.ts';
import { drawTrainingNoise } from '../../../trainer/diffusion/training-noise.ts';
import { STABLE_DIFFUSION } from '../../../trainer/formats/checkpoint/scheduler-config.ts';
import { noiseSettings, timestepTables } from '../../../trainer/train/noise-and-loss.ts';

const job = (settings: Readonly<Record<string, unknown>> = {}): Job =>
  parseJob({ pretrained_model_name_or_path: '-', train_data_dir: '-', output_dir: '-', ...settings }, 'the test');

const { snr } = createNoiseSchedule();
const at = (table: Float32Array, timestep: number): number => table[timestep] ?? NaN;
const ratio = (timestep: number): number => at(snr, timestep);

test('without settings every timestep counts the same', () => {
  expect(new Set(timestepTables(job(), 'epsilon', STABLE_DIFFUSION).lossWeights)).toEqual(new Set([1]));
});

test.each([
  [{ min_snr_gamma: 5 }, 'epsilon', (t: number) => Math.min(ratio(t), 5) / ratio(t)],
  [{ debiased_estimation_loss: true }, 'epsilon', (t: number) => 1 / Math.sqrt(Math.min(ratio(t), 1000))],
  [
    { v_pred_like_loss: 0.5 },
    'epsilon',
    (t: number) => 1 + (0.5 * (Math.min(ratio(t), 1000) + 1)) / Math.min(ratio(t), 1000),
  ],
  [
    { scale_v_pred_loss_like_noise_pred: true },
    'v_prediction',
    (t: number) => Math.min(ratio(t), 1000) / (Math.min(ratio(t), 1000) + 1),
  ],
] as const)('%j weighs timesteps by its formula', (settings, prediction, weight) => {
  const { lossWeights } = timestepTables(job(settings), prediction, STABLE_DIFFUSION);
  // f32 on the way: seven digits.
  for (const t of [0, 50, 500, 999]) expect(at(lossWeights, t) / weight(t)).toBeCloseTo(1, 5);
});

test('each setting of the noise reaches the draw', () => {
  const shape = { samples: 1, channels: 4, height: 8, width: 8 };
  const latents = new Float32Array(256).fill(0.5);
  const draw = (settings: Readonly<Record<string, unknown>>) =>
    drawTrainingNoise(createGenerator(1), latents, shape, noiseSettings(job(settings)));
  const plain = draw({});
  expect(plain.input).toEqual(plain.target);
  const changed = [
    { noise_offset: 0.1 },
    { noise_offset: 0.1, noise_offset_random_strength: true },
    { noise_offset: 0.1, adaptive_noise_scale: 0.1 },
    { multires_noise_iterations: 6 },
    { multires_noise_iterations: 6, multires_noise_discount: 0.8 },
  ].map((settings) => draw(settings).target.join());
  expect(new Set([plain.target.join(), ...changed]).size).toBe(6);
});

test('ip_noise_gamma changes what is mixed in, not what is looked for', () => {
  const shape = { samples: 1, channels: 4, height: 8, width: 8 };
  const noise = drawTrainingNoise(
    createGenerator(1),
    new Float32Array(256),
    shape,
    noiseSettings(job({ ip_noise_gamma: 0.1 })),
  );
  expect(noise.target).toEqual(createGenerator(1).normals(256));
  expect(noise.input).not.toEqual(noise.target);
});
