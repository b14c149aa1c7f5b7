/**
 * Euler steps along the probability flow, with and without fresh noise.
 *
 * Source: Karras et al. 2022, arXiv:2206.00364, algorithm 1; the ancestral variant is k-diffusion's. Spacing "linspace"
 * with fractional timesteps, as diffusers' EulerDiscreteScheduler and EulerAncestralDiscreteScheduler have it by
 * default, "trailing" where the schedule ends in pure noise; checked against 0.42:
 * test/golden/math/{samplers,sampler_algebra}.json.
 */
import { must } from '../../base/errors.ts';
import type { Prediction, Sampler, SamplerSettings } from './sampler.ts';
import { combine } from './sampler.ts';
import type { Spacing } from './spacing.ts';
import {
  checkSteps,
  endsInPureNoise,
  evenlySpaced,
  finiteNoiseLevels,
  karrasSpacing,
  spacingAt,
  trailingTimesteps,
} from './spacing.ts';

export function euler(settings: SamplerSettings): Sampler {
  return deterministic(evenSpacing(settings), settings.prediction);
}

export function eulerKarras({ schedule, prediction, steps }: SamplerSettings): Sampler {
  checkSteps(steps, schedule);
  return deterministic(karrasSpacing(steps, finiteNoiseLevels(schedule), false), prediction);
}

function evenSpacing({ schedule, steps }: SamplerSettings): Spacing {
  checkSteps(steps, schedule);
  if (endsInPureNoise(schedule)) return spacingAt(trailingTimesteps(steps, schedule), finiteNoiseLevels(schedule));
  // One step begins at the lowest timestep in diffusers (np.linspace(0, 999, 1)); so it does here.
  return spacingAt(evenlySpaced(0, schedule.steps - 1, steps).reverse(), finiteNoiseLevels(schedule));
}

/** x' = x + (σ' − σ) · d with the slope d = (x − x̂_0)/σ. */
function deterministic(spacing: Spacing, prediction: Prediction): Sampler {
  const level = levelsOf(spacing);
  return {
    ...startOf(spacing),
    noiseDraws: 0,
    step: (modelOutput, x, i) => towards(modelOutput, x, level(i), level(i + 1), prediction),
  };
}

/**
 * Ancestral: steps further down, to σ_down, and adds fresh noise of σ_up, so that both together make the next level:
 *
 *     σ_up² = σ'² (σ² − σ'²)/σ²,  σ_down² = σ'² − σ_up²
 */
export function eulerAncestral(settings: SamplerSettings): Sampler {
  const spacing = evenSpacing(settings);
  const level = levelsOf(spacing);
  return {
    ...startOf(spacing),
    noiseDraws: settings.steps,
    step: (modelOutput, x, i, noise) => {
      const [now, next] = [level(i), level(i + 1)];
      const up = Math.sqrt((next ** 2 * (now ** 2 - next ** 2)) / now ** 2);
      const down = Math.sqrt(next ** 2 - up ** 2);
      const lower = towards(modelOutput, x, now, down, settings.prediction);
      return combine(lower, must(noise, 'the noise of an ancestral step'), (value, draw) => value + up * draw);
    },
  };
}

const levelsOf =
  ({ sigmas }: Spacing) =>
  (i: number): number =>
    must(sigmas[i], `the noise level of step ${i}`);

/** k-diffusion's latents are x_0 + σ ε: they begin at the largest σ, and the model sees them at variance 1. */
function startOf(spacing: Spacing): Pick<Sampler, 'timesteps' | 'initialScale' | 'scaleModelInput'> {
  const level = levelsOf(spacing);
  return {
    timesteps: spacing.timesteps,
    initialScale: level(0),
    scaleModelInput: (x, i) => {
      const scale = Math.sqrt(level(i) ** 2 + 1);
      return x.map((value) => value / scale);
    },
  };
}

/**
 * One Euler step. The slope is the predicted noise itself; for velocity, x̂_0 = x/(σ² + 1) − v · σ/√(σ² + 1).
 */
function towards(
  modelOutput: Float32Array,
  x: Float32Array,
  now: number,
  next: number,
  prediction: Prediction,
): Float32Array {
  if (prediction === 'epsilon') return combine(x, modelOutput, (value, eps) => value + eps * (next - now));
  const [keep, turn] = [1 / (now ** 2 + 1), now / Math.sqrt(now ** 2 + 1)];
  return combine(x, modelOutput, (value, v) => value + ((value - (keep * value - turn * v)) / now) * (next - now));
}
