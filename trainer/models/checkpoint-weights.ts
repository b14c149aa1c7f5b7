/**
 * The weights of an opened checkpoint as leaves of a graph, and where each leaf lies in the user's files.
 */
import { assert, must } from '../base/errors.ts';
import { elementCount } from '../base/tensor.ts';
import type { FileWeight } from '../exec/executor.ts';
import { partsIn } from '../formats/checkpoint/networks.ts';
import type { Checkpoint, WeightRef, Weights } from '../formats/checkpoint/types.ts';
import type { Builder } from '../graph/builder.ts';
import type { Shape } from '../graph/dims.ts';
import type { Value } from '../graph/graph.ts';
import type { RowRange, WeightProvider } from '../nn/network.ts';

export interface CheckpointWeights extends WeightProvider {
  /** One entry for each leaf that was asked for so far; give it to `compile` when the graph is complete. */
  readonly sources: ReadonlyMap<string, FileWeight>;
  /** The trained weights that were asked for so far, by name. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** The same weights as the file has them, also those that are trained. */
  readonly frozen: WeightProvider;
}

export interface WeightOptions {
  /** Which weights, by name with their part, are trained: they become parameters, fed with each run. */
  readonly trained?: (name: string) => boolean;
}

/** Weights are frozen, and read from the file as they are, unless `trained` says otherwise. */
export function checkpointWeights(
  g: Builder,
  checkpoint: Checkpoint,
  { trained = () => false }: WeightOptions = {},
): CheckpointWeights {
  const parts = partsIn(checkpoint);
  const sources = new Map<string, FileWeight>();
  const parameters = new Map<string, Value>();
  const parameter = (name: string, shape: Shape): Value => {
    const known = parameters.get(name) ?? g.parameter(name, shape);
    parameters.set(name, known);
    return known;
  };
  const checked = (name: string, shape: readonly number[]): WeightRef => {
    const ref = findWeight(parts, name);
    assert(
      elementCount(ref.shape) === elementCount(shape),
      `${name} is [${ref.shape.join(', ')}] in the checkpoint and [${shape.join(', ')}] in the network`,
    );
    return ref;
  };
  const frozen: WeightProvider['get'] = (name, shape, rows) => {
    const ref = checked(name, shape);
    // A trained weight is a leaf already, of this name and another kind.
    const whole = trained(name) ? `frozen ${name}` : name;
    if (ref.transposed === true) {
      sources.set(whole, placeOf(ref));
      return rowsOf(g, g.transpose(g.weight(whole, [...shape].reverse()), [1, 0]), rows);
    }
    if (rows === undefined) {
      sources.set(whole, placeOf(ref));
      return g.weight(whole, shape);
    }
    const leaf = `${whole}[${rows.start}:${rows.start + rows.count}]`;
    sources.set(leaf, placeOf(ref, rows, must(shape[0], 'an axis')));
    return g.weight(leaf, [rows.count, ...shape.slice(1)]);
  };
  return {
    sources,
    parameters,
    frozen: { get: frozen },
    get: (name, shape, rows) => {
      if (!trained(name)) return frozen(name, shape, rows);
      checked(name, shape);
      return rowsOf(g, parameter(name, shape), rows);
    },
  };
}

function findWeight(parts: ReadonlyMap<string, Weights>, name: string): WeightRef {
  const slash = name.indexOf('/');
  return must(parts.get(name.slice(0, slash))?.get(name.slice(slash + 1)), `the weight ${name}`);
}

function placeOf({ file, offset, byteLength, dtype }: WeightRef, rows?: RowRange, rowCount = 1): FileWeight {
  if (rows === undefined) return { kind: 'file', file, offset, byteLength, dtype };
  const rowBytes = byteLength / rowCount;
  return { kind: 'file', file, offset: offset + rows.start * rowBytes, byteLength: rows.count * rowBytes, dtype };
}

const rowsOf = (g: Builder, whole: Value, rows?: RowRange): Value =>
  rows === undefined ? whole : g.slice(whole, 0, rows.start, rows.count);
