/**
 * Recomputes activations in the backward part instead of keeping them: gradient checkpointing, per block.
 *
 * A block's backward part gets the values it needs from three places: block inputs and values of other blocks as they
 * are, kept values as they are, and everything else by computing it again from those. What is kept is the dial between
 * memory and speed (`Graph.kept`):
 *
 *   'products'    keeps the marked results of products and attentions. Only norms and elementwise work is done twice.
 *   'attention'   keeps only attention outputs: gradient checkpointing. Costs one more forward pass of products.
 *
 * Source: Chen et al. 2016, arXiv:1604.06174.
 */
import { producer, type Graph, type Value } from '../graph.ts';
import { createRewriter } from './rewrite.ts';

export type RecomputeDial = 'products' | 'attention';

export function recompute(graph: Graph, dial: RecomputeDial): Graph {
  const rewriter = createRewriter(graph);
  const again = new Map<string, Map<Value, Value>>();
  const stored = (value: Value): boolean => {
    const level = graph.kept.get(value);
    return level === 'attention' || (level === 'product' && dial === 'products');
  };

  /** The value as the backward part of `block` gets it. */
  const fetch = (value: Value, block: string): Value => {
    const node = producer(value);
    const own = node !== undefined && node.origin.block === block && node.origin.phase === 'forward';
    if (!own || stored(value)) return rewriter.current(value);
    const known = again.get(block)?.get(value);
    if (known !== undefined) return known;
    const inputs = node.inputs.map((input) => fetch(input, block));
    const outputs = rewriter.duplicate(node, inputs, { ...node.origin, phase: 'recompute', of: node });
    const made = again.get(block) ?? new Map<Value, Value>();
    again.set(block, made);
    for (const [index, output] of node.outputs.entries()) made.set(output, outputs[index] as Value);
    return made.get(value) as Value;
  };

  for (const node of graph.nodes) {
    const { block, phase } = node.origin;
    if (block === undefined || phase === 'forward') {
      rewriter.copy(node);
      continue;
    }
    const inputs = node.inputs.map((input) => fetch(input, block));
    const outputs = rewriter.duplicate(node, inputs, node.origin);
    for (const [index, output] of node.outputs.entries()) rewriter.replace(output, outputs[index] as Value);
  }
  return rewriter.finish();
}
