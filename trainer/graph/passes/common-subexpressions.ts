/**
 * Computes equal expressions once: same op, same attributes, same inputs, same block.
 *
 * Across blocks nothing is merged, because the shared value would have to live from one block to the other. This pass
 * runs before `recompute`: afterwards equal expressions of forward and backward part are equal on purpose.
 */
import { showDim } from '../dims.ts';
import type { Graph, GraphNode, Value } from '../graph.ts';
import { createRewriter } from './rewrite.ts';

export function mergeCommonSubexpressions(graph: Graph): Graph {
  const rewriter = createRewriter(graph);
  const known = new Map<string, readonly Value[]>();
  for (const node of graph.nodes) {
    const key = keyOf(node, rewriter.current);
    const equal = known.get(key);
    if (equal === undefined) {
      rewriter.copy(node);
      known.set(key, node.outputs.map(rewriter.current));
    } else {
      for (const [index, output] of node.outputs.entries()) rewriter.replace(output, equal[index] as Value);
    }
  }
  return rewriter.finish();
}

const keyOf = ({ op, attributes, inputs, origin }: GraphNode, current: (value: Value) => Value): string =>
  [origin.block ?? '', op, inputs.map((input) => current(input).id).join(), attributeText(attributes)].join(' | ');

/** Attributes as canonical text; dimensions by their own. */
export const attributeText = (attributes: unknown): string =>
  JSON.stringify(attributes, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && 'powers' in value
      ? showDim(value as Parameters<typeof showDim>[0])
      : value,
  );
