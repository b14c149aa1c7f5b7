import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createNoiseSchedule, mixingTable, noiseLevels } from '../../../trainer/diffusion/noise-schedule.ts';
import { readSchedulerConfig, STABLE_DIFFUSION } from '../../../trainer/formats/checkpoint/scheduler-config.ts';
import { goldenJson, maxDifference } from '../../golden/math-goldens.ts';

interface CurveGolden {
  /** As diffusers takes them, and as scheduler_config.json holds them. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly betas: number[];
  readonly alphas_cumprod: number[];
  readonly zero_terminal_snr_betas: number[];
  readonly zero_terminal_snr_alphas_cumprod: number[];
}

const curves = JSON.parse(readFileSync(new URL('../../golden/full/noise_schedules.json', import.meta.url), 'utf8')) as {
  index: number[];
  schedules: Record<string, CurveGolden>;
};

describe.each(Object.entries(curves.schedules))('the %s schedule', (name, golden) => {
  const settings = readSchedulerConfig('scheduler_config.json', golden.args).noiseSchedule;
  const at = (values: Float32Array) => curves.index.map((t) => values[t] ?? NaN);

  test('is equal to diffusers to the bit, but for 1 ulp of its sigmoid', () => {
    const schedule = createNoiseSchedule(settings);
    const isSigmoid = name === 'sigmoid';
    // 1 ulp of σ(x) near 1, 6e-8, is scaled by β's range of 0.02.
    expect(maxDifference(at(schedule.betas), golden.betas)).toBeLessThanOrEqual(isSigmoid ? 2e-9 : 0);
    expect(maxDifference(at(schedule.alphasCumprod), golden.alphas_cumprod)).toBeLessThanOrEqual(isSigmoid ? 6e-8 : 0);
  });

  test('ends in pure noise when rescaled to zero terminal SNR', () => {
    const schedule = createNoiseSchedule({ ...settings, zeroTerminalSnr: true });
    expect(schedule.alphasCumprod[999]).toBe(0);
    expect(schedule.betas[999]).toBe(1);
    // PyTorch's vectorised square root is off by 1 ulp (6e-8) on this processor; ᾱ doubles it. β = 1 − ᾱ_t/ᾱ_{t−1} divides
    // the same error by an ᾱ that falls to 1e-3 in the listed steps before the last.
    expect(maxDifference(at(schedule.alphasCumprod), golden.zero_terminal_snr_alphas_cumprod)).toBeLessThan(5e-7);
    expect(maxDifference(at(schedule.betas), golden.zero_terminal_snr_betas)).toBeLessThan(1e-5);
  });
});

test('the goldens are of all four curves', () => {
  expect(Object.keys(curves.schedules).sort()).toEqual(['linear', 'scaled_linear', 'sigmoid', 'squaredcos_cap_v2']);
});

test("the signal-to-noise table is sd-scripts' one, and stays so under the zero-terminal rescale", () => {
  const golden = goldenJson<{ timesteps: number[]; all_snr: number[] }>('losses.json');
  for (const zeroTerminalSnr of [false, true]) {
    const { snr } = createNoiseSchedule({ ...STABLE_DIFFUSION, zeroTerminalSnr });
    golden.timesteps.forEach((t, i) => {
      const expected = golden.all_snr[i] ?? NaN;
      // A few ulp: two square roots, a quotient and a square.
      expect(Math.abs((snr[t] ?? NaN) / expected - 1)).toBeLessThan(4e-7);
    });
  }
});

test('the noise levels run from the published 0.0291671582 to 14.6146412293', () => {
  const sigmas = noiseLevels(createNoiseSchedule());
  // 1 − ᾱ_0 = 8.5e-4 carries an f32 rounding of 3e-8: 2e-5 of σ_0.
  expect(sigmas[0]).toBeCloseTo(0.0291671582, 6);
  expect(sigmas[999]).toBeCloseTo(14.6146412293, 4);
});

test('noise and velocity are mixed as diffusers does, one timestep per sample', () => {
  const golden =
    goldenJson<Record<'timesteps' | 'sample' | 'noise' | 'noisy' | 'velocity', number[]>>('add_noise.json');
  const table = mixingTable(createNoiseSchedule());
  const { sample, noise, timesteps } = golden;
  const size = sample.length / timesteps.length;
  const mixed = (combine: (signal: number, level: number, x: number, eps: number) => number): number[] =>
    sample.map((x, i) => {
      const t = timesteps[Math.floor(i / size)] ?? NaN;
      return combine(table.signal[t] ?? NaN, table.noise[t] ?? NaN, x, noise[i] ?? NaN);
    });
  // Values up to 3, two products and a sum in f32.
  const noisy = mixed((signal, level, x, eps) => signal * x + level * eps);
  const velocity = mixed((signal, level, x, eps) => signal * eps - level * x);
  expect(maxDifference(noisy, golden.noisy)).toBeLessThan(5e-7);
  expect(maxDifference(velocity, golden.velocity)).toBeLessThan(5e-7);
});

test('a schedule of one step is a mistake of ours', () => {
  expect(() => createNoiseSchedule({ ...STABLE_DIFFUSION, steps: 1 })).toThrow('2 steps or more');
});
