/**
 * What a row of the reference tables is: the definition of one op on doubles.
 */
import { InternalError } from '../../base/errors.ts';
import type { OpAttributes, OpName } from '../../graph/ops.ts';
import type { Doubles } from './doubles.ts';

/**
 * The outputs of an op. `shapes` are those of the outputs with all symbols bound, so that a definition never looks at
 * symbolic attributes.
 */
export type Evaluation<Op extends OpName> = (
  inputs: readonly Doubles[],
  attributes: OpAttributes[Op],
  shapes: readonly (readonly number[])[],
) => readonly Doubles[];

export type Evaluations<Ops extends OpName> = { readonly [Op in Ops]: Evaluation<Op> };

export function input(inputs: readonly Doubles[], index: number): Doubles {
  const found = inputs[index];
  if (found === undefined) throw new InternalError(`the op has no input ${index}`);
  return found;
}

export function shapeOf(shapes: readonly (readonly number[])[], index = 0): readonly number[] {
  const found = shapes[index];
  if (found === undefined) throw new InternalError(`the op has no output ${index}`);
  return found;
}

/** Rows and length of the last axis. */
export function rowsOf({ shape, data }: Doubles): readonly [rows: number, length: number] {
  const length = shape.at(-1) ?? 1;
  return [length === 0 ? 0 : data.length / length, length];
}
