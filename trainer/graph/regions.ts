/**
 * Regions: the forward part and the backward part of each block, as units that an executor runs one after the other.
 */
import { GraphError } from './builder.ts';
import { describeNode, producer, type Graph, type GraphNode, type Value } from './graph.ts';

/** A run of nodes that is executed as one, or single nodes that belong to no block. */
export interface Unit {
  readonly region: string | undefined;
  readonly nodes: readonly GraphNode[];
  /** Values that are made here and used elsewhere. */
  readonly outputs: readonly Value[];
}

/** `<block> forward`, `<block> backward` (gradients and what they recompute), or undefined outside of blocks. */
export function regionOf({ origin }: GraphNode): string | undefined {
  if (origin.block === undefined) return undefined;
  return `${origin.block} ${origin.phase === 'forward' ? 'forward' : 'backward'}`;
}

/**
 * The graph's nodes as units in an order in which each unit has its inputs. Without `regions` each node is a unit.
 *
 * @throws {GraphError} if a region needs a value that in turn needs the region
 */
export function contractRegions(graph: Graph, regions: boolean): readonly Unit[] {
  const groups = new Map<string | GraphNode, GraphNode[]>();
  const keyOf = (node: GraphNode): string | GraphNode => (regions ? regionOf(node) : undefined) ?? node;
  for (const node of graph.nodes) {
    const group = groups.get(keyOf(node));
    if (group === undefined) groups.set(keyOf(node), [node]);
    else group.push(node);
  }
  const used = usedElsewhere(graph, keyOf);
  const ordered: Unit[] = [];
  const state = new Map<string | GraphNode, 'open' | 'done'>();

  /** From a unit to the unit that it needs, as far as the search has gone: the node that asks, and what it asks for. */
  const path: { readonly key: string | GraphNode; readonly node: GraphNode; readonly from: GraphNode }[] = [];
  const visit = (key: string | GraphNode): void => {
    if (state.get(key) === 'done') return;
    const nodes = groups.get(key) ?? [];
    if (state.get(key) === 'open') {
      const circle = path.slice(path.findIndex((step) => step.key === key));
      const steps = circle.map(({ node, from }) => `${describeNode(node)} needs ${describeNode(from)}`).join(', ');
      throw new GraphError(`${typeof key === 'string' ? key : describeNode(key)} needs its own result: ${steps}`);
    }
    state.set(key, 'open');
    for (const node of nodes) {
      for (const input of node.inputs) {
        const from = producer(input);
        if (from === undefined || keyOf(from) === key) continue;
        path.push({ key, node, from });
        visit(keyOf(from));
        path.pop();
      }
    }
    state.set(key, 'done');
    const outputs = nodes.flatMap((node) => node.outputs.filter((output) => used.has(output)));
    ordered.push({ region: typeof key === 'string' ? key : undefined, nodes, outputs });
  };
  for (const key of groups.keys()) visit(key);
  return ordered;
}

function usedElsewhere(graph: Graph, keyOf: (node: GraphNode) => string | GraphNode): ReadonlySet<Value> {
  const used = new Set<Value>(graph.outputs.values());
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const from = producer(input);
      if (from !== undefined && keyOf(from) !== keyOf(node)) used.add(input);
    }
  }
  return used;
}
