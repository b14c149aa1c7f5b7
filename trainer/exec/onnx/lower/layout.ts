/**
 * Lowering of reductions, layout, resampling and table ops.
 */
import { showDim } from '../../../graph/dims.ts';
import { axisOf } from '../../../graph/shape-rules.ts';
import type { LayoutOp } from '../../../graph/ops.ts';
import { DATA_TYPE } from '../messages.ts';
import type { LoweringTable, Operand } from './lowering.ts';
import { names } from './lowering.ts';

const only = (inputs: readonly Operand[]): Operand => inputs[0] as Operand;

export const LAYOUT: LoweringTable<LayoutOp> = {
  reduceSum: (o, inputs, { axes }) => [o.node('ReduceSum', [only(inputs).name, o.integers(axes)], { keepdims: 1 })],
  reduceMean: (o, inputs, { axes }) => [o.node('ReduceMean', [only(inputs).name, o.integers(axes)], { keepdims: 1 })],
  reshape: (o, inputs, { shape }) => [o.reshape(only(inputs).name, only(inputs).shape, shape)],
  transpose: (o, inputs, { permutation }) => [o.node('Transpose', names(inputs), { perm: permutation })],
  expand: (o, inputs, { shape }) => [o.node('Expand', [only(inputs).name, o.shape(shape)])],
  concat: (o, inputs, { axis }) => [o.node('Concat', names(inputs), { axis })],
  slice: (o, inputs, { axis, start, size }) => {
    const side = only(inputs).shape[axisOf(only(inputs).shape, axis)];
    // A symbolic size is sliced from 0 to its end only where it is the whole axis; other bounds are numbers.
    const end = typeof size === 'number' ? o.integers([start + size]) : o.shape([size]);
    if (side !== undefined && start === 0 && showDim(side) === showDim(size))
      return [o.node('Identity', names(inputs))];
    return [o.node('Slice', [only(inputs).name, o.integers([start]), end, o.integers([axis])])];
  },
  pad: (o, inputs, { axis, before, after }) => {
    const rank = only(inputs).shape.length;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axisOf(only(inputs).shape, axis)] = before;
    pads[rank + axisOf(only(inputs).shape, axis)] = after;
    return [o.node('Pad', [only(inputs).name, o.integers(pads)], { mode: 'constant' })];
  },
  upsampleNearest: (o, inputs) => {
    const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
    return [o.node('Resize', [only(inputs).name, '', o.floats([1, 1, 2, 2], [4])], attributes)];
  },
  sumPool: (o, inputs) => {
    const mean = o.node('AveragePool', names(inputs), { kernel_shape: [2, 2], strides: [2, 2] });
    return [o.node('Mul', [mean, o.scalar(4)])];
  },
  gatherRows: (o, inputs) => [o.node('Gather', names(inputs), { axis: 0 })],
  scatterAddRows: (o, inputs, _attributes, [shape]) => {
    const [ids, dy] = inputs as [Operand, Operand];
    const table = o.node('Expand', [o.scalar(0), o.shape(shape ?? [])]);
    // WebGPU widens i32 to i64 only by way of f32, which holds every row number below 2^24.
    const numbers = o.node('Unsqueeze', [o.node('Cast', [ids.name], { to: DATA_TYPE.F32 }), o.integers([-1])]);
    const rows = o.node('Cast', [numbers], { to: DATA_TYPE.I64 });
    return [o.node('ScatterND', [table, rows, dy.name], { reduction: 'add' })];
  },
};
