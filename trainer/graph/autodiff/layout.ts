/**
 * Gradients of the ops that sum or move elements: reductions, layout, resampling, tables.
 */
import { axisOf } from '../shape-rules.ts';
import { equalDims, multiply, showDim, type Dim } from '../dims.ts';
import { GraphError } from '../builder.ts';
import { gradientOf, inputOf, type Rules, type Step } from './rule.ts';
import type { LayoutOp } from '../ops.ts';

export const LAYOUT_RULES: Rules<LayoutOp> = {
  reduceSum: (step) => [() => step.g.expand(gradientOf(step), inputOf(step).shape)],
  reduceMean: (step) => [
    () => {
      const { shape } = inputOf(step);
      const count = multiply(...step.attributes.axes.map((axis) => shape[axisOf(shape, axis)] as Dim));
      return step.g.expand(step.g.mul(gradientOf(step), step.inverseSize(count)), shape);
    },
  ],
  reshape: (step) => [() => step.g.reshape(gradientOf(step), inputOf(step).shape)],
  transpose: (step) => [
    () => {
      const { permutation } = step.attributes;
      const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
      return step.g.transpose(gradientOf(step), inverse);
    },
  ],
  // The walker sums over the axes that were repeated.
  expand: (step) => [() => gradientOf(step)],
  concat: (step) => {
    const { axis } = step.attributes;
    let end = 0;
    return step.inputs.map((part) => {
      const size = numericSide(step, part.shape[axisOf(part.shape, axis)] as Dim);
      const start = end;
      end += size;
      return () => step.g.slice(gradientOf(step), axis, start, size);
    });
  },
  // Where the slices of a value tile it, the walker joins their gradients instead: see slices.ts.
  slice: (step) => [
    () => {
      const { axis, start, size } = step.attributes;
      const { shape } = inputOf(step);
      const side = shape[axisOf(shape, axis)] as Dim;
      if (start === 0 && equalDims(size, side)) return gradientOf(step);
      const after = numericSide(step, side) - start - numericSide(step, size);
      return step.g.pad(gradientOf(step), axis, start, after);
    },
  ],
  pad: (step) => [
    () => {
      const { axis, before } = step.attributes;
      const { shape } = inputOf(step);
      return step.g.slice(gradientOf(step), axis, before, shape[axisOf(shape, axis)] as Dim);
    },
  ],
  upsampleNearest: (step) => [() => step.g.sumPool(gradientOf(step))],
  sumPool: (step) => [() => step.g.upsampleNearest(gradientOf(step))],
  gatherRows: (step) => [
    () => {
      const rows = numericSide(step, inputOf(step, 0).shape[0] as Dim);
      return step.g.scatterAddRows(inputOf(step, 1), gradientOf(step), rows);
    },
    undefined,
  ],
  scatterAddRows: (step) => [undefined, () => step.g.gatherRows(gradientOf(step), inputOf(step, 0))],
};

function numericSide(step: Step, side: Dim): number {
  if (typeof side === 'number') return side;
  const shape = inputOf(step).shape.map(showDim).join(', ');
  throw new GraphError(`the gradient needs a number where [${shape}] has the axis ${showDim(side)}`);
}
