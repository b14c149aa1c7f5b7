/**
 * The training graph: what is computed, not how. Values flow from leaves through nodes to named outputs.
 *
 * Nodes are kept in the order in which they were built, which is a topological order. A graph is never changed: passes
 * make a new one.
 */
import type { DType } from '../base/tensor.ts';
import type { Shape } from './dims.ts';
import type { OpAttributes, OpName } from './ops.ts';

export interface Value {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: Leaf | NodeOutput;
}

/**
 * `input`: fed with each run. `parameter`: fed with each run and trained. `weight`: frozen, lives in the user's file.
 * `constant`: a few numbers known when the graph is built.
 */
export type Leaf =
  | { readonly kind: 'input' | 'parameter' | 'weight'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: readonly number[] };

export interface NodeOutput {
  readonly kind: 'node';
  readonly node: GraphNode;
  readonly index: number;
}

/** How a node came to be; errors and the printer tell it. */
export interface Origin {
  readonly phase: 'forward' | 'gradient' | 'recompute';
  /** Where in the network: `unet/down_blocks.0/resnets.0`. */
  readonly scope: string;
  /** The block that the node belongs to: the unit of recomputing, and of the executor's own memory plan. */
  readonly block?: string;
  /** The forward node that a gradient or recompute node belongs to. */
  readonly of?: GraphNode;
}

export interface GraphNode<Op extends OpName = OpName> {
  readonly id: number;
  readonly op: Op;
  readonly attributes: OpAttributes[Op];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly origin: Origin;
}

/**
 * How dear a value is that the backward part asks for again. `attention`: kept always (recomputing it costs a whole
 * attention). `product`: the result of a matrix product or convolution, kept unless gradient checkpointing trades time
 * for memory. Values without a mark are cheap and are always recomputed inside their block.
 */
export type KeepLevel = 'attention' | 'product';

export interface Graph {
  readonly leaves: readonly Value[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: ReadonlyMap<string, Value>;
  readonly kept: ReadonlyMap<Value, KeepLevel>;
}

/** A node as a person would name it: `linear#42 (unet/mid_block, gradient of matmul#17)`. */
export function describeNode(node: Pick<GraphNode, 'id' | 'op' | 'origin'>): string {
  const { scope } = node.origin;
  const where = [...(scope === '' ? [] : [scope]), ...historyOf(node)].join(', ');
  return where === '' ? `${node.op}#${node.id}` : `${node.op}#${node.id} (${where})`;
}

/** `gradient of matmul#17`; nothing for what the network itself computes. */
export function historyOf({ origin: { phase, of } }: Pick<GraphNode, 'origin'>): readonly string[] {
  return phase === 'forward' ? [] : [`${phase} of ${of === undefined ? 'the loss' : `${of.op}#${of.id}`}`];
}

export function describeValue(value: Value): string {
  const { source } = value;
  switch (source.kind) {
    case 'node':
      return source.node.outputs.length === 1 ? `%${source.node.id}` : `%${source.node.id}.${source.index}`;
    case 'constant':
      return source.data.length === 1 ? String(source.data[0]) : `constant[${source.data.length}]`;
    default:
      return source.name;
  }
}

export const producer = (value: Value): GraphNode | undefined =>
  value.source.kind === 'node' ? value.source.node : undefined;

export const leafName = (value: Value): string | undefined =>
  value.source.kind === 'node' || value.source.kind === 'constant' ? undefined : value.source.name;
