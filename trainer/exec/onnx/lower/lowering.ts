/**
 * What a row of the lowering tables is.
 *
 * The tables emit opset 20 and only ops that the CPU, WebGPU, CUDA and DirectML providers of ONNX Runtime 1.30 all have:
 * no LogSoftmax, GroupNormalization, Sum, Sign, OneHot, ConstantOfShape, int64 arithmetic, random or loss ops.
 */
import type { Shape } from '../../../graph/dims.ts';
import type { OpAttributes, OpName } from '../../../graph/ops.ts';
import type { Emitter } from '../emitter.ts';

/** An input of the node: its ONNX name (f32, or i32 ids) and its shape. */
export interface Operand {
  readonly name: string;
  readonly shape: Shape;
}

/** Emits ONNX nodes for one node of the graph and returns the names of its outputs. */
export type Lowering<Op extends OpName> = (
  o: Emitter,
  inputs: readonly Operand[],
  attributes: OpAttributes[Op],
  outputShapes: readonly Shape[],
) => readonly string[];

export type LoweringTable<Ops extends OpName> = { readonly [Op in Ops]: Lowering<Op> };

/** The names of the inputs, of which there are at least as many as the op needs: the shape rules saw to it. */
export const names = (inputs: readonly Operand[]): readonly string[] => inputs.map(({ name }) => name);
