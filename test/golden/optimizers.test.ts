/**
 * The optimizers against PyTorch and lion-pytorch over 40 steps of a stated problem: the gradient of step s is
 * parameter - target + noise[s].
 */
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, type F32Tensor } from '../../trainer/base/tensor.ts';
import type { Executor, Program } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { createReferenceExecutor } from '../../trainer/exec/reference/index.ts';
import type { Optimizer } from '../../trainer/optim/optimizer.ts';
import { createOptimizer, parseOptimizer } from '../../trainer/optim/optimizers.ts';
import { goldenJson, goldenTensors, largestMagnitude, maxDifference } from './math-goldens.ts';

const PARAMETERS = ['down', 'up', 'scale'] as const;
const KEPT_STEPS = [1, 2, 5, 10, 20, 40];

/** The golden's name and what it was made with, written as a job would. */
const CASES = {
  adamw: { type: 'AdamW', args: ['betas=0.9,0.999', 'eps=1e-8', 'weight_decay=0.01'] },
  // Without weight decay, Adam and AdamW are the same.
  adam: { type: 'AdamW', args: ['weight_decay=0'] },
  sgd_nesterov: { type: 'SGDNesterov', args: ['weight_decay=0.01'] },
  lion: { type: 'lion', args: ['weight_decay=0.01'] },
} as const;

const { settings } = goldenJson<{ settings: Record<string, { args: { lr: number } }> }>('optimizers.json');
const expected = goldenTensors('optimizers.safetensors');
const problem = goldenTensors('optimizers_problem.safetensors');

const EXECUTORS = [createReferenceExecutor(), createOrtExecutor(ort, { provider: 'cpu', threads: 1 })];

describe.each(EXECUTORS)('on the $name executor', (executor) => {
  test.each(Object.entries(CASES))('%s takes the same 40 steps as the Python library', async (name, { type, args }) => {
    const optimizer = createOptimizer(parseOptimizer(type, args));
    const found = await descend(executor, optimizer, must(settings[name], name).args.lr);
    for (const [step, parameters] of found) {
      for (const parameter of PARAMETERS) {
        const golden = must(expected.get(`${name}.${step}.${parameter}`), parameter);
        const error = maxDifference(must(parameters.get(parameter), parameter), golden) / largestMagnitude(golden);
        // f32 state on both sides; AdamW's quotient of two small moments enlarges the roundings some tenfold.
        expect(error, `${parameter} after step ${step}`).toBeLessThan(2e-6);
      }
    }
  });
});

/** The parameters after each kept step. */
async function descend(
  executor: Executor,
  optimizer: Optimizer,
  learningRate: number,
): Promise<Map<number, Map<string, Float32Array>>> {
  await using program = await executor.compile(optimizer.graph);
  const kept = new Map(KEPT_STEPS.map((step) => [step, new Map<string, Float32Array>()]));
  for (const name of PARAMETERS) {
    const start = must(problem.get(`start.${name}`), name);
    let parameter = f32([start.length], start);
    let state = optimizer.stateNames.map((key) => [key, f32([start.length], new Float32Array(start.length))] as const);
    for (let step = 1; step <= 40; step++) {
      const feeds = {
        parameter,
        gradient: gradientAt(name, step, parameter),
        ...Object.fromEntries(state),
        ...optimizer.scalars({ step, learningRate, gradientScale: 1 }),
      };
      const outputs = await runStep(program, feeds);
      parameter = must(outputs['parameter'], 'parameter');
      state = optimizer.stateNames.map((key) => [key, must(outputs[key], key)] as const);
      kept.get(step)?.set(name, parameter.data);
    }
  }
  return kept;
}

const runStep = async (program: Program, feeds: Record<string, F32Tensor>): Promise<Record<string, F32Tensor>> =>
  (await program.run(feeds)) as Record<string, F32Tensor>;

function gradientAt(name: string, step: number, parameter: F32Tensor): F32Tensor {
  const [target, noise] = [must(problem.get(`target.${name}`), name), must(problem.get(`noise.${name}`), name)];
  const count = parameter.data.length;
  return f32(
    [count],
    parameter.data.map(
      (value, at) => value - must(target[at], 'target') + must(noise[(step - 1) * count + at], 'noise'),
    ),
  );
}
