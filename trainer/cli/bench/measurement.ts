/**
 * One measurement, in a process of its own: from opening the checkpoint to the last of a few training steps.
 */
import { must } from '../../base/errors.ts';
import type { Clock, Files } from '../../base/ports.ts';
import { createGenerator } from '../../base/random.ts';
import { elementCount, f32, type F32Tensor } from '../../base/tensor.ts';
import type { Executor, Feeds, Program } from '../../exec/executor.ts';
import { openCheckpoint } from '../../formats/checkpoint/open.ts';
import { createBuilder } from '../../graph/builder.ts';
import { evaluateShape, type Bindings } from '../../graph/dims.ts';
import { leafName, type Graph } from '../../graph/graph.ts';
import { countOperations } from '../../graph/operations.ts';
import { initialiseLora } from '../../lora/initialise.ts';
import { layoutLora } from '../../lora/layout.ts';
import { parameterFeeds } from '../../optim/parameters.ts';
import { loraModules } from '../../lora/modules.ts';
import { compileStep, type StepChoices } from '../../train/step-program.ts';

export interface BenchCase {
  readonly checkpoint: string;
  /** Pixels of a side. */
  readonly resolution: number;
  readonly batch: number;
  readonly gradientCheckpointing: boolean;
  readonly steps: number;
}

export interface Measurement {
  readonly case: BenchCase;
  /** Of each step; the first also touches the weights for the first time. */
  readonly stepSeconds: readonly number[];
  /** From the checkpoint's path until the first step begins. */
  readonly startSeconds: number;
  /** Floating-point operations of a step's matrix products, convolutions and attention. */
  readonly operations: number;
  /** Floating-point operations a second of a matrix product, measured before and after the steps. */
  readonly yardstick: number;
  /** Bytes, the most that the process ever held. */
  readonly peakMemory: number;
}

export interface BenchMachine {
  readonly files: Files;
  readonly clock: Clock;
  readonly executor: Executor;
  /** Bytes, the most that this process has held so far. */
  readonly peakMemory: () => number;
}

export const RANK = 16;

/** What is measured: LoRA of rank 16 on every layer that Kohya trains in the UNet; the text is encoded beforehand. */
export const BENCH_CHOICES: Omit<StepChoices, 'modules' | 'gradientCheckpointing'> = {
  prediction: 'epsilon',
  textInside: false,
  windows: 1,
  clipSkip: 1,
};

export const benchSizes = (resolution: number, batch: number): Bindings => ({
  B: batch,
  h: resolution / 8,
  w: resolution / 8,
});

export async function measure(machine: BenchMachine, bench: BenchCase): Promise<Measurement> {
  const { clock, executor } = machine;
  const started = clock.seconds();
  const checkpoint = await openCheckpoint(machine.files, bench.checkpoint);
  const sizes = { kind: 'chosen', linear: { rank: RANK, alpha: RANK } } as const;
  const modules = loraModules(checkpoint, sizes).filter(({ part }) => part === 'unet');
  const layout = layoutLora(modules);
  const bindings = benchSizes(bench.resolution, bench.batch);
  const choices = { ...BENCH_CHOICES, modules, gradientCheckpointing: bench.gradientCheckpointing };
  await using step = await compileStep(executor, checkpoint, choices, bindings);
  const values = initialiseLora(layout, createGenerator(1));
  const feeds = { ...randomInputs(step.graph, bindings), ...parameterFeeds(layout, values, step.parameters) };

  const stepSeconds: number[] = [];
  const runStep = async (): Promise<void> => void stepSeconds.push(await timed(clock, step, feeds));
  const startSeconds = clock.seconds() - started;
  await runStep();
  // The product's own memory must not count: it is measured between the first step and the others, not beside them.
  const before = await matrixProductSpeed(machine);
  for (let index = 1; index < bench.steps; index++) await runStep();
  const peakMemory = machine.peakMemory();
  const yardstick = Math.max(before, await matrixProductSpeed(machine));
  return {
    case: bench,
    stepSeconds,
    startSeconds,
    operations: countOperations(step.graph, bindings).productOperations,
    yardstick,
    peakMemory,
  };
}

async function timed(clock: Clock, program: Program, feeds: Feeds): Promise<number> {
  const started = clock.seconds();
  await program.run(feeds);
  return clock.seconds() - started;
}

/** Normal numbers for every input; parameters are fed apart. */
function randomInputs(graph: Graph, bindings: Bindings): Readonly<Record<string, F32Tensor>> {
  const generator = createGenerator(2);
  const inputs = graph.leaves.filter(({ source }) => source.kind === 'input');
  return Object.fromEntries(
    inputs.map((leaf) => {
      const shape = evaluateShape(leaf.shape, bindings);
      return [must(leafName(leaf), 'a name'), f32(shape, generator.normals(elementCount(shape)))];
    }),
  );
}

const SIDE = 2048;
const PRODUCTS = 5;

/** The best of a few products [2048, 2048]·[2048, 2048] through the same runtime. */
async function matrixProductSpeed({ executor, clock }: BenchMachine): Promise<number> {
  const g = createBuilder();
  const [a, b] = [g.input('a', [SIDE, SIDE]), g.input('b', [SIDE, SIDE])];
  // One number comes back, so that copying the result does not count.
  await using program = await executor.compile(g.finish({ sum: g.reduceSum(g.matmul(a, b), [0, 1]) }));
  const matrix = f32([SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(1 / SIDE));
  let best = Infinity;
  for (let index = 0; index < PRODUCTS; index++)
    best = Math.min(best, await timed(clock, program, { a: matrix, b: matrix }));
  return (2 * SIDE ** 3) / best;
}
