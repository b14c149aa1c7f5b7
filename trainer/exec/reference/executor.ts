/**
 * Runs a graph node by node in double precision: slow, obvious, and the meaning of every op.
 *
 * The other executors are held against this one (test/differential), and this one against central differences
 * (test/gradients) and against the goldens of the Python libraries (test/golden).
 */
import { InternalError } from '../../base/errors.ts';
import { evaluateShape } from '../../graph/dims.ts';
import { describeNode, leafName, type Graph, type GraphNode, type Value } from '../../graph/graph.ts';
import type { OpName } from '../../graph/ops.ts';
import { bindSymbols } from '../bind.ts';
import type { Executor, Feeds, Fetches, WeightSource } from '../executor.ts';
import { fromTensor, toTensor, type Doubles } from './doubles.ts';
import { ELEMENTWISE } from './elementwise.ts';
import type { Evaluation, Evaluations } from './evaluation.ts';
import { LAYOUT } from './layout.ts';
import { NORMALISATION } from './normalisation.ts';
import { POOLING } from './pooling.ts';
import { PRODUCTS } from './products.ts';

export const EVALUATIONS: Evaluations<OpName> = {
  ...ELEMENTWISE,
  ...LAYOUT,
  ...PRODUCTS,
  ...POOLING,
  ...NORMALISATION,
};

/**
 * All outputs of a graph in double precision, without any rounding between the nodes.
 *
 * @param feeds    the `input` and `parameter` leaves by name; ids as whole numbers
 * @param weights  the `weight` leaves by name
 * @throws {InternalError} if a leaf is missing or does not fit, or an id is out of range
 */
export function evaluate(
  graph: Graph,
  feeds: Readonly<Record<string, Doubles>>,
  weights: ReadonlyMap<string, Doubles> = new Map(),
): Map<string, Doubles> {
  const bindings = bindSymbols(graph, feeds);
  const values = new Map<Value, Doubles>();
  for (const leaf of graph.leaves) values.set(leaf, leafData(leaf, feeds, weights));
  for (const node of graph.nodes) {
    const shapes = node.outputs.map(({ shape }) => evaluateShape(shape, bindings));
    const inputs = node.inputs.map((input) => known(values, input));
    const results = evaluateNode(node, inputs, shapes);
    for (const [index, output] of node.outputs.entries()) values.set(output, results[index] as Doubles);
  }
  return new Map([...graph.outputs].map(([name, value]) => [name, known(values, value)]));
}

/** Takes f32 and i32 tensors and gives f32 tensors; in between everything is double precision. */
export function createReferenceExecutor(): Executor {
  return {
    name: 'reference',
    compile: (graph, options = {}) => {
      const weights = new Map([...(options.weights ?? [])].map(([name, source]) => [name, weightData(name, source)]));
      return Promise.resolve({
        run: async (feeds: Feeds) => runOnce(graph, feeds, weights),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  };
}

function runOnce(graph: Graph, feeds: Feeds, weights: ReadonlyMap<string, Doubles>): Fetches {
  bindSymbols(graph, feeds);
  const doubles = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, fromTensor(tensor)]));
  const outputs = evaluate(graph, doubles, weights);
  return Object.fromEntries([...outputs].map(([name, values]) => [name, toTensor(values)]));
}

function evaluateNode(
  node: GraphNode,
  inputs: readonly Doubles[],
  shapes: readonly (readonly number[])[],
): readonly Doubles[] {
  try {
    return (EVALUATIONS[node.op] as Evaluation<OpName>)(inputs, node.attributes, shapes);
  } catch (cause) {
    throw new InternalError(`${describeNode(node)}: ${(cause as Error).message}`, { cause });
  }
}

function leafData(
  leaf: Value,
  feeds: Readonly<Record<string, Doubles>>,
  weights: ReadonlyMap<string, Doubles>,
): Doubles {
  if (leaf.source.kind === 'constant') {
    return { shape: leaf.shape as readonly number[], data: Float64Array.from(leaf.source.data) };
  }
  const name = leafName(leaf) as string;
  const found = leaf.source.kind === 'weight' ? weights.get(name) : feeds[name];
  if (found === undefined) throw new InternalError(`the weight ${name} is not given`);
  if (leaf.source.kind === 'weight') checkWeight(leaf, found);
  return found;
}

function checkWeight(leaf: Value, found: Doubles): void {
  const expected = evaluateShape(leaf.shape, {});
  if (expected.join() !== found.shape.join()) {
    throw new InternalError(
      `the weight ${leafName(leaf)} must be [${expected.join(', ')}], not [${found.shape.join(', ')}]`,
    );
  }
}

function weightData(name: string, source: WeightSource): Doubles {
  if (source.kind === 'file') {
    throw new InternalError(`the reference executor takes weights as data; ${name} lies in ${source.file}`);
  }
  return fromTensor(source.tensor);
}

function known(values: ReadonlyMap<Value, Doubles>, value: Value): Doubles {
  const found = values.get(value);
  if (found === undefined) throw new InternalError(`the value ${value.id} is used before it is computed`);
  return found;
}
