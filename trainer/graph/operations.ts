/**
 * What a graph costs: floating-point operations per op, bytes of weights, bytes alive at once.
 *
 * Conventions: a multiplication and an addition are two operations; a comparison, a root, an exponential or an error
 * function is one; moving elements is none. Padding of convolutions and the masked half of causal attention are counted,
 * because the executors compute them.
 */
import { evaluateShape, type Bindings } from './dims.ts';
import type { Graph, GraphNode, Value } from './graph.ts';
import type { OpAttributes, OpName } from './ops.ts';
import { contractRegions } from './regions.ts';
import { axisOf } from './shape-rules.ts';

type Sizes = readonly (readonly number[])[];
type Count<Op extends OpName> = (inputs: Sizes, outputs: Sizes, attributes: OpAttributes[Op]) => number;

const BYTES = 4;

const elements = (shape: readonly number[] = []): number => shape.reduce((product, side) => product * side, 1);
const perOutput =
  (operations: number) =>
  (_: Sizes, [output]: Sizes): number =>
    operations * elements(output);
const perInput =
  (operations: number, index = 0) =>
  (inputs: Sizes): number =>
    operations * elements(inputs[index]);
const none = (): number => 0;
const biased = (inputs: Sizes, [output]: Sizes): number => (inputs[2] === undefined ? 0 : elements(output));

/** Channels in, rows and columns of the kernel: the products that each output of a convolution sums. */
const taps = (w: readonly number[] = []): number => elements(w.slice(1));

/** One product of queries and keys, or of probabilities and values: 2·B·S·T·C. */
const attentionProduct = ([q, k]: Sizes): number => 2 * elements(q) * (k?.[1] ?? 0);

export const OPERATIONS: { readonly [Op in OpName]: Count<Op> } = {
  neg: perOutput(1),
  abs: perOutput(1),
  exp: perOutput(1),
  log: perOutput(1),
  sqrt: perOutput(1),
  reciprocal: perOutput(1),
  erf: perOutput(1),
  tanh: perOutput(1),
  sigmoid: perOutput(4),
  sign: perOutput(1),
  silu: perOutput(5),
  gelu: perOutput(5),
  quickGelu: perOutput(6),
  leakyRelu: perOutput(2),
  add: perOutput(1),
  sub: perOutput(1),
  mul: perOutput(1),
  div: perOutput(1),
  maximum: perOutput(1),
  minimum: perOutput(1),
  greater: perOutput(1),
  reduceSum: perInput(1),
  reduceMean: perInput(1),
  reshape: none,
  transpose: none,
  expand: none,
  concat: none,
  slice: none,
  pad: none,
  matmul: ([a], [y], { transposeA }) => 2 * elements(y) * (a?.[axisOf(a, transposeA ? -2 : -1)] ?? 0),
  linear: (inputs, [y]) => 2 * elements(y) * (inputs[1]?.[1] ?? 0) + biased(inputs, [y ?? []]),
  conv2d: (inputs, [y]) => 2 * elements(y) * taps(inputs[1]) + biased(inputs, [y ?? []]),
  conv2dInputGradient: ([dy, w]) => 2 * elements(dy) * taps(w),
  conv2dWeightGradient: ([, dy], [dw]) => 2 * elements(dy) * taps(dw),
  moments: perInput(4),
  layerNorm: perInput(8),
  softmax: perInput(5),
  // q·k, the softmax, P·v.
  attention: (inputs, _, { heads }) => 2 * attentionProduct(inputs) + softmaxOf(inputs, heads),
  // q·k and the softmax again, dP = do·v, then dq, dk and dv, and three passes over the scores.
  attentionGradient: (inputs, _, { heads }) => 5 * attentionProduct(inputs) + 2 * softmaxOf(inputs, heads),
  // Each output looks at all of its window; the average divides too.
  maxPool: (_, [y], { kernel }) => kernel ** 2 * elements(y),
  averagePool: (_, [y], { kernel }) => (kernel ** 2 + 1) * elements(y),
  upsampleNearest: none,
  sumPool: perInput(1),
  gatherRows: none,
  scatterAddRows: perInput(1, 1),
};

/** Five operations for each of the B·H·S·T scores. */
const softmaxOf = ([q, k]: Sizes, heads: number): number => 5 * elements(q?.slice(0, 2)) * heads * (k?.[1] ?? 0);

/** The ops whose time is arithmetic; all others take the time of reading and writing their tensors. */
const PRODUCTS: ReadonlySet<OpName> = new Set<OpName>([
  'matmul',
  'linear',
  'conv2d',
  'conv2dInputGradient',
  'conv2dWeightGradient',
  'attention',
  'attentionGradient',
]);

export interface GraphCost {
  /** Operations of matrix products, convolutions and attention. */
  readonly productOperations: number;
  readonly otherOperations: number;
  /** Frozen weights as f32. What lies in the file as f16 or bf16 takes half of it there. */
  readonly weightBytes: number;
  /** Trained parameters as f32. */
  readonly parameterBytes: number;
  /** What all nodes together write, reshapes aside. */
  readonly writtenBytes: number;
  /**
   * The most that is alive at once, weights aside, when the regions run one after the other and each value goes after
   * its last use. Executors come out higher by their scratch memory: attention chunks, padded convolution inputs.
   */
  readonly peakBytes: number;
}

/**
 * Counts a graph for given sizes. Count it before the recompute pass for the work that a step asks for, after it for
 * the work that is done.
 */
export function countOperations(graph: Graph, bindings: Bindings): GraphCost {
  let [productOperations, otherOperations, writtenBytes] = [0, 0, 0];
  for (const node of graph.nodes) {
    const operations = nodeOperations(node, bindings);
    if (PRODUCTS.has(node.op)) productOperations += operations;
    else otherOperations += operations;
    if (node.op !== 'reshape') writtenBytes += node.outputs.reduce((sum, output) => sum + bytesOf(output, bindings), 0);
  }
  return {
    productOperations,
    otherOperations,
    weightBytes: leafBytes(graph, 'weight', bindings),
    parameterBytes: leafBytes(graph, 'parameter', bindings),
    writtenBytes,
    peakBytes: peakOf(graph, bindings),
  };
}

export function nodeOperations(node: GraphNode, bindings: Bindings): number {
  const count = OPERATIONS[node.op] as Count<OpName>;
  const sizes = (values: readonly Value[]): Sizes => values.map(({ shape }) => evaluateShape(shape, bindings));
  return count(sizes(node.inputs), sizes(node.outputs), node.attributes);
}

const bytesOf = ({ shape }: Value, bindings: Bindings): number => BYTES * elements(evaluateShape(shape, bindings));

const leafBytes = (graph: Graph, kind: 'weight' | 'parameter', bindings: Bindings): number =>
  graph.leaves.reduce((sum, leaf) => sum + (leaf.source.kind === kind ? bytesOf(leaf, bindings) : 0), 0);

function peakOf(graph: Graph, bindings: Bindings): number {
  const nodes = contractRegions(graph, true).flatMap((unit) => unit.nodes);
  const lastUse = new Map<Value, number>();
  for (const [index, { inputs }] of nodes.entries()) for (const input of inputs) lastUse.set(ownerOf(input), index);
  for (const output of graph.outputs.values()) lastUse.set(ownerOf(output), Infinity);
  const ending = new Map<number, Value[]>();
  for (const [value, index] of lastUse) ending.set(index, [...(ending.get(index) ?? []), value]);

  let alive = graph.leaves.reduce(
    (sum, leaf) => sum + (leaf.source.kind === 'input' ? bytesOf(leaf, bindings) : 0),
    leafBytes(graph, 'parameter', bindings),
  );
  let peak = alive;
  for (const [index, node] of nodes.entries()) {
    const own = node.op === 'reshape' ? [] : node.outputs;
    for (const output of own) alive += bytesOf(output, bindings);
    peak = Math.max(peak, alive);
    const unused = own.filter((output) => !lastUse.has(output));
    const gone = (ending.get(index) ?? []).filter(({ source }) => source.kind === 'node');
    for (const value of [...unused, ...gone]) alive -= bytesOf(value, bindings);
  }
  return peak;
}

/** A reshape shares the memory of what it reshapes. */
function ownerOf(value: Value): Value {
  const { source } = value;
  const [input] = source.kind === 'node' && source.node.op === 'reshape' ? source.node.inputs : [];
  return input === undefined ? value : ownerOf(input);
}
