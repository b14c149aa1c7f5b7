/**
 * What a sampler is: a list of timesteps, and the way from one noise level to the next given the model's answer.
 */
import type { NoiseSchedule } from '../noise-schedule.ts';

/** What the model says: the noise, or the velocity of SD 2.x 768-v and its relatives. */
export type Prediction = 'epsilon' | 'v_prediction';

export interface SamplerSettings {
  readonly schedule: NoiseSchedule;
  readonly prediction: Prediction;
  /** Number of model evaluations. */
  readonly steps: number;
}

/**
 * One picture's way (or one batch's) from noise to latents: `x = noise · initialScale`, then for each i in order
 * `x = step(model(scaleModelInput(x, i), timesteps[i]), x, i, noise)`. A sampler remembers earlier answers of the model
 * where its method needs them, so each picture takes a new one.
 */
export interface Sampler {
  /** f32 [steps], falling; some samplers go between whole timesteps. */
  readonly timesteps: Float32Array;
  /** What to multiply standard normal noise with to begin. */
  readonly initialScale: number;
  /**
   * How many steps want fresh noise, one array as large as the latents each, in the order of the steps: all or none.
   */
  readonly noiseDraws: number;
  scaleModelInput(x: Float32Array, i: number): Float32Array;
  /**
   * @param modelOutput  f32, like x: what the model predicts for `scaleModelInput(x, i)`
   * @param noise        f32, like x, standard normal: needed where `noiseDraws` is not 0
   * @returns the latents of the next, lower noise level
   */
  step(modelOutput: Float32Array, x: Float32Array, i: number, noise?: Float32Array): Float32Array;
}

/** Applies a formula to the elements of two arrays of one length. */
export function combine(a: Float32Array, b: Float32Array, formula: (a: number, b: number) => number): Float32Array {
  return a.map((value, i) => formula(value, b[i] as number));
}
