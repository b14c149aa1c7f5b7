import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../../trainer/base/random.ts';
import { createNoiseSchedule } from '../../../../trainer/diffusion/noise-schedule.ts';
import { STABLE_DIFFUSION } from '../../../../trainer/formats/checkpoint/scheduler-config.ts';
import { guide } from '../../../../trainer/diffusion/samplers/guidance.ts';
import type { Prediction, Sampler, SamplerName } from '../../../../trainer/diffusion/samplers/index.ts';
import {
  createSampler,
  SAMPLER_NAMES,
  SAMPLER_TITLES,
  samplerNamed,
} from '../../../../trainer/diffusion/samplers/index.ts';
import { goldenJson, largestMagnitude, maxDifference } from '../../../golden/math-goldens.ts';

interface AlgebraCase {
  readonly sampler: SamplerName;
  readonly prediction: Prediction;
  readonly steps: number;
  readonly timesteps: number[];
  readonly init_noise_sigma: number;
  readonly latents: Record<string, number[]>;
}

interface LoopGolden {
  readonly steps: number;
  readonly samplers: Record<string, { timesteps: number[]; init_noise_sigma: number; noise_draws: number }>;
}

const schedule = createNoiseSchedule();
const COUNT = 24;

/** The model of the goldens: cheap, smooth, different for each element and timestep. */
const model = (x: Float32Array, t: number) => x.map((value, k) => Math.sin(1.3 * value + 0.002 * t + k));

/** The latents after every step, from the noise of a seed. */
function run(sampler: Sampler, seed: number): Float32Array[] {
  const generator = createGenerator(seed);
  let x: Float32Array = generator.normals(COUNT).map((value) => value * sampler.initialScale);
  return Array.from(sampler.timesteps, (t, i) => {
    const output = model(sampler.scaleModelInput(x, i), t);
    x = sampler.step(output, x, i, sampler.noiseDraws > 0 ? generator.normals(COUNT) : undefined);
    return x;
  });
}

// diffusers begins Euler Karras with one step at the lowest level, where there is nothing left to do: ours differs.
const comparable = goldenJson<{ cases: AlgebraCase[] }>('sampler_algebra.json').cases.filter(
  ({ sampler, steps }) => sampler !== 'euler_karras' || steps > 1,
);

describe.each(comparable)('$sampler, $prediction, $steps steps', (golden) => {
  const sampler = createSampler(golden.sampler, { schedule, prediction: golden.prediction, steps: golden.steps });

  test('visits the timesteps of diffusers', () => {
    // Karras timesteps come from logarithms in f32: some units of 1e-7 of 1000.
    const tolerance = golden.sampler === 'euler_karras' ? 1e-4 : 0;
    expect(maxDifference(sampler.timesteps, golden.timesteps)).toBeLessThanOrEqual(tolerance);
    expect(sampler.initialScale).toBeCloseTo(golden.init_noise_sigma, 6);
  });

  test('gives the latents of diffusers after every listed step', () => {
    const latents = run(sampler, golden.steps);
    for (const [step, expected] of Object.entries(golden.latents)) {
      const found = latents[Number(step)] ?? new Float32Array();
      // f32 rounding of some 10 operations a step; velocity at σ 14.6 cancels, which costs a further digit.
      expect(maxDifference(found, expected) / largestMagnitude(expected)).toBeLessThan(3e-6);
    }
  });
});

test('the spacing is that of the whole loops on the tiny checkpoint', () => {
  const golden = goldenJson<LoopGolden>('samplers.json');
  for (const [name, expected] of Object.entries(golden.samplers)) {
    const sampler = createSampler(name as SamplerName, { schedule, prediction: 'epsilon', steps: golden.steps });
    expect([...sampler.timesteps]).toEqual(expected.timesteps);
    expect(sampler.initialScale).toBe(expected.init_noise_sigma);
    expect(sampler.noiseDraws).toBe(expected.noise_draws);
  }
});

describe.each(SAMPLER_NAMES)('%s', (name) => {
  test.each([1, 2, 3, 15, 333, 999, 1000])('stays finite with %i steps', (steps) => {
    for (const prediction of ['epsilon', 'v_prediction'] as const) {
      const latents = run(createSampler(name, { schedule, prediction, steps }), 1);
      expect(latents).toHaveLength(steps);
      expect(latents.every((x) => x.every(Number.isFinite))).toBe(true);
    }
  });

  test('finds the picture at once when the model knows the noise exactly', () => {
    const sampler = createSampler(name, { schedule, prediction: 'epsilon', steps: 12 });
    const picture = Float32Array.from({ length: COUNT }, (_, k) => Math.cos(k));
    const draws = createGenerator(3);
    let x: Float32Array = draws.normals(COUNT).map((value) => value * sampler.initialScale);
    for (const [i, t] of sampler.timesteps.entries()) {
      // The noise that takes the picture to x: in the model's scaling x = √ᾱ · picture + √(1 − ᾱ) · ε.
      const alphaBar = alphaBarAt(t);
      const seen = sampler.scaleModelInput(x, i);
      const noise = seen.map(
        (value, k) => (value - Math.sqrt(alphaBar) * (picture[k] ?? NaN)) / Math.sqrt(1 - alphaBar),
      );
      x = sampler.step(noise, x, i, sampler.noiseDraws > 0 ? draws.normals(COUNT) : undefined);
    }
    // DDIM stops at timestep 0 (σ = 0.029); Karras levels go with rounded timesteps, so ᾱ is off by up to 1 %.
    expect(maxDifference(x, picture)).toBeLessThan(name === 'ddim' ? 0.1 : 0.02);
  });

  test('more than 1000 or no steps are a mistake of ours', () => {
    for (const steps of [0, 1001, 2.5]) {
      expect(() => createSampler(name, { schedule, prediction: 'epsilon', steps })).toThrow(`${steps} steps`);
    }
  });
});

/** ᾱ at a fractional timestep, by way of the noise level, as the samplers mix it. */
function alphaBarAt(t: number, { alphasCumprod } = schedule): number {
  const sigma = (i: number) => {
    const alphaBar = Math.max(alphasCumprod[Math.min(i, 999)] ?? NaN, 2 ** -24);
    return Math.sqrt((1 - alphaBar) / alphaBar);
  };
  const low = Math.floor(t);
  const mixed = sigma(low) + (t - low) * (sigma(low + 1) - sigma(low));
  return 1 / (mixed ** 2 + 1);
}

describe('on a schedule that ends in pure noise', () => {
  const rescaled = createNoiseSchedule({ ...STABLE_DIFFUSION, zeroTerminalSnr: true });
  const samplerOf = (name: SamplerName, steps: number) =>
    createSampler(name, { schedule: rescaled, prediction: 'v_prediction', steps });

  test.each(['ddim', 'euler', 'euler_a', 'dpmpp_2m'] as const)(
    '%s begins at the last step: spacing "trailing"',
    (name) => {
      expect([...samplerOf(name, 10).timesteps]).toEqual([999, 899, 799, 699, 599, 499, 399, 299, 199, 99]);
      // np.round(np.arange(1000, 0, -1000 / 7)) - 1
      expect([...samplerOf(name, 7).timesteps]).toEqual([999, 856, 713, 570, 428, 285, 142]);
      expect([...samplerOf(name, 1).timesteps]).toEqual([999]);
    },
  );

  test.each(['euler', 'euler_a'] as const)('%s begins at the level that diffusers takes for infinity', (name) => {
    // sqrt((1 - 2^-24) / 2^-24) = 4096 (1 - 2^-25)
    expect(samplerOf(name, 8).initialScale).toBeCloseTo(4096, 3);
  });

  test.each(SAMPLER_NAMES)('%s finds the picture when the model knows the velocity exactly', (name) => {
    for (const steps of [1, 2, 7, 30, 1000]) {
      const sampler = samplerOf(name, steps);
      const picture = Float32Array.from({ length: COUNT }, (_, k) => Math.cos(k));
      const draws = createGenerator(3);
      let x: Float32Array = draws.normals(COUNT).map((value) => value * sampler.initialScale);
      for (const [i, t] of sampler.timesteps.entries()) {
        const alphaBar = alphaBarAt(t, rescaled);
        const [signal, level] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
        // v = signal · ε − level · x_0 with ε = (x − signal · x_0)/level: at the very end v = −x_0, whatever x is.
        const velocity = sampler
          .scaleModelInput(x, i)
          .map((value, k) => (signal * (value - signal * (picture[k] ?? NaN))) / level - level * (picture[k] ?? NaN));
        x = sampler.step(velocity, x, i, sampler.noiseDraws > 0 ? draws.normals(COUNT) : undefined);
      }
      // DDIM stops at timestep 0 (σ = 0.029), the others at none; Karras levels go with rounded timesteps.
      const tolerance = name === 'ddim' ? 0.1 : name === 'dpmpp_2m_karras' ? 0.02 : 2e-3;
      expect(maxDifference(x, picture), `${steps} steps`).toBeLessThan(tolerance);
    }
  });
});

test('an ancestral step without noise, and a multistep out of order, are mistakes of ours', () => {
  const x = new Float32Array(COUNT).fill(1);
  const settings = { schedule, prediction: 'epsilon', steps: 5 } as const;
  expect(() => createSampler('euler_a', settings).step(x, x, 0)).toThrow('the noise of an ancestral step');
  expect(() => createSampler('dpmpp_2m', settings).step(x, x, 2)).toThrow('needs the answer of step 1');
});

test('guidance of 1 is the prompt alone, of 0 the negative prompt, and beyond it exaggerates', () => {
  const [negative, prompt] = [Float32Array.of(1, 2), Float32Array.of(3, -2)];
  expect(guide(negative, prompt, 1)).toEqual(prompt);
  expect(guide(negative, prompt, 0)).toEqual(negative);
  expect(guide(negative, prompt, 7.5)).toEqual(Float32Array.of(16, -28));
});

describe('names', () => {
  test.each([
    ['k_euler', 'euler'],
    ['K_EULER_A', 'euler_a'],
    ['dpmsolver++', 'dpmpp_2m'],
    ['DPM++ 2M Karras', 'dpmpp_2m_karras'],
    ['Euler a', 'euler_a'],
    [' ddim ', 'ddim'],
  ])('%s is %s', (text, name) => {
    expect(samplerNamed(text)).toBe(name);
  });

  test('every sampler answers to its own name and its title', () => {
    for (const name of SAMPLER_NAMES) {
      expect(samplerNamed(name)).toBe(name);
      expect(samplerNamed(SAMPLER_TITLES[name])).toBe(name);
    }
  });

  test.each(['heun', 'pndm', '', 'constructor', '__proto__'])('"%s" is none of ours', (text) => {
    expect(samplerNamed(text)).toBeUndefined();
  });
});
