/**
 * The options of `lora-loom generate`, read from words.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { SAMPLER_NAMES, type SamplerName } from '../diffusion/samplers/index.ts';
import type { Provider } from '../exec/ort/executor.ts';
import { LARGEST_SIDE, SMALLEST_SIDE } from '../train/generation/picture-size.ts';
import { engine, guidance, MOST_STEPS, sampler, whole } from './option-values.ts';

export interface LoraChoice {
  readonly file: string;
  readonly weight: number;
}

export interface GenerateOptions {
  readonly model: string;
  readonly vae?: string;
  readonly lora: readonly LoraChoice[];
  readonly prompt: string;
  readonly negative: string;
  readonly seed?: number;
  readonly steps: number;
  readonly cfg: number;
  readonly sampler: SamplerName;
  readonly width?: number;
  readonly height?: number;
  readonly count: number;
  readonly out: string;
  readonly clipSkip: number;
  readonly vPrediction?: boolean;
  readonly engine: Provider;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Only the low 32 bits of a seed count, in PyTorch too. */
export const LARGEST_SEED = 2 ** 32 - 1;
const MOST_PICTURES = 10_000;
/** Far more than is read. Beyond some 20,000, ONNX Runtime 1.30 for Linux crashes at its first session: it looks at the command line. */
const MOST_CHARACTERS = 4000;

export function describeGenerate(): Command {
  const side = whole(SMALLEST_SIDE, LARGEST_SIDE);
  return new Command('generate')
    .description('Draws pictures from a prompt, with or without LoRAs.')
    .requiredOption(
      '--model <path>',
      'the checkpoint: a .safetensors file, a folder in the diffusers layout, or bundled:model',
    )
    .option('--vae <path>', "a VAE that replaces the checkpoint's own")
    .option('--lora <file[:weight]>', 'a LoRA and how strong it is (1 if left out); may be repeated', collectLora, [])
    .requiredOption('--prompt <text>', 'what the picture shows', promptText)
    .option('--negative <text>', 'what it does not show', promptText, '')
    .option('--seed <n>', 'the same seed gives the same picture; left out, one is drawn', whole(0, LARGEST_SEED))
    .option('--steps <n>', 'how often the model is asked', whole(1, MOST_STEPS), 30)
    .option('--cfg <x>', 'how closely it follows the prompt; 1 is without guidance', guidance, 7.5)
    .option('--sampler <name>', `one of ${SAMPLER_NAMES.join(', ')}`, sampler, 'ddim')
    .option('--width <n>', 'in pixels; left out, as the model was trained', side)
    .option('--height <n>', 'in pixels', side)
    .option('--count <n>', 'pictures to draw, each with the next seed', whole(1, MOST_PICTURES), 1)
    .requiredOption('--out <file>', 'the PNG file; several get a number each', pngFile)
    .option('--clip-skip <n>', "take the text encoder's layer this many from the end (not SDXL)", whole(1, 32), 1)
    .option('--v-prediction', 'the model predicts velocity (SD 2.x for 768 px), where the file does not say so')
    .addOption(new Option('--engine <name>', 'what computes; see "engines"').argParser(engine).default('cpu'))
    .option('--threads <n>', 'processor threads; left out, one for each core', whole(1, 1024))
    .option('--json', 'print one JSON object a line');
}

function promptText(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const found = text.length.toLocaleString('en-US');
  throw new InvalidArgumentError(
    `A prompt has at most ${MOST_CHARACTERS} characters, this has ${found}; the model reads 225 tokens.`,
  );
}

function pngFile(text: string): string {
  if (/[/\\]$|^$/.test(text)) throw new InvalidArgumentError('Give the name of a file, such as cat.png.');
  const ending = /\.[a-z]{2,5}$/i.exec(text)?.[0].toLowerCase();
  if (ending === undefined || ending === '.png') return text;
  throw new InvalidArgumentError('Pictures are written as PNG: let the name end in .png.');
}

/**
 * A weight stands after the last colon, and is a number: `C:\loras\cat.safetensors` has none.
 */
export function collectLora(text: string, earlier: readonly LoraChoice[]): readonly LoraChoice[] {
  if (text === '') throw new InvalidArgumentError('Give the file of a LoRA, such as cat.safetensors:0.8.');
  const [, file = text, weight] = /^(.+):([^:/\\]*)$/s.exec(text) ?? [];
  if (weight === undefined || /^[a-z]$/i.test(file)) return [...earlier, { file: text, weight: 1 }];
  const value = weight.trim() === '' ? Number.NaN : Number(weight);
  if (Math.abs(value) <= 1000) return [...earlier, { file, weight: value }];
  throw new InvalidArgumentError(`After the colon stands the weight, a number such as 0.8, not "${weight}".`);
}
