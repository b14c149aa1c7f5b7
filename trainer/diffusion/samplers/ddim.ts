/**
 * DDIM without added noise (η = 0).
 *
 * Source: Song et al. 2021, arXiv:2010.02502, eq. 12. Spacing "leading" with an offset of 1, the level after the last
 * step that of timestep 0, no clipping of the picture: as Stable Diffusion's own configuration; spacing "trailing" where
 * the schedule ends in pure noise. Checked against diffusers 0.42's DDIMScheduler:
 * test/golden/math/{samplers,sampler_algebra}.json.
 */
import { must } from '../../base/errors.ts';
import type { NoiseSchedule } from '../noise-schedule.ts';
import type { Sampler, SamplerSettings } from './sampler.ts';
import { combine } from './sampler.ts';
import { checkSteps, endsInPureNoise, trailingTimesteps } from './spacing.ts';

const STEPS_OFFSET = 1;

/**
 *     x_{t'} = √ᾱ_{t'} · x̂_0 + √(1 − ᾱ_{t'}) · ε̂
 *
 * with x̂_0 and ε̂ the model's idea of the picture and of the noise in x_t.
 */
export function ddim({ schedule, prediction, steps }: SamplerSettings): Sampler {
  checkSteps(steps, schedule);
  const { timesteps, nextOf } = endsInPureNoise(schedule) ? trailing(steps, schedule) : leading(steps, schedule);
  const alphaBar = (timestep: number): number =>
    must(schedule.alphasCumprod[Math.max(timestep, 0)], `timestep ${timestep}`);

  function step(modelOutput: Float32Array, x: Float32Array, i: number): Float32Array {
    const t = must(timesteps[i], `step ${i}`);
    const [now, next] = [alphaBar(t), alphaBar(nextOf(i))];
    const [signal, level] = [Math.sqrt(now), Math.sqrt(1 - now)];
    const [nextSignal, nextLevel] = [Math.sqrt(next), Math.sqrt(1 - next)];
    return prediction === 'epsilon'
      ? combine(x, modelOutput, (value, eps) => (nextSignal * (value - level * eps)) / signal + nextLevel * eps)
      : combine(
          x,
          modelOutput,
          (value, v) => nextSignal * (signal * value - level * v) + nextLevel * (signal * v + level * value),
        );
  }

  return { timesteps, initialScale: 1, noiseDraws: 0, scaleModelInput: (x) => x, step };
}

interface Way {
  readonly timesteps: Float32Array;
  /** The timestep whose level the step leads to; below 0 means 0. */
  readonly nextOf: (i: number) => number;
}

function leading(steps: number, schedule: NoiseSchedule): Way {
  const stride = Math.floor(schedule.steps / steps);
  const last = schedule.steps - 1;
  const timesteps = Float32Array.from({ length: steps }, (_, i) =>
    Math.min((steps - 1 - i) * stride + STEPS_OFFSET, last),
  );
  return { timesteps, nextOf: (i) => must(timesteps[i], `step ${i}`) - stride };
}

/** Diffusers goes ⌊N/n⌋ timesteps down, which misses the one that the model is asked for next where n does not divide N. */
function trailing(steps: number, schedule: NoiseSchedule): Way {
  const timesteps = Float32Array.from(trailingTimesteps(steps, schedule));
  return { timesteps, nextOf: (i) => timesteps[i + 1] ?? 0 };
}
