/**
 * How far a replay's numbers are from those of a training trace.
 *
 * AdamW divides by the root of v, so where a gradient is near 0 its sign may differ: whole matrices are compared, not
 * elements, and a matrix whose gradient is 0 but for rounding is left out of both cosines.
 */
import { must } from '../base/errors.ts';
import type { LoraEntry, LoraLayout } from '../lora/layout.ts';
import { viewOf } from '../optim/parameters.ts';
import { gradientNorm } from '../optim/clip.ts';
import type { Tensors, Trace } from './trace.ts';

/** Agreement to expect (test/golden/traces). */
export const TOLERANCES = { loss: 1e-4, gradientCosine: 0.9999, finalCosine: 0.999 } as const;

/** What a run of the trace's steps gave. Vectors have the layout's order. */
export interface Repeated {
  readonly layout: LoraLayout;
  /** Of the UNet's group norms. */
  readonly normGroups: number;
  /** Of every pass. */
  readonly losses: readonly number[];
  /** Mean over the first step's passes. */
  readonly firstGradient: Float32Array;
  readonly initial: Float32Array;
  readonly final: Float32Array;
}

export interface Agreement {
  readonly status: 'ok' | 'differs';
  /** Largest of all passes, relative. */
  readonly maxLossError: number;
  /** Smallest of all matrices, at the first optimizer step. */
  readonly minGradCosine: number;
  /** Of final minus initial LoRA, all matrices as one vector. */
  readonly finalCosine: number;
  /** Matrices that the last cosine leaves out. */
  readonly roundingOnly: number;
}

/** A norm below this share of the whole gradient's is rounding: f32 leaves up to 6e-7, the smallest real ones have 1e-5. */
const ROUNDING = 2e-6;

export function agreementOf(trace: Trace, found: Repeated): Agreement {
  const { layout, losses, firstGradient, initial, final } = found;
  const expectedGradient = ({ name, size }: LoraEntry): Float32Array =>
    trace.firstGradients.get(name)?.data ?? new Float32Array(size);
  const threshold = ROUNDING * gradientNorm(layout.entries.map(expectedGradient));
  const isReal = (entry: LoraEntry): boolean =>
    !isShiftBeforeNorm(entry, found.normGroups) &&
    (gradientNorm([expectedGradient(entry)]) > threshold || gradientNorm([viewOf(firstGradient, entry)]) > threshold);
  const withGradient = layout.entries.filter(isReal);
  // Where up starts at 0, down has no gradient in the first step but learns in the next.
  const learning = new Set(withGradient.map(({ module }) => module.name));
  const changed = layout.entries.filter(({ module }) => learning.has(module.name));
  const expected = valuesOf(layout, trace.final);
  const change = (end: Float32Array): Float32Array[] =>
    changed.map((entry) => difference(viewOf(end, entry), viewOf(initial, entry)));

  const maxLossError = Math.max(...trace.losses.map((loss, pass) => relativeError(must(losses[pass], 'a loss'), loss)));
  const minGradCosine = Math.min(
    1,
    ...withGradient.map((entry) => cosine([viewOf(firstGradient, entry)], [expectedGradient(entry)])),
  );
  const finalCosine = cosine(change(final), change(expected));
  const agrees =
    maxLossError <= TOLERANCES.loss &&
    minGradCosine > TOLERANCES.gradientCosine &&
    finalCosine > TOLERANCES.finalCosine;
  return {
    status: agrees ? 'ok' : 'differs',
    maxLossError,
    minGradCosine,
    finalCosine,
    roundingOnly: layout.entries.length - changed.length,
  };
}

/**
 * A residual block adds one number per channel before a group norm: with one channel a group, the norm takes it away
 * again, so that the loss does not depend on it. What is left of the gradient is rounding, however large.
 */
const isShiftBeforeNorm = ({ module: { layer } }: LoraEntry, normGroups: number): boolean =>
  layer.name.endsWith('.time_emb_proj') && layer.outFeatures === normGroups;

/** The trace's matrices in the layout's order. */
export function valuesOf(layout: LoraLayout, tensors: Tensors): Float32Array {
  const values = new Float32Array(layout.size);
  for (const entry of layout.entries) {
    viewOf(values, entry).set(must(tensors.get(entry.name), `${entry.name} in the trace`).data);
  }
  return values;
}

const relativeError = (found: number, expected: number): number =>
  found === expected ? 0 : Math.abs(found - expected) / Math.abs(expected);

const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, index) => value - (b[index] ?? 0));

/** Of two vectors that are given in pieces; at most 1, whatever the rounding. Two that are both 0 agree. */
function cosine(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let product = 0;
  for (const [piece, values] of a.entries()) {
    const others = must(b[piece], 'the same pieces');
    for (const [index, value] of values.entries()) product += value * (others[index] ?? 0);
  }
  const [lengthA, lengthB] = [gradientNorm(a), gradientNorm(b)];
  if (lengthA === 0 && lengthB === 0) return 1;
  return lengthA === 0 || lengthB === 0 ? 0 : Math.min(1, product / (lengthA * lengthB));
}
