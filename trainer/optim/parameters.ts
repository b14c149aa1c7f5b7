/**
 * All trained numbers of a run in one array: optimizers, gradient clipping and states see one vector, the graph sees
 * named tensors in it.
 *
 * Entries lie one after the other. Those of one part, which share a learning rate, are neighbours.
 */
import { assert, must } from '../base/errors.ts';
import { elementCount, f32, type F32Tensor } from '../base/tensor.ts';
import { evaluateShape } from '../graph/dims.ts';
import { leafName, type Value } from '../graph/graph.ts';

export interface ParameterEntry {
  readonly name: string;
  /** What has a learning rate of its own: `unet`, `text_encoder`, `vae`, ... */
  readonly part: string;
  /** As in the file. */
  readonly shape: readonly number[];
  /** Where its elements begin. */
  readonly offset: number;
  readonly size: number;
}

/** The stretch of the array that a part takes. */
export interface PartStretch {
  readonly part: string;
  readonly offset: number;
  readonly size: number;
}

export interface ParameterLayout<Entry extends ParameterEntry = ParameterEntry> {
  readonly entries: readonly Entry[];
  /** In the order of the array. */
  readonly parts: readonly PartStretch[];
  readonly size: number;
}

/** @param list in the order of the array, parts in one piece each */
export function layOut<Unplaced extends Omit<ParameterEntry, 'offset' | 'size'>>(
  list: readonly Unplaced[],
): ParameterLayout<Unplaced & ParameterEntry> {
  const entries: (Unplaced & ParameterEntry)[] = [];
  const parts: PartStretch[] = [];
  let offset = 0;
  for (const unplaced of list) {
    const size = elementCount(unplaced.shape);
    entries.push({ ...unplaced, offset, size });
    const last = parts.at(-1);
    if (last?.part === unplaced.part) parts[parts.length - 1] = { ...last, size: last.size + size };
    else {
      assert(
        parts.every(({ part }) => part !== unplaced.part),
        `${unplaced.part} is in two pieces`,
      );
      parts.push({ part: unplaced.part, offset, size });
    }
    offset += size;
  }
  return { entries, parts, size: offset };
}

/** The elements of an entry, not copied. */
export const viewOf = (values: Float32Array, { offset, size }: Pick<ParameterEntry, 'offset' | 'size'>): Float32Array =>
  values.subarray(offset, offset + size);

/**
 * The parameters that a graph takes, as its feeds: views into `values`, in the shapes of the graph.
 *
 * @param parameters the leaves that the graph has, by entry name; entries that it lacks are left out
 */
export function parameterFeeds(
  layout: Pick<ParameterLayout, 'entries'>,
  values: Float32Array,
  parameters: ReadonlyMap<string, Value>,
): Readonly<Record<string, F32Tensor>> {
  const taken = layout.entries.flatMap((entry) => {
    const parameter = parameters.get(entry.name);
    if (parameter === undefined) return [];
    const shape = evaluateShape(parameter.shape, {});
    return [[must(leafName(parameter), 'a leaf'), f32(shape, viewOf(values, entry))] as const];
  });
  return Object.fromEntries(taken);
}
