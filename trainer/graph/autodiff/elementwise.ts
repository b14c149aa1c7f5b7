/**
 * Gradients of the ops that work element by element.
 *
 * Each is a pass over memory, so the forms are those with the fewest passes; they are given from the input where the
 * output would have to be computed again, and from the output where it is kept anyway.
 */
import type { Builder } from '../builder.ts';
import type { Value } from '../graph.ts';
import type { ElementwiseOp } from '../ops.ts';
import { gradientOf, inputOf, outputOf, type Gradient, type Rules, type Step } from './rule.ts';

/** The op's own constant, which is 1.702 in CLIP-L. */
const QUICK_GELU = 1.702;

export const ELEMENTWISE_RULES: Rules<ElementwiseOp> = {
  neg: unary(({ g, dy }) => g.neg(dy)),
  // Sub-gradient at 0: 0, the middle of [-1, 1].
  abs: unary(({ g, dy, x }) => g.mul(dy, g.sign(x))),
  exp: unary(({ g, dy, y }) => g.mul(dy, y)),
  log: unary(({ g, dy, x }) => g.div(dy, x)),
  sqrt: unary(({ g, dy, y }) => g.mul(g.div(dy, y), 0.5)),
  reciprocal: unary(({ g, dy, y }) => g.neg(g.mul(dy, g.mul(y, y)))),
  // 2/sqrt(pi) · exp(-x²)
  erf: unary(({ g, dy, x }) => g.mul(dy, g.exp(g.sub(Math.log(2 / Math.sqrt(Math.PI)), g.mul(x, x))))),
  tanh: unary(({ g, dy, y }) => g.mul(dy, g.sub(1, g.mul(y, y)))),
  sigmoid: unary(({ g, dy, y }) => g.mul(dy, g.mul(y, g.sub(1, y)))),
  // Constant on both sides of 0, and taken as constant at 0.
  sign: () => [undefined],
  silu: unary(({ g, dy, x }) => g.mul(dy, slopeOfSigmoidGate(g, x))),
  gelu: unary(({ g, dy, x }) => g.mul(g.mul(dy, 0.5), twiceSlopeOfGelu(g, x))),
  quickGelu: unary(({ g, dy, x }) => g.mul(dy, slopeOfSigmoidGate(g, g.mul(x, QUICK_GELU)))),
  // Sub-gradient at 0: the slope of the negative side.
  leakyRelu: (step) => [
    () => {
      const { g, attributes } = step;
      const slope = g.add(g.mul(g.greater(inputOf(step), 0), 1 - attributes.slope), attributes.slope);
      return g.mul(gradientOf(step), slope);
    },
  ],
  add: binary(
    ({ dy }) => dy,
    ({ dy }) => dy,
  ),
  sub: binary(
    ({ dy }) => dy,
    ({ g, dy }) => g.neg(dy),
  ),
  mul: binary(
    ({ g, dy, b }) => g.mul(dy, b),
    ({ g, dy, a }) => g.mul(dy, a),
  ),
  div: binary(
    ({ g, dy, b }) => g.div(dy, b),
    ({ g, dy, b, y }) => g.neg(g.div(g.mul(dy, y), b)),
  ),
  // Sub-gradient where both are equal: all of it goes to b.
  maximum: binary(
    ({ g, dy, a, b }) => g.mul(dy, g.greater(a, b)),
    ({ g, dy, a, b }) => g.mul(dy, g.sub(1, g.greater(a, b))),
  ),
  // Sub-gradient where both are equal: all of it goes to a.
  minimum: binary(
    ({ g, dy, a, b }) => g.mul(dy, g.sub(1, g.greater(a, b))),
    ({ g, dy, a, b }) => g.mul(dy, g.greater(a, b)),
  ),
  // A step: constant wherever it has a derivative.
  greater: () => [undefined, undefined],
};

/** d(x·σ(kx))/dx = σ + kx·σ·(1 - σ) = σ·(1 + kx·(1 - σ)), given kx. */
function slopeOfSigmoidGate(g: Builder, kx: Value): Value {
  const gate = g.sigmoid(kx);
  return g.mul(gate, g.add(g.mul(kx, g.sub(1, gate)), 1));
}

/** 2·(Φ(x) + x·φ(x)) = 1 + erf(u) + u·(2/sqrt(pi))·exp(-u²) with u = x/sqrt(2). */
function twiceSlopeOfGelu(g: Builder, x: Value): Value {
  const u = g.mul(x, Math.SQRT1_2);
  const bell = g.exp(g.sub(Math.log(2 / Math.sqrt(Math.PI)), g.mul(u, u)));
  return g.add(g.add(g.erf(u), g.mul(u, bell)), 1);
}

interface UnaryStep {
  readonly g: Builder;
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
}

interface BinaryStep extends Omit<UnaryStep, 'x'> {
  readonly a: Value;
  readonly b: Value;
}

function unary(derive: (step: UnaryStep) => Value) {
  return (step: Step): readonly Gradient[] => [
    () => derive({ g: step.g, x: inputOf(step), y: outputOf(step), dy: gradientOf(step) }),
  ];
}

function binary(deriveA: (step: BinaryStep) => Value, deriveB: (step: BinaryStep) => Value) {
  return (step: Step): readonly Gradient[] => {
    const [a, b, y] = [inputOf(step, 0), inputOf(step, 1), outputOf(step)];
    const parts = { g: step.g, a, b, y, dy: gradientOf(step) };
    return [() => deriveA(parts), () => deriveB(parts)];
  };
}
