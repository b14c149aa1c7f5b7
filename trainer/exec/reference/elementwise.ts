/**
 * The definitions of the ops that work element by element.
 */
import type { ElementwiseOp } from '../../graph/ops.ts';
import { broadcastStrides, offsetsOf, type Doubles } from './doubles.ts';
import { erf } from './erf.ts';
import { input, shapeOf, type Evaluations } from './evaluation.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const ELEMENTWISE: Evaluations<ElementwiseOp> = {
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  erf: unary(erf),
  tanh: unary(Math.tanh),
  sigmoid: unary(sigmoid),
  sign: unary(Math.sign),
  silu: unary((x) => x * sigmoid(x)),
  gelu: unary((x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  quickGelu: unary((x) => x * sigmoid(1.702 * x)),
  leakyRelu: (inputs, { slope }) => unary((x) => (x > 0 ? x : slope * x))(inputs),
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  greater: binary((a, b) => (a > b ? 1 : 0)),
};

function unary(define: (x: number) => number) {
  return (inputs: readonly Doubles[]): readonly Doubles[] => {
    const { shape, data } = input(inputs, 0);
    return [{ shape, data: data.map((x) => define(x)) }];
  };
}

function binary(define: (a: number, b: number) => number) {
  return (inputs: readonly Doubles[], _: unknown, shapes: readonly (readonly number[])[]): readonly Doubles[] => {
    const shape = shapeOf(shapes);
    const [a, b] = [input(inputs, 0), input(inputs, 1)];
    const atA = offsetsOf(shape, broadcastStrides(a.shape, shape));
    const atB = offsetsOf(shape, broadcastStrides(b.shape, shape));
    const data = Float64Array.from(atA, (offset, index) =>
      define(a.data[offset] as number, b.data[atB[index] as number] as number),
    );
    return [{ shape, data }];
  };
}
