/**
 * Lowering of the elementwise ops.
 */
import { DATA_TYPE } from '../messages.ts';
import type { ElementwiseOp } from '../../../graph/ops.ts';
import type { Emitter } from '../emitter.ts';
import { names, type Lowering, type LoweringTable } from './lowering.ts';

const direct =
  (opType: string): Lowering<ElementwiseOp> =>
  (o, inputs) => [o.node(opType, names(inputs))];

const asNumber = (o: Emitter, condition: string): string => o.node('Cast', [condition], { to: DATA_TYPE.F32 });

export const ELEMENTWISE: LoweringTable<ElementwiseOp> = {
  neg: direct('Neg'),
  abs: direct('Abs'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  reciprocal: direct('Reciprocal'),
  erf: direct('Erf'),
  tanh: direct('Tanh'),
  sigmoid: direct('Sigmoid'),
  sign: (o, inputs) => {
    const [x] = names(inputs) as [string];
    const positive = asNumber(o, o.node('Greater', [x, o.scalar(0)]));
    const negative = asNumber(o, o.node('Less', [x, o.scalar(0)]));
    return [o.node('Sub', [positive, negative])];
  },
  silu: (o, inputs) => [o.microsoft('QuickGelu', names(inputs), { alpha: { float: 1 } })],
  gelu: direct('Gelu'),
  quickGelu: (o, inputs) => [o.microsoft('QuickGelu', names(inputs), { alpha: { float: 1.702 } })],
  leakyRelu: (o, inputs, { slope }) => [o.node('LeakyRelu', names(inputs), { alpha: { float: slope } })],
  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  maximum: direct('Max'),
  minimum: direct('Min'),
  greater: (o, inputs) => [asNumber(o, o.node('Greater', names(inputs)))],
};
