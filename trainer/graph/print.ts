/**
 * A graph as text that a person can read: leaves, then one line a node under headings of where it belongs, then outputs.
 *
 *     unet/mid_block/resnets.0, backward
 *       %41 [B, 320, h, w] = conv2dInputGradient(%40, conv1.weight) stride 1 pads 1,1,1,1   # gradient of conv2d#12
 */
import { showDim, showShape, type SymbolicDim } from './dims.ts';
import { describeValue, historyOf, leafName, type Graph, type GraphNode, type KeepLevel, type Value } from './graph.ts';

export function printGraph(graph: Graph): string {
  const leaves = (['input', 'parameter', 'weight'] as const).flatMap((kind) => printLeaves(graph, kind));
  const outputs = [...graph.outputs].map(
    ([name, value]) => `  ${name} = ${describeValue(value)} ${showShape(value.shape)}`,
  );
  return [...leaves, ...printNodes(graph), 'outputs', ...outputs, ''].join('\n');
}

function printLeaves(graph: Graph, kind: 'input' | 'parameter' | 'weight'): readonly string[] {
  const found = graph.leaves.filter(({ source }) => source.kind === kind);
  if (found.length === 0) return [];
  const lines = found.map((leaf) => `  ${leafName(leaf)} ${leaf.dtype} ${showShape(leaf.shape)}`);
  return [`${kind}s`, ...lines];
}

function printNodes(graph: Graph): readonly string[] {
  const lines: string[] = [];
  let heading = '';
  for (const node of graph.nodes) {
    const next = headingOf(node);
    if (next !== heading) lines.push(next);
    heading = next;
    lines.push(`  ${printNode(node, graph.kept)}`);
  }
  return lines;
}

/** Scope, part and whether it is a block. */
function headingOf({ origin }: GraphNode): string {
  const scope = origin.scope === '' ? 'top' : origin.scope;
  const part = origin.phase === 'forward' ? [] : ['backward'];
  const block = origin.block === undefined || origin.block === origin.scope ? [] : [`block ${origin.block}`];
  return [scope, ...part, ...block].join(', ');
}

/** One node as one line: `%12 [B, 320, h, w] = conv2d(%11, conv1.weight) stride 1 pads 1,1,1,1`. */
export function printNode(node: GraphNode, kept: ReadonlyMap<Value, KeepLevel> = new Map()): string {
  const results = node.outputs.map((value) => `${describeValue(value)} ${showShape(value.shape)}`).join(', ');
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name} ${printAttribute(value)}`);
  const levels = node.outputs.flatMap((value) => kept.get(value) ?? []).map((level) => `kept as ${level}`);
  const notes = [...historyOf(node), ...levels].join(', ');
  const call = `${node.op}(${node.inputs.map(describeValue).join(', ')})${attributes.join('')}`;
  return `${results} = ${call}${notes === '' ? '' : `   # ${notes}`}`;
}

function printAttribute(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : value.map(printAttribute).join(',');
  if (typeof value === 'object' && value !== null) return showDim(value as SymbolicDim);
  return String(value);
}
