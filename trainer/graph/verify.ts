/**
 * Checks what every graph must hold, whoever built or changed it. A failure is our mistake; the message names the node
 * and how it came to be.
 */
import { GraphError, shapesOf } from './builder.ts';
import { equalDims, equalShapes, showShape, symbol, symbolsOf } from './dims.ts';
import { describeNode, describeValue, leafName, producer, type Graph, type GraphNode, type Value } from './graph.ts';
import { contractRegions } from './regions.ts';

/**
 * @throws {GraphError} if a node comes before what it uses, a stored shape is not what its op gives, an output or kept
 * value is not in the graph, a symbol can not be read off a fed tensor, two feeds share a name, or a region of a block
 * needs its own result
 */
export function verify(graph: Graph): void {
  const known = checkLeaves(graph);
  checkNodes(graph, known);
  for (const [name, value] of graph.outputs) {
    if (!known.has(value)) throw new GraphError(`the output ${name} is ${foreign(value)}`);
  }
  checkSymbols(graph);
  checkKept(graph, known);
  contractRegions(graph, true);
}

function checkLeaves(graph: Graph): Set<Value> {
  const names = new Map<string, string>();
  for (const leaf of graph.leaves) {
    const name = leafName(leaf);
    if (leaf.source.kind === 'node') throw new GraphError(`${describeValue(leaf)} is computed and yet a leaf`);
    if (name === undefined) continue;
    const space = leaf.source.kind === 'weight' ? 'weight' : 'feed';
    const other = names.get(`${space} ${name}`);
    if (other !== undefined) throw new GraphError(`the ${other} and the ${leaf.source.kind} ${name} share their name`);
    names.set(`${space} ${name}`, leaf.source.kind);
  }
  return new Set(graph.leaves);
}

/** Adds what the nodes compute to `known`. */
function checkNodes(graph: Graph, known: Set<Value>): void {
  const ids = new Set<number>();
  for (const node of graph.nodes) {
    if (ids.has(node.id)) throw new GraphError(`two nodes are called ${describeNode(node)}`);
    ids.add(node.id);
    for (const [index, input] of node.inputs.entries()) {
      if (!known.has(input)) throw new GraphError(`input ${index} of ${describeNode(node)} is ${foreign(input)}`);
    }
    checkOutputs(node);
    for (const output of node.outputs) known.add(output);
  }
}

function checkOutputs(node: GraphNode): void {
  const shapes = shapesOf(node);
  if (shapes.length !== node.outputs.length) {
    throw new GraphError(`${describeNode(node)} has ${node.outputs.length} outputs, its op gives ${shapes.length}`);
  }
  for (const [index, output] of node.outputs.entries()) {
    const shape = shapes[index] ?? [];
    if (!equalShapes(shape, output.shape)) {
      throw new GraphError(
        `output ${index} of ${describeNode(node)} says ${showShape(output.shape)}, its op gives ${showShape(shape)}`,
      );
    }
    if (output.source.kind !== 'node' || output.source.node !== node || output.source.index !== index) {
      throw new GraphError(`output ${index} of ${describeNode(node)} does not say where it comes from`);
    }
  }
}

/** A symbol is bound by an axis of a fed tensor that is just that symbol. */
function checkSymbols(graph: Graph): void {
  const bound = new Set<string>();
  for (const { source, shape } of graph.leaves) {
    if (source.kind !== 'input' && source.kind !== 'parameter') continue;
    for (const dim of shape) {
      const [name] = symbolsOf([dim]);
      if (name !== undefined && equalDims(dim, symbol(name))) bound.add(name);
    }
  }
  const check = ({ shape }: Value, where: string): void => {
    const free = symbolsOf(shape).find((name) => !bound.has(name));
    if (free === undefined) return;
    throw new GraphError(`no fed tensor has an axis that is just ${free}, which ${where} needs: ${showShape(shape)}`);
  };
  for (const leaf of graph.leaves) check(leaf, describeValue(leaf));
  for (const node of graph.nodes) for (const output of node.outputs) check(output, describeNode(node));
}

function checkKept(graph: Graph, known: ReadonlySet<Value>): void {
  for (const value of graph.kept.keys()) {
    const node = producer(value);
    if (node === undefined)
      throw new GraphError(`the leaf ${describeValue(value)} is marked as kept; leaves always are`);
    if (node.origin.block === undefined) throw new GraphError(`${describeNode(node)} is kept but belongs to no block`);
    if (!known.has(value)) throw new GraphError(`the kept value of ${describeNode(node)} is ${foreign(value)}`);
  }
}

function foreign(value: Value): string {
  const node = producer(value);
  if (node === undefined) return `the leaf ${describeValue(value)}, which the graph does not list`;
  return `the result of ${describeNode(node)}, which comes later or is not in the graph`;
}
