/**
 * The training step of a checkpoint, compiled and ready to run.
 */
import type { Executor, Program } from '../exec/executor.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import type { Bindings } from '../graph/dims.ts';
import { checkpointWeights, type CheckpointWeights } from '../models/checkpoint-weights.ts';
import { buildStep, type StepGraph, type StepSpec } from './step-graph.ts';

export type StepChoices = Omit<StepSpec, 'unet' | 'textEncoders'>;

export interface StepProgram extends StepGraph, Program {}

/** @param largest the largest B, h and w that will be fed */
export async function compileStep(
  executor: Executor,
  checkpoint: Checkpoint,
  choices: StepChoices,
  largest: Bindings = {},
): Promise<StepProgram> {
  let weights: CheckpointWeights | undefined;
  const step = buildStep(stepSpec(checkpoint, choices), (g) => {
    weights = checkpointWeights(g, checkpoint, choices.trained === undefined ? {} : { trained: choices.trained });
    return weights;
  });
  const program = await executor.compile(step.graph, { weights: weights?.sources ?? new Map(), largest });
  return {
    ...step,
    run: (feeds) => program.run(feeds),
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

export const stepSpec = (checkpoint: Checkpoint, choices: StepChoices): StepSpec => ({
  ...choices,
  unet: checkpoint.unet.config,
  textEncoders: checkpoint.textEncoders.map(({ config }) => config),
});
