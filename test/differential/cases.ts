/**
 * What two executors are compared on: every sample of every op, forward, and the gradient graph of its weighted sum;
 * whole blocks, differentiated, as the passes leave them.
 */
import { must } from '../../trainer/base/errors.ts';
import type { Tensor } from '../../trainer/base/tensor.ts';
import { fedLeaves } from '../../trainer/exec/bind.ts';
import type { Executor, Feeds, Fetches } from '../../trainer/exec/executor.ts';
import { createReferenceExecutor } from '../../trainer/exec/reference/index.ts';
import { differentiate } from '../../trainer/graph/autodiff/index.ts';
import type { Bindings } from '../../trainer/graph/dims.ts';
import { leafName, type Graph } from '../../trainer/graph/graph.ts';
import { optimise } from '../../trainer/graph/passes/index.ts';
import type { OpName } from '../../trainer/graph/ops.ts';
import { BLOCKS, drawBlockFeeds } from '../samples/blocks.ts';
import { SAMPLES } from '../samples/ops.ts';
import {
  buildSample,
  drawFeeds,
  eachSample,
  outputsGraph,
  titleOf,
  weightedLoss,
  type Sample,
} from '../samples/sample.ts';

export interface DifferentialCase {
  readonly title: string;
  /** As the executors get it. */
  readonly graph: Graph;
  /** What it must compute: the same graph before the passes. */
  readonly meaning: Graph;
  readonly feeds: Feeds;
  readonly largest: Bindings;
}

export const differentialCases = (): readonly DifferentialCase[] =>
  eachSample(SAMPLES, (op, sample) => [
    differentialCase(op, sample, 'forward'),
    ...(op === 'attentionGradient' ? [] : [differentialCase(op, sample, 'gradient')]),
  ]).flat();

/** Each block with its loss and the gradient of every leaf, with both dials of recomputing. */
export const blockCases = (): readonly DifferentialCase[] =>
  BLOCKS.flatMap((sample) =>
    (['products', 'attention'] as const).map((dial) => {
      const built = sample.build();
      const loss = weightedLoss(built);
      const gradients = differentiate(built.g, loss, built.leaves);
      const named = gradients.map((gradient, index) => [`d${index}`, gradient] as const);
      const meaning = built.g.finish({ loss, ...Object.fromEntries(named) });
      return {
        title: `${sample.title}, differentiated, keeping ${dial}`,
        meaning,
        graph: optimise(meaning, dial),
        feeds: drawBlockFeeds(sample),
        largest: sample.bindings,
      };
    }),
  );

function differentialCase<Op extends OpName>(
  op: Op,
  sample: Sample<Op>,
  part: 'forward' | 'gradient',
): DifferentialCase {
  const graph = part === 'forward' ? outputsGraph(buildSample(op, sample)) : gradientGraph(op, sample);
  const drawn = drawFeeds(op, sample);
  const names = fedLeaves(graph).map((leaf) => must(leafName(leaf), 'a name'));
  return {
    title: part === 'forward' ? titleOf(op, sample) : `gradient of ${titleOf(op, sample)}`,
    graph,
    meaning: graph,
    feeds: Object.fromEntries(names.map((name) => [name, must(drawn[name], name)])),
    largest: sample.largest ?? sample.bindings ?? {},
  };
}

function gradientGraph<Op extends OpName>(op: Op, sample: Sample<Op>): Graph {
  const built = buildSample(op, sample);
  const wrt = built.leaves.filter(({ dtype }) => dtype === 'f32');
  const gradients = differentiate(built.g, weightedLoss(built), wrt);
  return built.g.finish(Object.fromEntries(gradients.map((gradient, index) => [`d${index}`, gradient])));
}

/** What the case must give, by the reference executor. */
export async function expectedOf({ meaning, feeds }: DifferentialCase): Promise<Fetches> {
  await using program = await createReferenceExecutor().compile(meaning);
  return await program.run(feeds);
}

export async function runCase(executor: Executor, { graph, feeds, largest }: DifferentialCase): Promise<Fetches> {
  await using program = await executor.compile(graph, { largest });
  return await program.run(feeds);
}

/** The largest difference of any output, relative to the largest value of that output (at least 1). */
export function largestDifference(expected: Fetches, found: Fetches): number {
  const names = Object.keys(expected);
  if (names.join() !== Object.keys(found).join()) return Infinity;
  return Math.max(...names.map((name) => difference(must(expected[name], name), must(found[name], name))));
}

function difference(expected: Tensor, found: Tensor): number {
  if (expected.shape.join() !== found.shape.join() || expected.dtype !== found.dtype) return Infinity;
  let [error, scale] = [0, 1];
  for (const [at, value] of expected.data.entries()) {
    const distance = Math.abs(value - must(found.data[at], 'an element'));
    error = Number.isNaN(distance) ? Infinity : Math.max(error, distance);
    scale = Math.max(scale, Math.abs(value));
  }
  return error / scale;
}
