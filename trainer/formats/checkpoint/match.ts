/**
 * Finds each weight that a network needs in the files, and says what is missing, of the wrong shape, or left over.
 */
import type { SafetensorsHeader, StoredTensor } from '../safetensors/header.ts';
import type { Shapes } from './expected-weights.ts';
import type { Source, SourcesOf } from './ldm-names.ts';
import type { WeightRef, Weights } from './types.ts';

export type Tensors = SafetensorsHeader['tensors'];

export interface WrongShape {
  readonly name: string;
  readonly found: readonly number[];
  readonly expected: readonly number[];
}

export interface Match {
  readonly weights: Weights;
  /** As the files would name them. */
  readonly missing: readonly string[];
  readonly wrongShapes: readonly WrongShape[];
  /** Names of stored tensors that were taken, or that stand for a weight in another spelling. */
  readonly used: ReadonlySet<string>;
}

export function matchWeights(expected: Shapes, sourcesOf: SourcesOf, tensors: Tensors): Match {
  const weights = new Map<string, WeightRef>();
  const missing: string[] = [];
  const wrongShapes: WrongShape[] = [];
  const used = new Set<string>();
  for (const [canonical, shape] of expected) {
    const sources = sourcesOf(canonical);
    const source = sources.find(({ name }) => tensors.has(name));
    const stored = source && tensors.get(source.name);
    if (source === undefined || stored === undefined) {
      missing.push(sources[0]?.name ?? canonical);
      continue;
    }
    used.add(source.name);
    const wanted = storedShape(shape, source);
    if (sameShape(stored.shape, wanted)) weights.set(canonical, cut(stored, shape, source));
    else wrongShapes.push({ name: source.name, found: stored.shape, expected: wanted });
  }
  return { weights, missing, wrongShapes, used };
}

/** The shape that the file should have for a weight of `shape`. */
function storedShape(shape: readonly number[], source: Source): readonly number[] {
  if (source.transposed) return shape.toReversed();
  return source.third === undefined ? shape : [3 * (shape[0] ?? 0), ...shape.slice(1)];
}

/** A 1x1 convolution [m, n, 1, 1] and a linear layer [m, n] are the same numbers; files have either. */
function sameShape(found: readonly number[], wanted: readonly number[]): boolean {
  const flat = (shape: readonly number[]): string =>
    shape.length === 4 && shape[2] === 1 && shape[3] === 1 ? shape.slice(0, 2).join() : shape.join();
  return flat(found) === flat(wanted);
}

function cut(stored: StoredTensor, shape: readonly number[], source: Source): WeightRef {
  if (source.transposed) return { ...stored, shape, transposed: true };
  if (source.third === undefined) return { ...stored, shape };
  const byteLength = stored.byteLength / 3;
  return { ...stored, shape, byteLength, offset: stored.offset + source.third * byteLength };
}
