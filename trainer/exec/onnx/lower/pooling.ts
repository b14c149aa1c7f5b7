/**
 * Lowering of maxima and averages over windows. Both of ONNX's ops leave the padding out, as ours do.
 */
import type { PoolingAttributes, PoolingOp } from '../../../graph/ops.ts';
import type { LoweringTable } from './lowering.ts';
import { names } from './lowering.ts';

export const POOLING: LoweringTable<PoolingOp> = {
  maxPool: (o, inputs, attributes) => [o.node('MaxPool', names(inputs), windows(attributes))],
  averagePool: (o, inputs, attributes) => [o.node('AveragePool', names(inputs), windows(attributes))],
};

const windows = ({ kernel, stride, pads }: PoolingAttributes) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [...pads],
});
