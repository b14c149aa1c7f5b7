import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { drawTimesteps, drawTrainingNoise } from '../../../trainer/diffusion/training-noise.ts';
import { goldenJson, maxDifference } from '../../golden/math-goldens.ts';

interface NoiseGolden {
  readonly shape: [number, number, number, number];
  readonly latents: number[];
  readonly cases: {
    readonly settings: Partial<Record<SettingName, number | boolean>>;
    readonly noise: number[];
    readonly input: number[];
    readonly next: number[];
  }[];
}

const OUR_NAMES = {
  noise_offset: 'noiseOffset',
  noise_offset_random_strength: 'noiseOffsetRandomStrength',
  adaptive_noise_scale: 'adaptiveNoiseScale',
  multires_noise_iterations: 'multiresNoiseIterations',
  multires_noise_discount: 'multiresNoiseDiscount',
  ip_noise_gamma: 'ipNoiseGamma',
  ip_noise_gamma_random_strength: 'ipNoiseGammaRandomStrength',
} as const;
type SettingName = keyof typeof OUR_NAMES;

const golden = goldenJson<NoiseGolden>('training_noise.json');
const [samples, channels, height, width] = golden.shape;
const shape = { samples, channels, height, width };
const latents = Float32Array.from(golden.latents);
/** The goldens hold every 7th value. */
const seventh = (values: Float32Array) => values.filter((_, i) => i % 7 === 0);

describe.each(golden.cases)('$settings', ({ settings, noise, input, next }) => {
  const ours = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [OUR_NAMES[name as SettingName], value]),
  );

  test("equals sd-scripts' formulas under torch, and draws as many random numbers", () => {
    const generator = createGenerator(1234);
    const found = drawTrainingNoise(generator, latents, shape, ours);
    // 1 ulp of the normal numbers (see base/random) and a few sums in f32 of values up to 4.
    expect(maxDifference(seventh(found.target), noise)).toBeLessThan(2e-6);
    expect(maxDifference(seventh(found.input), input)).toBeLessThan(2e-6);
    expect([...generator.uniforms(2)]).toEqual(next);
  });
});

test('without input perturbation the input carries the very noise that the model shall find', () => {
  const { target, input } = drawTrainingNoise(createGenerator(0), latents, shape, { noiseOffset: 0.1 });
  expect(input).toBe(target);
});

test('latents of another shape are a mistake of ours', () => {
  expect(() => drawTrainingNoise(createGenerator(0), latents, { ...shape, samples: 3 }, {})).toThrow('latents');
});

test('timesteps fill their range evenly and never leave it', () => {
  const timesteps = drawTimesteps(createGenerator(3), 20_000, 200, 300);
  expect(Math.min(...timesteps)).toBe(200);
  expect(Math.max(...timesteps)).toBe(299);
  const mean = timesteps.reduce((sum, t) => sum + t, 0) / timesteps.length;
  // The mean of 20,000 draws has a deviation of 100/√12/√20000 = 0.2; five of them.
  expect(Math.abs(mean - 249.5)).toBeLessThan(1);
  expect(() => drawTimesteps(createGenerator(3), 1, 300, 300)).toThrow('no timesteps');
});
