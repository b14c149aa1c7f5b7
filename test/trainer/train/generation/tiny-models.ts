/**
 * The tiny checkpoints as models to draw with, on ONNX Runtime's processor engine, counting what is open.
 */
import { createOrtExecutor } from '../../../../trainer/exec/ort/executor.ts';
import type { Executor } from '../../../../trainer/exec/executor.ts';
import { STABLE_DIFFUSION } from '../../../../trainer/formats/checkpoint/scheduler-config.ts';
import { loadTokenizer } from '../../../../trainer/platform/assets.ts';
import { machineFiles } from '../../../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../../../trainer/platform/onnxruntime.ts';
import type { DrawingModel } from '../../../../trainer/train/generation/model.ts';
import { openGolden, type FAMILIES } from '../../../golden/model-goldens.ts';

export interface CountingExecutor extends Executor {
  readonly programs: { compiled: number; open: number };
}

export async function countingExecutor(): Promise<CountingExecutor> {
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 2 });
  const programs = { compiled: 0, open: 0 };
  return {
    name: executor.name,
    programs,
    compile: async (graph, options) => {
      const program = await executor.compile(graph, options);
      programs.compiled++;
      programs.open++;
      return {
        run: (feeds) => program.run(feeds),
        [Symbol.asyncDispose]: async () => {
          programs.open--;
          await program[Symbol.asyncDispose]();
        },
      };
    },
  };
}

export interface TinyModel extends DrawingModel {
  readonly executor: CountingExecutor;
}

export async function tinyModel(
  family: (typeof FAMILIES)[number],
  changes: Partial<DrawingModel> = {},
): Promise<TinyModel> {
  const { checkpoint } = await openGolden(family);
  return {
    checkpoint,
    tokenizer: await loadTokenizer(machineFiles()),
    prediction: checkpoint.predictionType ?? 'epsilon',
    noiseSchedule: STABLE_DIFFUSION,
    clipSkip: 1,
    loras: [],
    ...changes,
    executor: await countingExecutor(),
  };
}
