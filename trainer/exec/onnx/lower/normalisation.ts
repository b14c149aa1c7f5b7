/**
 * Lowering of moments, layer norm and softmax.
 */
import type { RowOp } from '../../../graph/ops.ts';
import type { LoweringTable } from './lowering.ts';
import { names } from './lowering.ts';

export const NORMALISATION: LoweringTable<RowOp> = {
  moments: (o, inputs, { epsilon }) => {
    const [x] = names(inputs) as [string];
    const last = o.integers([-1]);
    const mean = o.node('ReduceMean', [x, last], { keepdims: 1 });
    const centred = o.node('Sub', [x, mean]);
    const variance = o.node('ReduceMean', [o.node('Mul', [centred, centred]), last], { keepdims: 1 });
    return [mean, o.node('Reciprocal', [o.node('Sqrt', [o.node('Add', [variance, o.scalar(epsilon)])])])];
  },
  layerNorm: (o, inputs, { epsilon }) => [
    ...o.nodeWithOutputs('LayerNormalization', names(inputs), 3, { axis: -1, epsilon: { float: epsilon } }),
  ],
  softmax: (o, inputs) => [o.node('Softmax', names(inputs), { axis: -1 })],
};
