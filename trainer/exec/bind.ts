/**
 * Binds a graph's symbols from the tensors that are fed, and checks the feeds against the leaves.
 */
import { InternalError } from '../base/errors.ts';
import type { DType } from '../base/tensor.ts';
import { equalDims, equalShapes, evaluateShape, showShape, symbol, symbolsOf, type Bindings } from '../graph/dims.ts';
import { leafName, type Graph, type Value } from '../graph/graph.ts';

/** What binding looks at: the shape of each feed, and its dtype where it has one (doubles have none). */
export type FedShapes = Readonly<Record<string, { readonly shape: readonly number[]; readonly dtype?: DType }>>;

/** The leaves that must be fed with each run. */
export const fedLeaves = (graph: Graph): readonly Value[] =>
  graph.leaves.filter(({ source }) => source.kind === 'input' || source.kind === 'parameter');

/**
 * The number behind every symbol, read off the axes that are a bare symbol.
 *
 * @throws {InternalError} if a feed is missing, of another dtype or shape, or two feeds disagree about a symbol
 */
export function bindSymbols(graph: Graph, feeds: FedShapes): Bindings {
  const bindings: Record<string, number> = {};
  for (const leaf of fedLeaves(graph)) {
    const tensor = feeds[leafName(leaf) as string];
    if (tensor === undefined) throw new InternalError(`the input ${leafName(leaf)} is not fed`);
    if ((tensor.dtype ?? leaf.dtype) !== leaf.dtype || tensor.shape.length !== leaf.shape.length) {
      throw misfit(leaf, tensor.shape);
    }
    for (const [axis, dim] of leaf.shape.entries()) {
      const [name] = symbolsOf([dim]);
      if (name !== undefined && equalDims(dim, symbol(name))) bindings[name] ??= tensor.shape[axis] as number;
    }
  }
  for (const leaf of fedLeaves(graph)) {
    const { shape } = feeds[leafName(leaf) as string] as { shape: readonly number[] };
    if (!equalShapes(evaluateShape(leaf.shape, bindings), shape)) throw misfit(leaf, shape);
  }
  return bindings;
}

const misfit = (leaf: Value, found: readonly number[]): InternalError =>
  new InternalError(
    `the input ${leafName(leaf)} must be ${leaf.dtype} ${showShape(leaf.shape)}, not [${found.join(', ')}]`,
  );
