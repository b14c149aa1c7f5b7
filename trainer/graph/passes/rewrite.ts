/**
 * Rebuilding a graph node by node: what all passes share.
 */
import type { DType } from '../../base/tensor.ts';
import type { Shape } from '../dims.ts';
import type { Graph, GraphNode, KeepLevel, Origin, Value } from '../graph.ts';

export interface Rewriter {
  /** What a value of the old graph has become. */
  readonly current: (value: Value) => Value;
  /** Copies a node of the old graph with its inputs as they are now. */
  readonly copy: (node: GraphNode) => void;
  /** Adds a copy of a node beside the one it copies; its outputs replace nothing. */
  readonly duplicate: (node: GraphNode, inputs: readonly Value[], origin: Origin) => readonly Value[];
  /** From here on `value` stands for `replacement`, a value of the new graph. */
  readonly replace: (value: Value, replacement: Value) => void;
  /** The new graph, without leaves that nothing uses any more. */
  readonly finish: () => Graph;
}

export function createRewriter(graph: Graph): Rewriter {
  const map = new Map<Value, Value>();
  const nodes: GraphNode[] = [];
  let nextNode = graph.nodes.reduce((highest, { id }) => Math.max(highest, id), -1) + 1;
  let nextValue =
    [...graph.leaves, ...graph.nodes.flatMap(({ outputs }) => outputs)].reduce(
      (highest, { id }) => Math.max(highest, id),
      -1,
    ) + 1;

  const current = (value: Value): Value => map.get(value) ?? value;
  const add = (
    node: GraphNode,
    id: number,
    inputs: readonly Value[],
    origin: Origin,
    ids: readonly number[],
  ): GraphNode => {
    const outputs: Value[] = [];
    const added: GraphNode = Object.freeze({ ...node, id, inputs, origin, outputs });
    for (const [index, output] of node.outputs.entries()) {
      outputs.push(makeValue(ids[index] as number, output.shape, output.dtype, added, index));
    }
    nodes.push(added);
    return added;
  };

  return {
    current,
    copy: (node) => {
      const inputs = node.inputs.map(current);
      if (inputs.every((input, index) => input === node.inputs[index])) {
        nodes.push(node);
        return;
      }
      const { outputs } = add(node, node.id, inputs, node.origin, node.outputs.map(({ id }) => id)); // prettier-ignore
      for (const [index, output] of node.outputs.entries()) map.set(output, outputs[index] as Value);
    },
    duplicate: (node, inputs, origin) => add(node, nextNode++, inputs, origin, node.outputs.map(() => nextValue++)).outputs, // prettier-ignore
    replace: (value, replacement) => void map.set(value, replacement),
    finish: () => {
      const used = new Set(nodes.flatMap(({ inputs }) => inputs));
      const outputs = new Map([...graph.outputs].map(([name, value]) => [name, current(value)]));
      const kept = new Map<Value, KeepLevel>([...graph.kept].map(([value, level]) => [current(value), level]));
      const needed = new Set([...used, ...outputs.values()]);
      // Inputs stay even when unused: whoever feeds the graph need not know what a pass removed.
      const leaves = graph.leaves.filter(
        (leaf) => needed.has(leaf) || leaf.source.kind === 'input' || leaf.source.kind === 'parameter',
      );
      return { leaves, nodes, outputs, kept };
    },
  };
}

const makeValue = (id: number, shape: Shape, dtype: DType, node: GraphNode, index: number): Value => ({
  id,
  shape,
  dtype,
  source: { kind: 'node', node, index },
});
