/**
 * Removes nodes that no output needs. ONNX Runtime would run them.
 */
import { producer, type Graph, type GraphNode } from '../graph.ts';
import { createRewriter } from './rewrite.ts';

export function eliminateDeadCode(graph: Graph): Graph {
  const live = new Set<GraphNode>();
  const pending = [...graph.outputs.values()];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const node = producer(value);
    if (node === undefined || live.has(node)) continue;
    live.add(node);
    pending.push(...node.inputs);
  }
  const rewriter = createRewriter(graph);
  for (const node of graph.nodes) if (live.has(node)) rewriter.copy(node);
  return rewriter.finish();
}
