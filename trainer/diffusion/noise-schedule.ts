/**
 * How much noise a picture carries at each timestep.
 *
 * Source: Ho et al. 2020, arXiv:2006.11239 (linear, mixing); Rombach et al. 2022, arXiv:2112.10752 (scaled linear);
 * Nichol and Dhariwal 2021, arXiv:2102.09672 (cosine); Lin et al. 2023, arXiv:2305.08891 (zero terminal SNR, algorithm
 * 1). Every operation rounds to f32 as diffusers' does, because 1 − ᾱ cancels at early timesteps and the zero-terminal
 * rescale divides by nearly 0. Checked against diffusers 0.42: test/golden/full/noise_schedules.json,
 * test/golden/math/{losses,add_noise}.json.
 */
import { assert, must } from '../base/errors.ts';
import { STABLE_DIFFUSION, type NoiseScheduleSettings } from '../formats/checkpoint/scheduler-config.ts';

export interface NoiseSchedule {
  readonly steps: number;
  /** f32 [steps], variance added at each step. */
  readonly betas: Float32Array;
  /** f32 [steps], ᾱ: the share of the picture's variance that is left, from nearly 1 down to nearly 0. */
  readonly alphasCumprod: Float32Array;
  /**
   * f32 [steps], ᾱ/(1 − ᾱ): the table that loss weights use. As in sd-scripts, it is taken before the zero-terminal
   * rescale, so its last value is never 0.
   */
  readonly snr: Float32Array;
}

const { fround } = Math;
/** The cosine curve's β never exceeds this, so that the last step stays invertible. */
const LARGEST_BETA = 0.999;

export function createNoiseSchedule(settings: NoiseScheduleSettings = STABLE_DIFFUSION): NoiseSchedule {
  const { steps, zeroTerminalSnr } = settings;
  assert(Number.isInteger(steps) && steps >= 2, `a noise schedule needs 2 steps or more, not ${steps}`);
  const plainBetas = betaCurve(settings);
  const plain = cumulativeAlphas(plainBetas);
  const betas = zeroTerminalSnr ? rescaleToZeroTerminalSnr(plain) : plainBetas;
  return { steps, betas, alphasCumprod: zeroTerminalSnr ? cumulativeAlphas(betas) : plain, snr: signalToNoise(plain) };
}

function betaCurve({ curve, betaStart, betaEnd, steps }: NoiseScheduleSettings): Float32Array {
  switch (curve) {
    case 'linear':
      return evenly(betaStart, betaEnd, steps);
    case 'scaled_linear':
      return evenly(Math.sqrt(betaStart), Math.sqrt(betaEnd), steps).map((root) => root * root);
    case 'cosine':
      return Float32Array.from({ length: steps }, (_, i) => cosineBeta(i / steps, (i + 1) / steps));
    case 'sigmoid':
      return evenly(-6, 6, steps).map((x) => fround(sigmoid(x) * fround(betaEnd - betaStart)) + fround(betaStart));
  }
}

const sigmoid = (x: number): number => fround(1 / (1 + Math.exp(-x)));

/** β between two moments in [0, 1] of ᾱ(t) = cos²((t + 0.008)/1.008 · π/2). */
function cosineBeta(from: number, to: number): number {
  const alphaBar = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Math.min(1 - alphaBar(to) / alphaBar(from), LARGEST_BETA);
}

/** `torch.linspace`: f32, counted from the nearer end. */
function evenly(start: number, end: number, count: number): Float32Array {
  const [first, last] = [fround(start), fround(end)];
  const step = fround(fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + step * i : last - step * (count - 1 - i),
  );
}

/** ᾱ_t = Π_{s ≤ t} (1 − β_s): multiplied in f64, each stored as f32. */
function cumulativeAlphas(betas: Float32Array): Float32Array {
  let product = 1;
  return betas.map((beta) => (product *= fround(1 - beta)));
}

/** Shifts and stretches √ᾱ so that it ends at 0 and begins where it did; gives the β that lead there. */
function rescaleToZeroTerminalSnr(alphasCumprod: Float32Array): Float32Array {
  const roots = alphasCumprod.map(Math.sqrt);
  const first = must(roots[0], 'the first step');
  const last = must(roots.at(-1), 'the last step');
  const stretch = fround(first / fround(first - last));
  const alphaBars = roots.map((root) => fround(fround(root - last) * stretch)).map((root) => root * root);
  return alphaBars.map((alphaBar, t) => 1 - (t === 0 ? alphaBar : fround(alphaBar / must(alphaBars[t - 1], 'a step'))));
}

/** SNR_t = (√ᾱ_t / √(1 − ᾱ_t))². */
function signalToNoise(alphasCumprod: Float32Array): Float32Array {
  return alphasCumprod.map((alphaBar) => {
    const ratio = fround(fround(Math.sqrt(alphaBar)) / fround(Math.sqrt(fround(1 - alphaBar))));
    return ratio * ratio;
  });
}

/** f32 [steps], σ_t = √((1 − ᾱ_t)/ᾱ_t): the noise level in the words of the k-diffusion samplers. */
export function noiseLevels({ alphasCumprod }: NoiseSchedule): Float32Array {
  return alphasCumprod.map((alphaBar) => Math.sqrt(fround(fround(1 - alphaBar) / alphaBar)));
}

/**
 * The factors of picture and noise in a noisy picture, and in what a velocity model is trained to say, by timestep: each
 * f32 [steps].
 *
 *     x_t = signal·x_0 + noise·ε        v = signal·ε − noise·x_0
 *
 * @see Ho et al. 2020, arXiv:2006.11239, eq. 4; Salimans and Ho 2022, arXiv:2202.00512, appendix D
 */
export interface MixingTable {
  /** √ᾱ_t */
  readonly signal: Float32Array;
  /** √(1 − ᾱ_t) */
  readonly noise: Float32Array;
}

export const mixingTable = ({ alphasCumprod }: NoiseSchedule): MixingTable => ({
  signal: alphasCumprod.map(Math.sqrt),
  noise: alphasCumprod.map((alphaBar) => Math.sqrt(fround(1 - alphaBar))),
});
