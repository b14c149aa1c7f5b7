/**
 * What a gradient rule is: one op's derivative, built from ops.
 *
 * A rule only differentiates. For each input it gives a way to build the gradient, or nothing where the gradient is
 * zero everywhere; the walker calls those that are needed, sums over broadcast axes, and checks the shapes.
 */
import { must } from '../../base/errors.ts';
import type { Builder } from '../builder.ts';
import { countElements, type Dim } from '../dims.ts';
import type { Value } from '../graph.ts';
import type { OpAttributes, OpName } from '../ops.ts';

/** A node in the backward walk: what went in, what came out, and the gradients of what came out. */
export interface Step<Op extends OpName = OpName> {
  readonly g: Builder;
  readonly attributes: OpAttributes[Op];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** By output; undefined where the loss does not depend on it. At least one is there. */
  readonly gradients: readonly (Value | undefined)[];
  /** 1/size of an axis or of several, as a scalar: a constant, or computed from the symbols. */
  readonly inverseSize: (dim: Dim) => Value;
}

/** Builds the gradient of one input, in the input's shape or in one that broadcasting made of it. */
export type Gradient = (() => Value) | undefined;

export type Rule<Op extends OpName> = (step: Step<Op>) => readonly Gradient[];

export type Rules<Ops extends OpName> = { readonly [Op in Ops]: Rule<Op> };

/** The gradient of an op's only output. */
export const gradientOf = (step: Step): Value => must(step.gradients[0], 'the gradient of the output');

export const inputOf = (step: Step, index = 0): Value => must(step.inputs[index], `input ${index}`);

export const outputOf = (step: Step, index = 0): Value => must(step.outputs[index], `output ${index}`);

/** All axes but the last as one: [..., C] -> [N, C]. */
export function flattenRows(g: Builder, x: Value): Value {
  return g.reshape(x, [countElements(x.shape.slice(0, -1)), must(x.shape.at(-1), 'a last axis')]);
}

/** Runs `build` at the first call and gives its result to every call: for gradients that come out of one node. */
export function once<T>(build: () => T): () => T {
  let built: { readonly result: T } | undefined;
  return () => (built ??= { result: build() }).result;
}
