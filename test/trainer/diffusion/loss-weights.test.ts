import { expect, test } from 'vitest';
import type { LossWeightSettings } from '../../../trainer/diffusion/loss-weights.ts';
import { sampleWeights, timestepWeights } from '../../../trainer/diffusion/loss-weights.ts';
import { createNoiseSchedule } from '../../../trainer/diffusion/noise-schedule.ts';
import { STABLE_DIFFUSION } from '../../../trainer/formats/checkpoint/scheduler-config.ts';
import { goldenJson } from '../../golden/math-goldens.ts';

interface LossGolden {
  readonly timesteps: number[];
  readonly weights: Record<string, number[]>;
  readonly prediction: number[][];
  readonly target: number[][];
  readonly elementwise: Record<string, number[][]>;
}

const golden = goldenJson<LossGolden>('losses.json');
const schedule = createNoiseSchedule();
const noise = { vPrediction: false };
const velocity = { vPrediction: true };

const SETTINGS: Record<string, LossWeightSettings> = {
  'min_snr_gamma=1.0,v=False': { ...noise, minSnrGamma: 1 },
  'min_snr_gamma=1.0,v=True': { ...velocity, minSnrGamma: 1 },
  'min_snr_gamma=5.0,v=False': { ...noise, minSnrGamma: 5 },
  'min_snr_gamma=5.0,v=True': { ...velocity, minSnrGamma: 5 },
  'min_snr_gamma=20.0,v=False': { ...noise, minSnrGamma: 20 },
  'min_snr_gamma=20.0,v=True': { ...velocity, minSnrGamma: 20 },
  scale_v_pred_loss_like_noise_pred: { ...velocity, scaleVPredLossLikeNoisePred: true },
  'v_pred_like_loss=0.5': { ...noise, vPredLikeLoss: 0.5 },
  'debiased_estimation,v=False': { ...noise, debiasedEstimationLoss: true },
  'debiased_estimation,v=True': { ...velocity, debiasedEstimationLoss: true },
};

/** The largest relative error of a table at the golden's timesteps. */
function relativeError(table: Float32Array, expected: readonly number[]): number {
  return Math.max(...golden.timesteps.map((t, i) => Math.abs((table[t] ?? NaN) / (expected[i] ?? NaN) - 1)));
}

// Four f32 operations (the two roots, quotient and square of the ratio), half an ulp (6e-8) each, some squared.
const SNR_ROUNDING = 5e-7;

test.each(Object.entries(SETTINGS))('%s equals sd-scripts at every listed timestep', (name, settings) => {
  expect(relativeError(timestepWeights(schedule, settings), golden.weights[name] ?? [])).toBeLessThan(SNR_ROUNDING);
});

test('several options multiply', () => {
  const combined = timestepWeights(schedule, {
    ...noise,
    minSnrGamma: 5,
    debiasedEstimationLoss: true,
    vPredLikeLoss: 0.5,
  });
  const single = [
    timestepWeights(schedule, { ...noise, minSnrGamma: 5 }),
    timestepWeights(schedule, { ...noise, debiasedEstimationLoss: true }),
    timestepWeights(schedule, { ...noise, vPredLikeLoss: 0.5 }),
  ];
  for (const t of [0, 300, 999]) {
    const product = single.reduce((weight, table) => weight * (table[t] ?? NaN), 1);
    expect((combined[t] ?? NaN) / product).toBeCloseTo(1, 6);
  }
});

test('no option: every timestep counts the same', () => {
  expect(new Set(timestepWeights(schedule, noise))).toEqual(new Set([1]));
});

test('weights stay finite under a zero-terminal schedule', () => {
  const rescaled = createNoiseSchedule({ ...STABLE_DIFFUSION, zeroTerminalSnr: true });
  for (const settings of Object.values(SETTINGS)) {
    expect(timestepWeights(rescaled, settings).every((weight) => Number.isFinite(weight) && weight > 0)).toBe(true);
  }
});

test("a regularisation image's weight multiplies its timestep's weight", () => {
  const table = timestepWeights(schedule, { ...noise, minSnrGamma: 5 });
  const [first, second] = sampleWeights(table, Int32Array.of(50, 999), [1, 0.5]);
  expect(first).toBe(table[50]);
  expect(second).toBeCloseTo(0.5, 7);
  expect(() => sampleWeights(table, Int32Array.of(1), [1, 1])).toThrow('1 timesteps, 2 weights');
  expect(() => sampleWeights(table, Int32Array.of(1000), [1])).toThrow('timestep 1000');
});

test('options of the other prediction are refused', () => {
  expect(() => timestepWeights(schedule, { ...noise, scaleVPredLossLikeNoisePred: true })).toThrow(
    'needs v prediction',
  );
  expect(() => timestepWeights(schedule, { ...velocity, vPredLikeLoss: 1 })).toThrow('needs noise prediction');
});
