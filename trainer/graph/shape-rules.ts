/**
 * One shape rule per op: the shapes of its inputs and its attributes in, the shapes of its outputs out.
 *
 * A rule throws a `ShapeError` when the inputs do not fit; the builder adds which node it was and how it came to be.
 */
import type { DType } from '../base/tensor.ts';
import {
  countElements,
  divide,
  equalDims,
  equalShapes,
  multiply,
  showDim,
  showShape,
  type Dim,
  type Shape,
} from './dims.ts';
import type { ConvolutionAttributes, OpAttributes, OpName, PoolingAttributes } from './ops.ts';

export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

type ShapeRule<Op extends OpName> = (inputs: readonly Shape[], attributes: OpAttributes[Op]) => readonly Shape[];

export const SHAPE_RULES: { readonly [Op in OpName]: ShapeRule<Op> } = {
  neg: same,
  abs: same,
  exp: same,
  log: same,
  sqrt: same,
  reciprocal: same,
  erf: same,
  tanh: same,
  sigmoid: same,
  sign: same,
  silu: same,
  gelu: same,
  quickGelu: same,
  leakyRelu: same,
  add: broadcast,
  sub: broadcast,
  mul: broadcast,
  div: broadcast,
  maximum: broadcast,
  minimum: broadcast,
  greater: broadcast,
  reduceSum: (inputs, { axes }) => [reduced(one(inputs), axes)],
  reduceMean: (inputs, { axes }) => [reduced(one(inputs), axes)],
  reshape: (inputs, { shape }) => {
    const x = one(inputs);
    require_(
      equalDims(countElements(x), countElements(shape)),
      `${showShape(x)} has ${showDim(countElements(x))} elements, ${showShape(shape)} has ${showDim(countElements(shape))}`,
    );
    return [shape];
  },
  transpose: (inputs, { permutation }) => {
    const x = one(inputs);
    const sorted = [...permutation].sort((a, b) => a - b);
    require_(
      sorted.length === x.length && sorted.every((axis, index) => axis === index),
      `[${permutation.join(', ')}] does not permute the axes of ${showShape(x)}`,
    );
    return [permutation.map((axis) => at(x, axis))];
  },
  expand: (inputs, { shape }) => {
    require_(
      equalShapes(broadcastShapes(one(inputs), shape), shape),
      `${showShape(one(inputs))} cannot be broadcast to ${showShape(shape)}`,
    );
    return [shape];
  },
  concat: (inputs, { axis }) => {
    const first = one(inputs.slice(0, 1));
    let total = 0;
    for (const shape of inputs) {
      const side = at(shape, axis);
      require_(typeof side === 'number', `axis ${axis} of ${showShape(shape)} must be a number to be joined`);
      require_(
        equalShapes(withAxis(shape, axis, 1), withAxis(first, axis, 1)),
        `${showShape(shape)} and ${showShape(first)} differ in an axis other than ${axis}`,
      );
      total += side;
    }
    return [withAxis(first, axis, total)];
  },
  slice: (inputs, { axis, start, size }) => {
    const side = at(one(inputs), axis);
    if (typeof side === 'number' && typeof size === 'number') {
      require_(
        start >= 0 && start + size <= side,
        `${start} + ${size} is beyond axis ${axis} of ${showShape(one(inputs))}`,
      );
    }
    return [withAxis(one(inputs), axis, size)];
  },
  pad: (inputs, { axis, before, after }) => {
    const side = at(one(inputs), axis);
    require_(typeof side === 'number', `axis ${axis} of ${showShape(one(inputs))} must be a number to be padded`);
    return [withAxis(one(inputs), axis, side + before + after)];
  },
  matmul: (inputs, { transposeA, transposeB }) => {
    const [a, b] = two(inputs);
    const [rows, inner] = lastTwo(a, transposeA);
    const [innerB, columns] = lastTwo(b, transposeB);
    require_(equalDims(inner, innerB), `the inner sizes ${showDim(inner)} and ${showDim(innerB)} differ`);
    const lead = a.slice(0, -2);
    if (b.length > 2)
      require_(equalShapes(lead, b.slice(0, -2)), `the leading axes of ${showShape(a)} and ${showShape(b)} differ`);
    else
      require_(
        !transposeA || a.length === 2,
        'a transposed left side with leading axes needs a right side with the same',
      );
    return [[...lead, rows, columns]];
  },
  linear: ([x, w, bias]) => {
    const [input, weight] = two([x, w] as Shape[]);
    require_(weight.length === 2, `the weight must be [out, in], not ${showShape(weight)}`);
    require_(
      equalDims(at(input, -1), at(weight, 1)),
      `the input has ${showDim(at(input, -1))} features, the weight takes ${showDim(at(weight, 1))}`,
    );
    checkBias(bias, at(weight, 0));
    return [[...input.slice(0, -1), at(weight, 0)]];
  },
  conv2d: ([x, w, bias], attributes) => {
    const [input, weight] = two([x, w] as Shape[]);
    require_(
      input.length === 4 && weight.length === 4,
      `needs [B, C, h, w] and [out, C, k, k], not ${showShape(input)} and ${showShape(weight)}`,
    );
    require_(
      equalDims(at(input, 1), at(weight, 1)),
      `the input has ${showDim(at(input, 1))} channels, the weight takes ${showDim(at(weight, 1))}`,
    );
    checkBias(bias, at(weight, 0));
    const kernel = kernelOf(weight);
    return [[at(input, 0), at(weight, 0), ...convolvedSides(input, kernel, attributes)]];
  },
  conv2dInputGradient: (inputs, attributes) => {
    const [dy, w] = two(inputs);
    const { inputShape } = attributes;
    const expected = [at(inputShape, 0), at(w, 0), ...convolvedSides(inputShape, kernelOf(w), attributes)];
    require_(equalShapes(dy, expected), `the output gradient must be ${showShape(expected)}, not ${showShape(dy)}`);
    require_(
      equalDims(at(inputShape, 1), at(w, 1)),
      `the input has ${showDim(at(inputShape, 1))} channels, the weight ${showDim(at(w, 1))}`,
    );
    return [inputShape];
  },
  conv2dWeightGradient: (inputs, attributes) => {
    const [x, dy] = two(inputs);
    const expected = [at(x, 0), at(dy, 1), ...convolvedSides(x, attributes.kernel, attributes)];
    require_(equalShapes(dy, expected), `the output gradient must be ${showShape(expected)}, not ${showShape(dy)}`);
    return [[at(dy, 1), at(x, 1), ...attributes.kernel]];
  },
  moments: (inputs) => {
    const statistic = withAxis(one(inputs), -1, 1);
    return [statistic, statistic];
  },
  layerNorm: ([x, gamma, beta]) => {
    const [input, scale] = two([x, gamma] as Shape[]);
    require_(equalShapes(scale, [at(input, -1)]), `gamma must be [${showDim(at(input, -1))}], not ${showShape(scale)}`);
    checkBias(beta, at(input, -1));
    const statistic = withAxis(input, -1, 1);
    return [input, statistic, statistic];
  },
  softmax: same,
  attention: (inputs, { heads }) => [checkAttention(inputs, heads)[0]],
  attentionGradient: (inputs, { heads }) => {
    const [q, k, v] = checkAttention(inputs, heads);
    for (const shape of inputs.slice(3))
      require_(equalShapes(shape, q), `the output must be ${showShape(q)}, not ${showShape(shape)}`);
    return [q, k, v];
  },
  maxPool: pooled,
  averagePool: pooled,
  upsampleNearest: (inputs) => [sides(one(inputs), (side) => multiply(side, 2))],
  sumPool: (inputs) => [sides(one(inputs), (side) => divide(side, 2))],
  gatherRows: (inputs) => {
    const [table, ids] = two(inputs);
    return [[...ids, at(table, 1)]];
  },
  scatterAddRows: (inputs, { rows }) => {
    const [ids, dy] = two(inputs);
    require_(equalShapes(ids, dy.slice(0, -1)), `${showShape(ids)} ids need gradients [..., C], not ${showShape(dy)}`);
    return [[rows, at(dy, -1)]];
  },
};

/** The dtypes that an op's inputs must have; f32 where not said. */
export function inputDType(op: OpName, index: number): DType {
  if (op === 'gatherRows') return index === 1 ? 'i32' : 'f32';
  if (op === 'scatterAddRows') return index === 0 ? 'i32' : 'f32';
  return 'f32';
}

/** NumPy's rule: sizes are equal, or one of them is 1; missing leading axes count as 1. */
export function broadcastShapes(left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, index) => {
    const a = left[left.length - rank + index] ?? 1;
    const b = right[right.length - rank + index] ?? 1;
    require_(a === 1 || b === 1 || equalDims(a, b), `${showShape(left)} and ${showShape(right)} cannot be broadcast`);
    return a === 1 ? b : a;
  });
}

/** The axis counted from the start: -1 is the last. */
export const axisOf = (shape: Shape, axis: number): number => (axis < 0 ? shape.length + axis : axis);

export function at(shape: Shape, axis: number): Dim {
  const side = shape.at(axis);
  if (side === undefined) throw new ShapeError(`${showShape(shape)} has no axis ${axis}`);
  return side;
}

function require_(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}

function same(inputs: readonly Shape[]): readonly Shape[] {
  return [one(inputs)];
}

function broadcast(inputs: readonly Shape[]): readonly Shape[] {
  const [a, b] = two(inputs);
  return [broadcastShapes(a, b)];
}

function one(inputs: readonly Shape[]): Shape {
  const [first] = inputs;
  require_(first !== undefined, 'needs an input');
  return first;
}

function two(inputs: readonly Shape[]): readonly [Shape, Shape] {
  const [first, second] = inputs;
  require_(first !== undefined && second !== undefined, `needs two inputs, not ${inputs.length}`);
  return [first, second];
}

const withAxis = (shape: Shape, axis: number, side: Dim): Shape => {
  at(shape, axis);
  return shape.map((dim, index) => (index === axisOf(shape, axis) ? side : dim));
};

const reduced = (shape: Shape, axes: readonly number[]): Shape =>
  axes.reduce((result: Shape, axis) => withAxis(result, axis, 1), shape);

const lastTwo = (shape: Shape, transposed: boolean): readonly [Dim, Dim] =>
  transposed ? [at(shape, -1), at(shape, -2)] : [at(shape, -2), at(shape, -1)];

function checkBias(bias: Shape | undefined, size: Dim): void {
  if (bias !== undefined)
    require_(equalShapes(bias, [size]), `the bias must be [${showDim(size)}], not ${showShape(bias)}`);
}

function kernelOf(weight: Shape): readonly [number, number] {
  const [rows, columns] = [at(weight, 2), at(weight, 3)];
  require_(
    typeof rows === 'number' && typeof columns === 'number',
    `the kernel of ${showShape(weight)} must be numbers`,
  );
  return [rows, columns];
}

/**
 * floor((side + pads - kernel) / stride) + 1. For a symbolic side this must be the side itself (stride 1) or the side
 * over the stride; the latter holds when the stride divides the side, which binding the symbols checks.
 */
function convolvedSides(
  input: Shape,
  kernel: readonly [number, number],
  attributes: ConvolutionAttributes,
): readonly Dim[] {
  const { stride, pads } = attributes;
  return [0, 1].map((axis) => {
    const side = at(input, 2 + axis);
    const margin = (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - (kernel[axis] ?? 0);
    if (typeof side === 'number') return Math.floor((side + margin) / stride) + 1;
    const exact = stride === 1 ? margin === -1 : margin >= -stride && margin < 0;
    require_(
      exact,
      `a kernel of ${kernel[axis]} with pads ${pads.join(', ')} and stride ${stride} does not divide ${showDim(side)} evenly`,
    );
    return divide(side, stride);
  });
}

function pooled(inputs: readonly Shape[], attributes: PoolingAttributes): readonly Shape[] {
  const x = one(inputs);
  const { kernel, pads } = attributes;
  require_(x.length === 4, `needs [B, C, h, w], not ${showShape(x)}`);
  require_(
    pads.every((pad) => pad < kernel),
    `pads ${pads.join(', ')} leave windows of ${kernel} without an element`,
  );
  const [rows, columns] = convolvedSides(x, [kernel, kernel], attributes);
  require_(
    [rows, columns].every((side) => typeof side !== 'number' || side > 0),
    `${showShape(x)} is smaller than the window of ${kernel}`,
  );
  return [[at(x, 0), at(x, 1), rows as Dim, columns as Dim]];
}

function checkAttention(inputs: readonly Shape[], heads: number): readonly [Shape, Shape, Shape] {
  const [q, k, v] = inputs;
  require_(q?.length === 3 && k?.length === 3 && v?.length === 3, 'needs q, k and v with three axes each');
  require_(equalShapes(k, v), `k ${showShape(k)} and v ${showShape(v)} differ`);
  require_(
    equalDims(at(q, 0), at(k, 0)) && equalDims(at(q, 2), at(k, 2)),
    `q ${showShape(q)} and k ${showShape(k)} differ in batch or channels`,
  );
  const channels = at(q, 2);
  require_(
    typeof channels === 'number' && channels % heads === 0,
    `${showDim(channels)} channels cannot be split into ${heads} heads`,
  );
  return [q, k, v];
}

function sides(shape: Shape, change: (side: Dim) => Dim): Shape {
  require_(shape.length === 4, `needs [B, C, h, w], not ${showShape(shape)}`);
  return [at(shape, 0), at(shape, 1), change(at(shape, 2)), change(at(shape, 3))];
}
