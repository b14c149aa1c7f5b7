/**
 * Which timesteps and noise levels a sampler visits.
 *
 * Source: Lin et al. 2023, arXiv:2305.08891, table 2 (leading, linspace, trailing); Karras et al. 2022, arXiv:2206.00364, eq. 5.
 * Which sampler has which is the default of diffusers' scheduler of that name. Checked against diffusers 0.42:
 * test/golden/math/{samplers,sampler_algebra}.json.
 */
import { assert, must } from '../../base/errors.ts';
import type { NoiseSchedule } from '../noise-schedule.ts';
import { noiseLevels } from '../noise-schedule.ts';

/** The bend of the Karras spacing that its paper recommends. */
const KARRAS_RHO = 7;
/** A schedule that ends in pure noise has no finite last level; diffusers takes this ᾱ instead. */
const SMALLEST_ALPHA_BAR = 2 ** -24;

/** Zero terminal SNR. Sampling must begin at this very step: no other has been learned to begin a picture from nothing. */
export const endsInPureNoise = ({ alphasCumprod }: NoiseSchedule): boolean => alphasCumprod.at(-1) === 0;

/**
 * From the last timestep down, the first left out where it does not fit: t_i = round(N − i · N/n) − 1.
 *
 * What diffusers recommends for a schedule that ends in pure noise; "linspace" would end at timestep 0 as well, where
 * nothing is left to do.
 */
export function trailingTimesteps(steps: number, schedule: NoiseSchedule): number[] {
  const stride = schedule.steps / steps;
  return Array.from({ length: steps }, (_, i) => roundHalfEven(schedule.steps - i * stride) - 1);
}

/** Timesteps with the noise level of each, and the level after the last step. */
export interface Spacing {
  /** f32 [steps] */
  readonly timesteps: Float32Array;
  /** f32 [steps + 1], σ; the last is 0. */
  readonly sigmas: Float32Array;
}

/** f32 [steps of the schedule], every one finite. */
export function finiteNoiseLevels(schedule: NoiseSchedule): Float32Array {
  const alphasCumprod = schedule.alphasCumprod.map((alphaBar) => Math.max(alphaBar, SMALLEST_ALPHA_BAR));
  return noiseLevels({ ...schedule, alphasCumprod });
}

/**
 * `count` numbers from `first` to `last`, both included; `first` alone when the count is 1. Multiples of one step, as
 * numpy's linspace: where a timestep falls on a half, the last bit decides to which side it is rounded.
 */
export function evenlySpaced(first: number, last: number, count: number): number[] {
  const step = (last - first) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === 0 ? first : i === count - 1 ? last : first + i * step));
}

/** The levels at the given timesteps, the neighbours of a fractional one mixed linearly. */
export function spacingAt(timesteps: readonly number[], levels: Float32Array): Spacing {
  const steps = Float32Array.from(timesteps);
  return { timesteps: steps, sigmas: Float32Array.from([...Array.from(steps, (t) => levelAt(levels, t)), 0]) };
}

function levelAt(levels: Float32Array, timestep: number): number {
  const low = Math.floor(timestep);
  const lower = must(levels[low], `the noise level of timestep ${timestep}`);
  return lower + (timestep - low) * ((levels[low + 1] ?? lower) - lower);
}

/**
 * Levels that crowd where they are small, and the timesteps that have them:
 *
 *     σ_i = (σ_max^(1/7) + i/(n − 1) · (σ_min^(1/7) − σ_max^(1/7)))^7
 */
export function karrasSpacing(count: number, levels: Float32Array, roundTimesteps: boolean): Spacing {
  const root = (sigma: number | undefined): number => must(sigma, 'a noise level') ** (1 / KARRAS_RHO);
  const sigmas = evenlySpaced(root(levels.at(-1)), root(levels[0]), count).map((value) => value ** KARRAS_RHO);
  const logarithms = levels.map(Math.log);
  const timesteps = sigmas.map((sigma) => timestepOf(Math.log(sigma), logarithms));
  return {
    timesteps: Float32Array.from(roundTimesteps ? timesteps.map(roundHalfEven) : timesteps),
    sigmas: Float32Array.from([...sigmas, 0]),
  };
}

/** The fractional timestep that has a level, the logarithms of its neighbours mixed linearly. */
function timestepOf(logSigma: number, logarithms: Float32Array): number {
  let low = 0;
  while (low < logarithms.length - 2 && (logarithms[low + 1] as number) <= logSigma) low++;
  const lower = logarithms[low] as number;
  const share = (logSigma - lower) / ((logarithms[low + 1] as number) - lower);
  return low + Math.min(Math.max(share, 0), 1);
}

/** To the nearest whole number; a half to the even one, as Python does. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

export function checkSteps(steps: number, schedule: NoiseSchedule): void {
  assert(
    Number.isInteger(steps) && steps >= 1 && steps <= schedule.steps,
    `${steps} steps: 1 to ${schedule.steps} can be`,
  );
}
