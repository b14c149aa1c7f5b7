/**
 * The text in a generated picture that says how it was made, as A1111 writes it under the PNG keyword "parameters" and
 * as most tools read it: the prompt, the negative prompt, and a line of settings.
 *
 * Format: lines of the prompt; "Negative prompt: " and its lines, if any; last a line of "Name: value" separated by ",
 * ", in which a value with a comma, a colon or a line break is a JSON string.
 */
import type { SamplePrompt } from './sample-prompts.ts';
import { SAMPLER_TITLES } from './samplers/index.ts';

export const PARAMETERS_KEYWORD = 'parameters';

export interface PictureOrigin {
  readonly prompt: Omit<SamplePrompt, 'seed'>;
  /** The one that was drawn, where the prompt had none. */
  readonly seed: number;
  /** Name of the checkpoint, without folder and ending. */
  readonly model?: string;
  /** First ten digits of the checkpoint's SHA-256, as A1111 shows it. */
  readonly modelHash?: string;
  readonly loras?: readonly { readonly name: string; readonly weight: number }[];
  readonly clipSkip?: number;
  /** What drew it, for example "LoRA Loom 0.1.0". */
  readonly version: string;
}

export function pictureParameters(origin: PictureOrigin): string {
  const { prompt, loras = [] } = origin;
  const tags = loras.map(({ name, weight }) => `<lora:${name}:${weight}>`);
  const negative = prompt.negativePrompt === '' ? [] : [`Negative prompt: ${prompt.negativePrompt}`];
  return [[prompt.prompt, ...tags].filter(Boolean).join(' '), ...negative, settingsLine(origin)].join('\n');
}

function settingsLine({ prompt, seed, model, modelHash, clipSkip, version }: PictureOrigin): string {
  const settings: readonly (readonly [string, string | number | undefined])[] = [
    ['Steps', prompt.steps],
    ['Sampler', SAMPLER_TITLES[prompt.sampler]],
    ['CFG scale', prompt.scale],
    ['Seed', seed],
    ['Size', `${prompt.width}x${prompt.height}`],
    ['Model hash', modelHash],
    ['Model', model],
    // A1111 leaves it out where it is the usual 1.
    ['Clip skip', clipSkip === 1 ? undefined : clipSkip],
    ['Version', version],
  ];
  return settings
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${quoted(String(value))}`]))
    .join(', ');
}

const quoted = (value: string): string => (/[,:\n]/u.test(value) ? JSON.stringify(value) : value);
