/**
 * Values of options that more than one command takes, read from words.
 */
import { InvalidArgumentError } from 'commander';
import { nearestNames } from '../base/nearest-name.ts';
import { SAMPLER_NAMES, samplerNamed, type SamplerName } from '../diffusion/samplers/index.ts';
import type { Provider } from '../exec/ort/executor.ts';
import { isProvider } from '../platform/engines.ts';

export const MOST_STEPS = 1000;

export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

export function guidance(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1000) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1000, such as 7.5.');
}

export function sampler(text: string): SamplerName {
  const name = samplerNamed(text);
  if (name !== undefined) return name;
  const [nearest] = nearestNames(text, SAMPLER_NAMES);
  const advice = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  throw new InvalidArgumentError(`The samplers are ${SAMPLER_NAMES.join(', ')}.${advice}`);
}

export function engine(text: string): Provider {
  if (isProvider(text)) return text;
  throw new InvalidArgumentError('The engines are cpu, webgpu, cuda, dml and coreml; "lora-loom engines" tries them.');
}
