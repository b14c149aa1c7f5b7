/**
 * Lowering of matrix products, convolutions and their gradients.
 *
 * A linear layer is one Gemm on flattened rows. The input gradient of a convolution is ConvTranspose with the very same
 * weight, or a convolution with the weight turned round for the moment: no second model is kept. The weight gradient is
 * k*k products of shifted inputs.
 */
import { countElements, multiply, type Dim, type Shape } from '../../../graph/dims.ts';
import { at } from '../../../graph/shape-rules.ts';
import type { ConvolutionAttributes, OpAttributes, ProductOp } from '../../../graph/ops.ts';
import { largestCount, type Emitter } from '../emitter.ts';
import type { LoweringTable, Operand } from './lowering.ts';
import { names } from './lowering.ts';

export const PRODUCTS: LoweringTable<ProductOp> = {
  matmul: (o, [a, b], { transposeA, transposeB }, [shape]) => {
    const [left, right] = [a as Operand, b as Operand];
    if (right.shape.length === 2) {
      const rows = transposeA ? left : flattenRows(o, left);
      const product = o.node('Gemm', [rows.name, right.name], {
        transA: Number(transposeA),
        transB: Number(transposeB),
      });
      return [
        o.reshape(
          product,
          [at(transposeA ? left.shape : rows.shape, transposeA ? 1 : 0), at(shape ?? [], -1)],
          shape ?? [],
        ),
      ];
    }
    return [o.node('MatMul', [swapped(o, left, transposeA), swapped(o, right, transposeB)])];
  },
  linear: (o, inputs, _attributes, [shape]) => {
    const [x, w, bias] = inputs as [Operand, Operand, Operand | undefined];
    const rows = flattenRows(o, x);
    const product = o.node('Gemm', [rows.name, w.name, ...(bias === undefined ? [] : [bias.name])], { transB: 1 });
    return [o.reshape(product, [at(rows.shape, 0), at(w.shape, 0)], shape ?? [])];
  },
  conv2d: (o, inputs, attributes) => {
    const kernel = kernelOf((inputs[1] as Operand).shape);
    return [o.node('Conv', names(inputs), { kernel_shape: kernel, ...geometry(attributes) })];
  },
  conv2dInputGradient: (o, inputs, attributes) => {
    const [dy, w] = inputs as [Operand, Operand];
    return [
      turnsWeight(o, w, attributes) ? throughTurnedWeight(o, dy, w, attributes) : transposed(o, dy, w, attributes),
    ];
  },
  conv2dWeightGradient: (o, inputs, attributes, [shape]) => [weightGradient(o, inputs, attributes, shape ?? [])],
};

/** Where a copy of the weight is smaller than the columns [in·k·k, places] that ConvTranspose makes. */
function turnsWeight(
  o: Emitter,
  { shape }: Operand,
  { stride, inputShape }: OpAttributes['conv2dInputGradient'],
): boolean {
  const places = largestCount(o.model, inputShape.slice(2));
  return stride === 1 && at(shape, 2) !== 1 && places !== undefined && places >= (at(shape, 0) as number);
}

function transposed(o: Emitter, dy: Operand, w: Operand, attributes: OpAttributes['conv2dInputGradient']): string {
  const kernel = kernelOf(w.shape);
  const { pads, stride, inputShape } = attributes;
  const padding = [0, 1].map((axis) => {
    const side = at(inputShape, 2 + axis);
    const margin = (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - (kernel[axis] ?? 0);
    // A number may leave a remainder that the stride skipped; a symbol is always a multiple of the stride.
    return typeof side === 'number' ? (side + margin) % stride : (margin + stride) % stride;
  });
  return o.node('ConvTranspose', [dy.name, w.name], {
    kernel_shape: kernel,
    output_padding: padding,
    ...geometry(attributes),
  });
}

/**
 * dx = dy convolved with w, its channels exchanged and its taps in reverse order. On the CPU a convolution runs at the
 * speed of a matrix product, ConvTranspose at two thirds of it.
 */
function throughTurnedWeight(o: Emitter, dy: Operand, w: Operand, { pads, stride }: ConvolutionAttributes): string {
  const [rows, columns] = kernelOf(w.shape) as [number, number];
  const taps = rows * columns;
  const [out, channels] = w.shape as readonly [number, number];
  // Reversed by a product with the exchange matrix: a slice with step -1 copies number by number, four times slower.
  const exchange = Array.from({ length: taps * taps }, (_, index) =>
    Number(Math.floor(index / taps) + (index % taps) === taps - 1),
  );
  const flat = o.reshape(w.name, w.shape, [out * channels, taps]);
  const reversed = o.reshape(
    o.node('MatMul', [flat, o.floats(exchange, [taps, taps])]),
    [out * channels, taps],
    w.shape,
  );
  const turned = o.node('Transpose', [reversed], { perm: [1, 0, 2, 3] });
  const [top, left, bottom, right] = pads;
  const opposite = [rows - 1 - top, columns - 1 - left, rows - 1 - bottom, columns - 1 - right] as const;
  return o.node('Conv', [dy.name, turned], { kernel_shape: [rows, columns], ...geometry({ stride, pads: opposite }) });
}

const geometry = ({ stride, pads }: ConvolutionAttributes) => ({ strides: [stride, stride], pads: [...pads] });

const kernelOf = (weight: Shape): readonly number[] => [at(weight, 2) as number, at(weight, 3) as number];

function flattenRows(o: Emitter, x: Operand): Operand {
  const shape = [countElements(x.shape.slice(0, -1)), at(x.shape, -1)];
  return x.shape.length === 2 ? x : { name: o.reshape(x.name, x.shape, shape), shape };
}

function swapped(o: Emitter, x: Operand, transpose: boolean): string {
  if (!transpose) return x.name;
  const axes = x.shape.map((_, axis) => axis);
  const last = axes.length - 1;
  return o.node('Transpose', [x.name], { perm: [...axes.slice(0, -2), last, last - 1] });
}

/**
 * dw[:, :, i, j] = sum over batch and places of dy · x shifted by (i, j), each a product [out, P]·[P, C]. Of small
 * pictures P are the places of all; of large ones each has a product of its own, so that threads share the work by
 * picture, and dy stays as it lies.
 */
function weightGradient(
  o: Emitter,
  inputs: readonly Operand[],
  { stride, pads, kernel }: ConvolutionAttributes & { readonly kernel: readonly [number, number] },
  shape: Shape,
): string {
  const [x, dy] = inputs as [Operand, Operand];
  const [, out, rows, columns] = dy.shape as readonly [Dim, Dim, Dim, Dim];
  const channels = at(x.shape, 1);
  const channelsLast = o.node('Transpose', [x.name], { perm: [0, 2, 3, 1] });
  const padded = pads.every((pad) => pad === 0)
    ? channelsLast
    : o.node('Pad', [channelsLast, o.integers([0, pads[0], pads[1], 0, 0, pads[2], pads[3], 0])], { mode: 'constant' });
  const apart = (largestCount(o.model, [rows, columns]) ?? 0) >= PLACES_APART;
  const multiplied = apart ? productOfEach(o, dy, channels) : productOfAll(o, dy, channels);

  const products: string[] = [];
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      const ends = [endOf(kernel[0], i), endOf(kernel[1], j)];
      const shifted = o.node('Slice', [padded, ...[[i, j], ends, [1, 2], [stride, stride]].map(o.integers)]);
      products.push(o.reshape(multiplied(shifted), [out, channels], [out, channels, 1]));
    }
  }
  const taps = products.length === 1 ? (products[0] as string) : o.node('Concat', products, { axis: 2 });
  return o.reshape(taps, [out, channels, kernel[0] * kernel[1]], shape);
}

/** From this many places of a picture on, its product is large enough to stand alone. */
const PLACES_APART = 1024;

/** [B, h, w, C] -> dy·x [out, C] as one product over the places of all pictures */
function productOfAll(o: Emitter, dy: Operand, channels: Dim): (shifted: string) => string {
  const [batch, out, rows, columns] = dy.shape as readonly [Dim, Dim, Dim, Dim];
  const places = multiply(batch, rows, columns);
  const outFirst = o.node('Transpose', [dy.name], { perm: [1, 0, 2, 3] });
  const left = o.reshape(outFirst, [out, batch, rows, columns], [out, places]);
  return (shifted) => o.node('Gemm', [left, o.reshape(shifted, [batch, rows, columns, channels], [places, channels])]);
}

/** [B, h, w, C] -> dy·x [out, C] as the sum of one product for each picture */
function productOfEach(o: Emitter, dy: Operand, channels: Dim): (shifted: string) => string {
  const [batch, out, rows, columns] = dy.shape as readonly [Dim, Dim, Dim, Dim];
  const places = multiply(rows, columns);
  const left = o.reshape(dy.name, dy.shape, [batch, out, places]);
  return (shifted) => {
    const right = o.reshape(shifted, [batch, rows, columns, channels], [batch, places, channels]);
    return o.node('ReduceSum', [o.node('MatMul', [left, right]), o.integers([0])], { keepdims: 0 });
  };
}

/** The end of the slice for tap `index`: counted from the end of the axis, so that it holds for every side. */
const endOf = (kernel: number, index: number): number => (index === kernel - 1 ? END : index + 1 - kernel);

const END = 2 ** 31 - 1;
