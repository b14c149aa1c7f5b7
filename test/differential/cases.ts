/**
 * What two executors are compared on: every sample of every op, forward, and the gradient graph of its weighted sum.
 */
import { must } from '../../trainer/base/errors.ts';
import type { Tensor } from '../../trainer/base/tensor.ts';
import { fedLeaves } from '../../trainer/exec/bind.ts';
import type { Executor, Feeds, Fetches } from '../../trainer/exec/executor.ts';
import { differentiate } from '../../trainer/graph/autodiff/index.ts';
import type { Bindings } from '../../trainer/graph/dims.ts';
import { leafName, type Graph } from '../../trainer/graph/graph.ts';
import type { OpName } from '../../trainer/graph/ops.ts';
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
  readonly op: OpName;
  readonly graph: Graph;
  readonly feeds: Feeds;
  readonly largest: Bindings;
}

export const differentialCases = (): readonly DifferentialCase[] =>
  eachSample(SAMPLES, (op, sample) => [
    differentialCase(op, sample, 'forward'),
    ...(op === 'attentionGradient' ? [] : [differentialCase(op, sample, 'gradient')]),
  ]).flat();

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
    op,
    graph,
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
