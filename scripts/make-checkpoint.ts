/**
 * Writes a checkpoint of the true layout with random weights, for development:
 *
 *     tsx scripts/make-checkpoint.ts --family sd1 --size tiny --layout ldm --dtype f16 --seed 1 --out model.safetensors
 */
import { Command, Option } from 'commander';
import type { FloatDType } from '../trainer/base/dtype.ts';
import { UserError } from '../trainer/base/errors.ts';
import type { Layout } from '../trainer/formats/checkpoint/types.ts';
import type { Family } from '../trainer/formats/configs.ts';
import type { CheckpointSize } from '../trainer/formats/random-checkpoint/sizes.ts';
import { writeRandomCheckpoint } from '../trainer/formats/random-checkpoint/write.ts';
import { machineFiles } from '../trainer/platform/files.ts';

interface Options {
  readonly family: Family;
  readonly size: CheckpointSize;
  readonly layout: Layout;
  readonly dtype: Lowercase<FloatDType>;
  readonly seed: number;
  readonly out: string;
}

const program = new Command('make-checkpoint')
  .description('Writes a checkpoint of the true layout with random weights.')
  .addOption(new Option('--family <family>').choices(['sd1', 'sd2', 'sdxl']).default('sd1'))
  .addOption(new Option('--size <size>').choices(['tiny', 'full']).default('tiny'))
  .addOption(new Option('--layout <layout>', 'one file or a folder').choices(['ldm', 'diffusers']).default('ldm'))
  .addOption(new Option('--dtype <dtype>').choices(['f32', 'f16', 'bf16']).default('f32'))
  .addOption(new Option('--seed <n>').argParser(Number).default(0))
  .requiredOption('--out <path>', 'the file, or for diffusers the folder')
  .parse();

const { family, size, layout, dtype, seed, out } = program.opts<Options>();
try {
  const started = performance.now();
  const name = dtype.toUpperCase() as FloatDType;
  await writeRandomCheckpoint(machineFiles(), out, { family, size, layout, dtype: name, seed });
  console.log(`Wrote ${out} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
