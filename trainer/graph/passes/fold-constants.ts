/**
 * Removes arithmetic that changes nothing or whose result is known: x·1, x/1, x+0, x−0, −(−x), reshapes of reshapes,
 * transposes that undo each other, and +, −, ·, / of two scalar constants.
 *
 * This is where folding pays: gradients are built from rules that know nothing of their neighbours and leave such chains
 * behind. Arithmetic on larger constants does not occur in these graphs.
 */
import { equalShapes } from '../dims.ts';
import { producer, type Graph, type GraphNode, type Value } from '../graph.ts';
import type { OpName } from '../ops.ts';
import { createRewriter, type Rewriter } from './rewrite.ts';

export function foldConstants(graph: Graph): Graph {
  const rewriter = createRewriter(graph);
  const constants = new Map<number, Value>();
  const added: Value[] = [];
  for (const leaf of graph.leaves) if (isScalar(leaf)) constants.set(scalarOf(leaf) as number, leaf);

  for (const node of graph.nodes) {
    const [output] = node.outputs;
    const simpler = node.outputs.length === 1 ? simplify(node, rewriter) : undefined;
    if (output === undefined || simpler === undefined) {
      rewriter.copy(node);
    } else if (typeof simpler === 'number') {
      const known = constants.get(simpler) ?? makeScalar(simpler, -1 - added.length);
      if (!constants.has(simpler)) {
        constants.set(simpler, known);
        added.push(known);
      }
      rewriter.replace(output, known);
    } else if ('attributes' in simpler) {
      rewriter.replace(output, rewriter.duplicate(simpler, simpler.inputs, node.origin)[0] as Value);
    } else {
      rewriter.replace(output, simpler);
    }
  }
  const folded = rewriter.finish();
  const used = new Set([...folded.nodes.flatMap(({ inputs }) => inputs), ...folded.outputs.values()]);
  return { ...folded, leaves: [...folded.leaves, ...added.filter((leaf) => used.has(leaf))] };
}

/** A known number, a value that is the same, a simpler node, or undefined. */
function simplify(node: GraphNode, rewriter: Rewriter): number | Value | GraphNode | undefined {
  const inputs = node.inputs.map(rewriter.current);
  const [a, b] = inputs;
  const [output] = node.outputs;
  if (a === undefined || output === undefined) return undefined;
  const numbers = inputs.map(scalarOf);
  const arithmetic = ARITHMETIC[node.op];
  if (arithmetic !== undefined && output.shape.length === 0 && numbers.every((number) => number !== undefined)) {
    return arithmetic(...numbers);
  }
  const same = (value: Value): Value | undefined => (equalShapes(value.shape, output.shape) ? value : undefined);
  const from = producer(a);
  switch (node.op) {
    case 'mul':
      return numbers[1] === 1 ? same(a) : numbers[0] === 1 && b !== undefined ? same(b) : undefined;
    case 'add':
      return numbers[1] === 0 ? same(a) : numbers[0] === 0 && b !== undefined ? same(b) : undefined;
    case 'div':
      return numbers[1] === 1 ? same(a) : undefined;
    case 'sub':
      return numbers[1] === 0 ? same(a) : undefined;
    case 'neg':
      return from?.op === 'neg' ? from.inputs[0] : undefined;
    case 'reshape':
      if (equalShapes(a.shape, output.shape)) return a;
      return from?.op === 'reshape' ? withInput(node, from.inputs[0] as Value) : undefined;
    case 'transpose':
      return from?.op === 'transpose' && undoes(from, node) ? from.inputs[0] : undefined;
    default:
      return undefined;
  }
}

/** A reshape of a reshape is one reshape, and none where it ends with the first shape. */
function withInput(node: GraphNode, input: Value): GraphNode | Value {
  const [output] = node.outputs;
  return output !== undefined && equalShapes(input.shape, output.shape) ? input : { ...node, inputs: [input] };
}

function undoes(first: GraphNode, second: GraphNode): boolean {
  const [before, after] = [first, second].map(
    ({ attributes }) => (attributes as { readonly permutation: readonly number[] }).permutation,
  );
  return after?.every((axis, index) => before?.[axis] === index) ?? false;
}

const ARITHMETIC: { readonly [Op in OpName]?: (...numbers: number[]) => number } = {
  add: (a = 0, b = 0) => a + b,
  sub: (a = 0, b = 0) => a - b,
  mul: (a = 1, b = 1) => a * b,
  div: (a = 0, b = 1) => a / b,
  neg: (a = 0) => -a,
};

const isScalar = (value: Value): boolean => scalarOf(value) !== undefined;

const scalarOf = ({ source, shape }: Value): number | undefined =>
  source.kind === 'constant' && shape.length === 0 ? source.data[0] : undefined;

const makeScalar = (data: number, id: number): Value => ({
  id,
  shape: [],
  dtype: 'f32',
  source: { kind: 'constant', data: [data] },
});
