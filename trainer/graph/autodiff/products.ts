/**
 * Gradients of the matrix products and convolutions. All are linear in each operand, so each gradient is a product of
 * the same kind; those of frozen weights are never built, because nobody asks for them.
 */
import type { Value } from '../graph.ts';
import type { ConvolutionAttributes, ProductOp } from '../ops.ts';
import { flattenRows, gradientOf, inputOf, type Gradient, type Rules } from './rule.ts';

export const PRODUCT_RULES: Rules<ProductOp> = {
  // With A' = a or aᵀ and B' = b or bᵀ: dA' = dy·B'ᵀ and dB' = A'ᵀ·dy.
  matmul: (step) => {
    const { g, attributes } = step;
    const { transposeA, transposeB } = attributes;
    const [a, b, dy] = [inputOf(step, 0), inputOf(step, 1), gradientOf(step)];
    // A right side without leading axes serves all matrices of the left: for its gradient they are one tall matrix.
    const shared = b.shape.length === 2 && a.shape.length > 2;
    const tall = (x: Value): Value => (shared ? flattenRows(g, x) : x);
    return [
      () => (transposeA ? g.matmul(b, dy, { a: transposeB, b: true }) : g.matmul(dy, b, { a: false, b: !transposeB })),
      () =>
        transposeB
          ? g.matmul(tall(dy), tall(a), { a: true, b: transposeA })
          : g.matmul(tall(a), tall(dy), { a: !transposeA, b: false }),
    ];
  },
  linear: (step) => {
    const { g } = step;
    const [x, w, dy] = [inputOf(step, 0), inputOf(step, 1), gradientOf(step)];
    return [
      () => g.matmul(dy, w),
      () => g.matmul(flattenRows(g, dy), flattenRows(g, x), { a: true }),
      () => g.reshape(g.reduceSum(flattenRows(g, dy), [0]), w.shape.slice(0, 1)),
    ];
  },
  conv2d: (step) => {
    const { g } = step;
    const [x, w, dy] = [inputOf(step, 0), inputOf(step, 1), gradientOf(step)];
    const geometry = geometryOf(step);
    return [
      () => g.conv2dInputGradient(dy, w, { ...geometry, inputShape: x.shape }),
      () => g.conv2dWeightGradient(x, dy, { ...geometry, kernel: kernelOf(w) }),
      () => g.reshape(g.reduceSum(dy, [0, 2, 3]), w.shape.slice(0, 1)),
    ];
  },
  // dx = D(dy, w): the gradient of dy is the convolution itself, that of w the weight gradient with d(dx) for x.
  conv2dInputGradient: (step): readonly Gradient[] => {
    const { g } = step;
    const [dy, w, ddx] = [inputOf(step, 0), inputOf(step, 1), gradientOf(step)];
    const geometry = geometryOf(step);
    return [
      () => g.conv2d(ddx, w, undefined, geometry),
      () => g.conv2dWeightGradient(ddx, dy, { ...geometry, kernel: kernelOf(w) }),
    ];
  },
  // dw = W(x, dy): the gradient of x is the input gradient with d(dw) for w, that of dy the convolution of x with d(dw).
  conv2dWeightGradient: (step): readonly Gradient[] => {
    const { g } = step;
    const [x, dy, ddw] = [inputOf(step, 0), inputOf(step, 1), gradientOf(step)];
    const geometry = geometryOf(step);
    return [
      () => g.conv2dInputGradient(dy, ddw, { ...geometry, inputShape: x.shape }),
      () => g.conv2d(x, ddw, undefined, geometry),
    ];
  },
};

const geometryOf = ({ attributes }: { readonly attributes: ConvolutionAttributes }): ConvolutionAttributes => ({
  stride: attributes.stride,
  pads: attributes.pads,
});

const kernelOf = (w: Value): readonly [number, number] => w.shape.slice(2) as [number, number];
