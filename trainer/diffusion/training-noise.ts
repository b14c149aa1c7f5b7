/**
 * The noise of a training step: Gaussian, and the variants that teach a model very dark and very bright pictures.
 *
 * Source: crosslabs.org "diffusion with offset noise" (noise_offset); J. Whitaker, "multi-resolution noise for
 * diffusion model training" (multires_noise); Ning et al. 2023, arXiv:2301.11706 (ip_noise_gamma); names and order from
 * sd-scripts. Checked against its formulas under torch: test/golden/math/training_noise.json.
 */
import { assert } from '../base/errors.ts';
import type { Generator } from '../base/random.ts';
import type { Rng } from '../base/rng.ts';

/** sd-scripts' options of the same names; one that is left out, 0 or false changes nothing. */
export interface TrainingNoiseSettings {
  /** Adds this times one normal number per sample and channel. */
  readonly noiseOffset?: number;
  /** Draws the offset anew each time, from 0 to `noiseOffset`. */
  readonly noiseOffsetRandomStrength?: boolean;
  /** Adds this times the absolute channel mean of the latents to the offset, which never falls below 0. */
  readonly adaptiveNoiseScale?: number;
  readonly multiresNoiseIterations?: number;
  readonly multiresNoiseDiscount?: number;
  /** The UNet's input gets this much more noise than the target says. */
  readonly ipNoiseGamma?: number;
  readonly ipNoiseGammaRandomStrength?: boolean;
}

/** Axes of latents: B samples, C channels, h rows, w columns. */
export interface LatentShape {
  readonly samples: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface TrainingNoise {
  /** f32 [B, C, h, w]: what the model shall find. */
  readonly target: Float32Array;
  /** f32 [B, C, h, w]: what is mixed into its input; the same array unless ip_noise_gamma is set. */
  readonly input: Float32Array;
}

/** sd-scripts' default for `multires_noise_discount`. */
const DEFAULT_DISCOUNT = 0.3;

/**
 * Draws the noise of one micro-batch, in sd-scripts' order: Gaussian, offset, multires, input perturbation.
 *
 * @param latents  f32 [B, C, h, w], looked at for `adaptiveNoiseScale` only
 * @throws {InternalError} if the latents do not have the shape
 */
export function drawTrainingNoise(
  generator: Generator,
  latents: Float32Array,
  shape: LatentShape,
  settings: TrainingNoiseSettings,
): TrainingNoise {
  const count = shape.samples * shape.channels * shape.height * shape.width;
  assert(latents.length === count, `${latents.length} latents, ${count} expected`);
  let target = generator.normals(count);
  if (settings.noiseOffset) addOffset(generator, target, latents, shape, settings);
  if (settings.multiresNoiseIterations) target = addPyramid(generator, target, shape, settings);
  return { target, input: settings.ipNoiseGamma ? perturbed(generator, target, settings) : target };
}

/** One timestep a sample, each equally likely in [from, to). */
export function drawTimesteps(rng: Rng, samples: number, from: number, to: number): Int32Array {
  assert(to > from, `no timesteps from ${from} to ${to}`);
  return Int32Array.from({ length: samples }, () => from + rng.below(to - from));
}

/** ε += offset · n, with n one normal number per sample and channel. */
function addOffset(
  generator: Generator,
  noise: Float32Array,
  latents: Float32Array,
  { samples, channels, height, width }: LatentShape,
  { noiseOffset = 0, noiseOffsetRandomStrength, adaptiveNoiseScale }: TrainingNoiseSettings,
): void {
  const strength = noiseOffset * (noiseOffsetRandomStrength ? generator.uniform() : 1);
  const draws = generator.normals(samples * channels);
  const area = height * width;
  draws.forEach((draw, plane) => {
    const start = plane * area;
    let offset = strength;
    if (adaptiveNoiseScale !== undefined) {
      const mean = latents.subarray(start, start + area).reduce((sum, value) => sum + value, 0) / area;
      offset = Math.max(0, strength + adaptiveNoiseScale * Math.abs(mean));
    }
    for (let i = start; i < start + area; i++) noise[i] = (noise[i] as number) + offset * draw;
  });
}

/**
 * Adds coarser and coarser noise, then divides by the standard deviation of the whole batch:
 *
 *     ε += discount^i · enlarge(n_i),  n_i of size (h, w)/r^i with r drawn anew in [2, 4),  until a side is 1
 */
function addPyramid(
  generator: Generator,
  base: Float32Array,
  shape: LatentShape,
  { multiresNoiseIterations = 0, multiresNoiseDiscount = DEFAULT_DISCOUNT }: TrainingNoiseSettings,
): Float32Array {
  const sum = Float64Array.from(base);
  const planes = shape.samples * shape.channels;
  for (let i = 0; i < multiresNoiseIterations; i++) {
    const shrink = (generator.uniform() * 2 + 2) ** i;
    const height = Math.max(1, Math.trunc(shape.height / shrink));
    const width = Math.max(1, Math.trunc(shape.width / shrink));
    const coarse = generator.normals(planes * height * width);
    addEnlarged(sum, coarse, { ...shape, height, width }, shape, multiresNoiseDiscount ** i);
    if (height === 1 || width === 1) break;
  }
  const deviation = standardDeviation(sum);
  return Float32Array.from(sum, (value) => value / deviation);
}

/** target += weight · source, enlarged bilinearly with the corners of the outermost cells aligned. */
function addEnlarged(
  target: Float64Array,
  source: Float32Array,
  from: LatentShape,
  to: LatentShape,
  weight: number,
): void {
  const rows = sourcePositions(from.height, to.height);
  const columns = sourcePositions(from.width, to.width);
  let i = 0;
  for (let plane = 0; plane < to.samples * to.channels; plane++) {
    for (const row of rows) {
      const upper = (plane * from.height + row.low) * from.width;
      const lower = (plane * from.height + row.high) * from.width;
      for (const column of columns) {
        const top = between(source, upper + column.low, upper + column.high, column.share);
        const bottom = between(source, lower + column.low, lower + column.high, column.share);
        target[i] = (target[i] as number) + weight * (top + (bottom - top) * row.share);
        i++;
      }
    }
  }
}

const between = (values: Float32Array, low: number, high: number, share: number): number =>
  (values[low] as number) * (1 - share) + (values[high] as number) * share;

/** For each of `to` places, the two neighbours among `from` and the share of the second. */
function sourcePositions(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const position = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(position), from - 1);
    return { low, high: Math.min(low + 1, from - 1), share: position - low };
  });
}

/** With n − 1 in the denominator, as torch.std. */
function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** ε + γ · n with n drawn anew. */
function perturbed(
  generator: Generator,
  noise: Float32Array,
  { ipNoiseGamma = 0, ipNoiseGammaRandomStrength }: TrainingNoiseSettings,
): Float32Array {
  const strength = ipNoiseGamma * (ipNoiseGammaRandomStrength ? generator.uniform() : 1);
  const more = generator.normals(noise.length);
  return noise.map((value, i) => value + strength * (more[i] as number));
}
