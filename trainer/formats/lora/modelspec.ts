/**
 * The `modelspec.*` metadata of a LoRA or of a whole checkpoint: what model pickers show.
 *
 * Source: Stability-AI/ModelSpec README (1.0.1); values from sd-scripts library/sai_model_spec.py.
 */
import type { PredictionType } from '../checkpoint/types.ts';
import type { Family } from '../configs.ts';

export interface ModelspecFacts {
  readonly family: Family;
  readonly predictionType: PredictionType;
  readonly resolution: { readonly width: number; readonly height: number };
  readonly title: string;
  /** ISO 8601 without fractions of a second, local time: 2024-09-11T15:17:43. */
  readonly date: string;
  /** Of this program. */
  readonly version: string;
  readonly author?: string;
  readonly description?: string;
  readonly license?: string;
  readonly tags?: string;
  readonly triggerPhrase?: string;
  readonly timestepRange?: { readonly min: number; readonly max: number };
  readonly clipSkip?: number;
}

/** `checkpoint`: a single file in the layout of Stability. */
export type Product = 'lora' | 'checkpoint';

function architectureOf(family: Family, predictionType: PredictionType): string {
  switch (family) {
    case 'sd1':
      return 'stable-diffusion-v1';
    case 'sd2':
      return predictionType === 'epsilon' ? 'stable-diffusion-v2-512' : 'stable-diffusion-v2-768-v';
    case 'sdxl':
      return 'stable-diffusion-xl-v1-base';
  }
}

const STABILITY = 'https://github.com/Stability-AI/generative-models';

export function modelspecMetadata(facts: ModelspecFacts, product: Product = 'lora'): Record<string, string> {
  const { family, predictionType, resolution, timestepRange, clipSkip } = facts;
  const fields: Readonly<Record<string, string | undefined>> = {
    sai_model_spec: '1.0.1',
    architecture: architectureOf(family, predictionType) + (product === 'lora' ? '/lora' : ''),
    implementation: family === 'sdxl' || product === 'checkpoint' ? STABILITY : 'diffusers',
    implementation_version: `lora-loom/${facts.version}`,
    title: facts.title,
    resolution: `${resolution.width}x${resolution.height}`,
    date: facts.date,
    prediction_type: predictionType === 'epsilon' ? 'epsilon' : 'v',
    author: facts.author,
    description: facts.description,
    license: facts.license,
    tags: facts.tags,
    trigger_phrase: facts.triggerPhrase,
    timestep_range: timestepRange && `${timestepRange.min},${timestepRange.max}`,
    encoder_layer: clipSkip === undefined ? undefined : String(clipSkip),
  };
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [`modelspec.${key}`, value]));
}
