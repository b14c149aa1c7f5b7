/**
 * The samplers by name, and the names that other programs have for them.
 */
import { ddim } from './ddim.ts';
import { dpmSolver2M, dpmSolver2MKarras } from './dpm-solver.ts';
import { euler, eulerAncestral, eulerKarras } from './euler.ts';
import type { Sampler, SamplerSettings } from './sampler.ts';

export type { Prediction, Sampler, SamplerSettings } from './sampler.ts';

const SAMPLERS = {
  ddim,
  euler,
  euler_karras: eulerKarras,
  euler_a: eulerAncestral,
  dpmpp_2m: dpmSolver2M,
  dpmpp_2m_karras: dpmSolver2MKarras,
} satisfies Record<string, (settings: SamplerSettings) => Sampler>;

export type SamplerName = keyof typeof SAMPLERS;

export const SAMPLER_NAMES = Object.keys(SAMPLERS) as readonly SamplerName[];

/**
 * @throws {InternalError} if the steps are not 1 to the schedule's count
 */
export const createSampler = (name: SamplerName, settings: SamplerSettings): Sampler => SAMPLERS[name](settings);

/** Names in A1111, for people and for the text in a picture. */
export const SAMPLER_TITLES: Readonly<Record<SamplerName, string>> = {
  ddim: 'DDIM',
  euler: 'Euler',
  euler_karras: 'Euler Karras',
  euler_a: 'Euler a',
  dpmpp_2m: 'DPM++ 2M',
  dpmpp_2m_karras: 'DPM++ 2M Karras',
};

/** sd-scripts' names that mean one of ours; sd-scripts' dpmsolver++ is the multistep solver of order 2. */
const OTHER_NAMES: Readonly<Record<string, SamplerName>> = {
  k_euler: 'euler',
  k_euler_a: 'euler_a',
  'dpmsolver++': 'dpmpp_2m',
};

/** Our name for a sampler as sd-scripts, A1111 or we call it, in any case; undefined where we do not have it. */
export function samplerNamed(text: string): SamplerName | undefined {
  const wanted = text.trim().toLowerCase();
  const own = SAMPLER_NAMES.find((name) => name === wanted || SAMPLER_TITLES[name].toLowerCase() === wanted);
  return own ?? (Object.hasOwn(OTHER_NAMES, wanted) ? OTHER_NAMES[wanted] : undefined);
}
