/**
 * From noise to latents: the sampler's steps, each with one answer of the guided model.
 */
import { UserError } from '../../base/errors.ts';
import type { Sampler } from '../../diffusion/samplers/index.ts';

export interface SamplingOptions {
  readonly sampler: Sampler;
  /** The guided model's answer to scaled latents at a timestep. */
  readonly predict: (x: Float32Array, timestep: number) => Promise<Float32Array>;
  /** Standard normal noise as large as the latents: the first draw begins the picture, the others feed the steps. */
  readonly drawNoise: () => Float32Array;
  /** Called after each step, with the latents that it made. */
  readonly onStep?: (done: number, latents: Float32Array) => void;
  /** Asked before each step. */
  readonly cancelled?: () => boolean;
}

/**
 * @returns the latents, times the VAE's scale; undefined if it was cancelled
 * @throws {UserError} generate/not-finite
 */
export async function sampleLatents(options: SamplingOptions): Promise<Float32Array | undefined> {
  const { sampler, predict, drawNoise, onStep, cancelled } = options;
  let x: Float32Array = drawNoise().map((value) => value * sampler.initialScale);
  for (const [i, timestep] of sampler.timesteps.entries()) {
    if (cancelled?.() === true) return undefined;
    const prediction = await predict(sampler.scaleModelInput(x, i), timestep);
    x = sampler.step(prediction, x, i, sampler.noiseDraws > 0 ? drawNoise() : undefined);
    requireFinite(x, `step ${i + 1}`);
    onStep?.(i + 1, x);
  }
  return x;
}

/** @throws {UserError} generate/not-finite, naming `place` */
export function requireFinite(values: ArrayLike<number>, place: string): void {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index])) throw notFinite(place);
  }
}

const notFinite = (place: string): UserError =>
  new UserError({
    code: 'generate/not-finite',
    what: `The model's answer is not a number (NaN) at ${place}, so there is no picture`,
    fix: 'Try it without the LoRA, or with a smaller weight and CFG scale. If it stays, the checkpoint is damaged: get it again.',
    details: { place },
  });
