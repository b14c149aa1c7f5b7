/**
 * The options of `lora-loom evaluate`, read from words.
 */
import { Command, Option } from 'commander';
import { SAMPLER_NAMES, type SamplerName } from '../diffusion/samplers/index.ts';
import type { Provider } from '../exec/ort/executor.ts';
import { LARGEST_SIDE, SMALLEST_SIDE } from '../train/generation/picture-size.ts';
import { engine, guidance, MOST_STEPS, sampler, whole } from './option-values.ts';

export interface EvaluateOptions {
  readonly model: string;
  readonly concepts?: string;
  readonly data?: string;
  readonly seeds: number;
  readonly steps: number;
  readonly scale: number;
  readonly sampler: SamplerName;
  readonly size?: number;
  readonly limit?: number;
  readonly composition?: string;
  readonly inception?: string;
  readonly out?: string;
  readonly vPrediction?: boolean;
  readonly engine: Provider;
  readonly threads?: number;
  readonly json?: boolean;
}

const MOST_SEEDS = 100;
const MOST_PROMPTS = 1e6;

export function describeEvaluate(): Command {
  return new Command('evaluate')
    .description('Measures how well a model draws what it was trained on: draws each prompt and compares the pictures.')
    .option(
      '--model <path>',
      'the checkpoint: a .safetensors file, or a folder in the diffusers layout',
      'bundled:model',
    )
    .option('--concepts <file>', "the concepts.json beside the base model's training pictures")
    .option('--data <folder>', 'or any folder of training pictures with captions, each caption a prompt')
    .option('--seeds <n>', 'pictures of each prompt', whole(1, MOST_SEEDS), 2)
    .option('--steps <n>', 'how often the model is asked', whole(1, MOST_STEPS), 20)
    .option('--scale <x>', 'how closely it follows the prompt; 1 is without guidance', guidance, 2)
    .option('--sampler <name>', `one of ${SAMPLER_NAMES.join(', ')}`, sampler, 'ddim')
    .option(
      '--size <n>',
      'side of the pictures in pixels; left out, as the model was trained',
      whole(SMALLEST_SIDE, LARGEST_SIDE),
    )
    .option('--limit <n>', 'draw so many prompts at most, spread over all', whole(1, MOST_PROMPTS))
    .option('--composition <file>', 'prompts of things never seen together, as JSON; left out, those of the base model')
    .option('--inception <file>', 'InceptionV3 weights as FID uses them, .safetensors: adds FID and inception score')
    .option('--out <folder>', 'write contact sheets there, of the prompts and of the composition prompts')
    .option('--v-prediction', 'the model predicts velocity (SD 2.x for 768 px), where the file does not say so')
    .addOption(new Option('--engine <name>', 'what computes; see "engines"').argParser(engine).default('cpu'))
    .option('--threads <n>', 'processor threads; left out, one for each core', whole(1, 1024))
    .option('--json', 'print JSON');
}
