/**
 * DPM-Solver++ 2M: second-order multistep in the logarithm of the signal-to-noise ratio.
 *
 * Source: Lu et al. 2022, arXiv:2211.01095, algorithm 2 (midpoint). Spacing "linspace" with one step more than is taken
 * and whole timesteps, the last step of first order down to σ = 0: as diffusers' DPMSolverMultistepScheduler has it by
 * default, spacing "trailing" where the schedule ends in pure noise; checked against 0.42:
 * test/golden/math/{samplers,sampler_algebra}.json.
 */
import { assert, must } from '../../base/errors.ts';
import type { Prediction, Sampler, SamplerSettings } from './sampler.ts';
import { combine } from './sampler.ts';
import type { Spacing } from './spacing.ts';
import {
  checkSteps,
  endsInPureNoise,
  evenlySpaced,
  finiteNoiseLevels,
  karrasSpacing,
  roundHalfEven,
  spacingAt,
  trailingTimesteps,
} from './spacing.ts';

export function dpmSolver2M({ schedule, prediction, steps }: SamplerSettings): Sampler {
  checkSteps(steps, schedule);
  if (endsInPureNoise(schedule)) {
    return multistep(spacingAt(trailingTimesteps(steps, schedule), finiteNoiseLevels(schedule)), prediction);
  }
  const timesteps = evenlySpaced(0, schedule.steps - 1, steps + 1).map(roundHalfEven);
  return multistep(spacingAt(timesteps.slice(1).reverse(), finiteNoiseLevels(schedule)), prediction);
}

export function dpmSolver2MKarras({ schedule, prediction, steps }: SamplerSettings): Sampler {
  checkSteps(steps, schedule);
  return multistep(karrasSpacing(steps, finiteNoiseLevels(schedule), true), prediction);
}

/** A noise level in the three forms that the method uses: x_t = α x_0 + σ ε, λ = ln(α/σ). */
interface Level {
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}

/** From the level σ/α of k-diffusion. */
function levelOf(ratio: number): Level {
  const alpha = 1 / Math.sqrt(ratio ** 2 + 1);
  return { alpha, sigma: ratio * alpha, lambda: -Math.log(ratio) };
}

function multistep({ timesteps, sigmas }: Spacing, prediction: Prediction): Sampler {
  const levels = Array.from(sigmas, levelOf);
  const last = timesteps.length - 1;
  let earlier: { readonly step: number; readonly picture: Float32Array } | undefined;

  function step(modelOutput: Float32Array, x: Float32Array, i: number): Float32Array {
    const now = must(levels[i], `the level of step ${i}`);
    const next = must(levels[i + 1], `the level after step ${i}`);
    const picture = pictureIn(modelOutput, x, now, prediction);
    const before = earlier;
    earlier = { step: i, picture };
    if (i === 0 || i === last) return advance(x, picture, now, next);
    assert(before?.step === i - 1, `step ${i} of DPM++ 2M needs the answer of step ${i - 1}`);
    const previous = must(levels[i - 1], 'the level before');
    // Nearly as many steps as timesteps: rounding makes two neighbours one, and there is no slope between them.
    if (previous.lambda === now.lambda) return advance(x, picture, now, next);
    const half = (0.5 * (next.lambda - now.lambda)) / (now.lambda - previous.lambda);
    // D_0 + D_1/2 of the paper: the picture, extrapolated to the middle of the step.
    const extrapolated = combine(picture, before.picture, (value, old) => value + half * (value - old));
    return advance(x, extrapolated, now, next);
  }

  return { timesteps, initialScale: 1, noiseDraws: 0, scaleModelInput: (x) => x, step };
}

/** x' = (σ'/σ) x − α' (e^(−h) − 1) · x̂_0 with h = λ' − λ; at σ' = 0 that is x̂_0. */
function advance(x: Float32Array, picture: Float32Array, now: Level, next: Level): Float32Array {
  const keep = next.sigma / now.sigma;
  const gain = -next.alpha * Math.expm1(now.lambda - next.lambda);
  return combine(x, picture, (value, clean) => keep * value + gain * clean);
}

/** x̂_0 = (x − σ ε̂)/α, or α x − σ v̂. */
function pictureIn(
  modelOutput: Float32Array,
  x: Float32Array,
  { alpha, sigma }: Level,
  prediction: Prediction,
): Float32Array {
  return prediction === 'epsilon'
    ? combine(x, modelOutput, (value, eps) => (value - sigma * eps) / alpha)
    : combine(x, modelOutput, (value, v) => alpha * value - sigma * v);
}
