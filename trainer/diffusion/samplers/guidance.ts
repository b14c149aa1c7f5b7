/**
 * Classifier-free guidance: away from the negative prompt, through and beyond the prompt.
 */
import { combine } from './sampler.ts';

/**
 *     ε̂ = ε_negative + scale · (ε_prompt − ε_negative)
 *
 * @param negative  the model's answer to the negative (or empty) prompt
 * @param prompt    the model's answer to the prompt, of the same shape
 * @param scale     1: the prompt alone
 * @see Ho and Salimans 2022, arXiv:2207.12598, eq. 6, with w = scale − 1
 */
export const guide = (negative: Float32Array, prompt: Float32Array, scale: number): Float32Array =>
  combine(negative, prompt, (away, towards) => away + scale * (towards - away));
