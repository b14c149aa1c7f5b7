/**
 * Joins the gradients of slices.
 *
 * The gradient of one slice is a padded copy of the whole; a value that is cut into parts (the two halves of a gated
 * feed-forward layer, the largest tensor of a network) would be written and added once per part. Where the parts tile
 * the value, one concat of their gradients is the same.
 */
import type { GraphNode, Value } from '../graph.ts';
import { axisOf } from '../shape-rules.ts';

export interface Part {
  readonly node: GraphNode<'slice'>;
  readonly gradient: Value;
}

export const isSlice = (node: GraphNode): node is GraphNode<'slice'> => node.op === 'slice';

/** The parts from first to last if they tile their axis without gap or overlap. */
export function tiling(whole: Value, parts: readonly Part[]): readonly Part[] | undefined {
  const axes = new Set(parts.map(({ node }) => axisOf(whole.shape, node.attributes.axis)));
  const [axis] = axes;
  if (axes.size !== 1 || axis === undefined) return undefined;
  const sorted = parts.toSorted((a, b) => a.node.attributes.start - b.node.attributes.start);
  let end = 0;
  for (const { node } of sorted) {
    const { start, size } = node.attributes;
    if (start !== end || typeof size !== 'number') return undefined;
    end += size;
  }
  return end === whole.shape[axis] ? sorted : undefined;
}
