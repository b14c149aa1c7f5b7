/**
 * The definitions of the matrix products and convolutions.
 */
import type { ConvolutionAttributes, ProductOp } from '../../graph/ops.ts';
import { emptyDoubles, type Doubles } from './doubles.ts';
import { input, rowsOf, shapeOf, type Evaluations } from './evaluation.ts';

export const PRODUCTS: Evaluations<ProductOp> = {
  matmul: (inputs, { transposeA, transposeB }, shapes) => {
    const [a, b, y] = [input(inputs, 0), input(inputs, 1), emptyDoubles(shapeOf(shapes))];
    const [rows, columns] = y.shape.slice(-2) as [number, number];
    const inner = a.shape.at(transposeA ? -2 : -1) as number;
    const matrices = y.data.length / (rows * columns);
    const sharedB = b.shape.length === 2;
    for (let matrix = 0; matrix < matrices; matrix++) {
      const startA = matrix * rows * inner;
      const startB = sharedB ? 0 : matrix * inner * columns;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let i = 0; i < inner; i++) {
            const left = a.data[startA + (transposeA ? i * rows + row : row * inner + i)] as number;
            sum += left * (b.data[startB + (transposeB ? column * inner + i : i * columns + column)] as number);
          }
          y.data[(matrix * rows + row) * columns + column] = sum;
        }
      }
    }
    return [y];
  },
  linear: (inputs, _, shapes) => {
    const [x, w, y] = [input(inputs, 0), input(inputs, 1), emptyDoubles(shapeOf(shapes))];
    const bias = inputs[2];
    const [rows, features] = rowsOf(x);
    const [outputs] = w.shape as [number, number];
    for (let row = 0; row < rows; row++) {
      for (let output = 0; output < outputs; output++) {
        let sum = bias === undefined ? 0 : (bias.data[output] as number);
        for (let feature = 0; feature < features; feature++) {
          sum += (x.data[row * features + feature] as number) * (w.data[output * features + feature] as number);
        }
        y.data[row * outputs + output] = sum;
      }
    }
    return [y];
  },
  conv2d: (inputs, attributes, shapes) => {
    const [x, w, y] = [input(inputs, 0), input(inputs, 1), emptyDoubles(shapeOf(shapes))];
    const bias = inputs[2];
    if (bias !== undefined) {
      const area = (y.shape[2] as number) * (y.shape[3] as number);
      for (const at of y.data.keys()) y.data[at] = bias.data[Math.floor(at / area) % bias.data.length] as number;
    }
    eachTap({ x, w, y }, attributes, (atX, atW, atY) => {
      y.data[atY] = (y.data[atY] as number) + (x.data[atX] as number) * (w.data[atW] as number);
    });
    return [y];
  },
  conv2dInputGradient: (inputs, attributes, shapes) => {
    const [y, w, x] = [input(inputs, 0), input(inputs, 1), emptyDoubles(shapeOf(shapes))];
    eachTap({ x, w, y }, attributes, (atX, atW, atY) => {
      x.data[atX] = (x.data[atX] as number) + (y.data[atY] as number) * (w.data[atW] as number);
    });
    return [x];
  },
  conv2dWeightGradient: (inputs, attributes, shapes) => {
    const [x, y, w] = [input(inputs, 0), input(inputs, 1), emptyDoubles(shapeOf(shapes))];
    eachTap({ x, w, y }, attributes, (atX, atW, atY) => {
      w.data[atW] = (w.data[atW] as number) + (x.data[atX] as number) * (y.data[atY] as number);
    });
    return [w];
  },
};

/**
 * All products of a convolution: y[b, o, p, q] = sum over c, i, j of x[b, c, p·stride + i - top, q·stride + j - left]
 * · w[o, c, i, j], without those that fall on the padding. The three convolution ops sum the same products, each over
 * what its own output has not.
 */
function eachTap(
  { x, w, y }: { readonly x: Doubles; readonly w: Doubles; readonly y: Doubles },
  { stride, pads }: ConvolutionAttributes,
  visit: (atX: number, atW: number, atY: number) => void,
): void {
  const [batch, channels, rows, columns] = x.shape as [number, number, number, number];
  const [outputs, , kernelRows, kernelColumns] = w.shape as [number, number, number, number];
  const [outRows, outColumns] = y.shape.slice(2) as [number, number];
  const [top, left] = pads;
  for (let at = 0; at < batch * outputs * channels; at++) {
    const channel = at % channels;
    const output = Math.floor(at / channels) % outputs;
    const item = Math.floor(at / (channels * outputs));
    const planeX = (item * channels + channel) * rows;
    const planeY = (item * outputs + output) * outRows;
    const planeW = (output * channels + channel) * kernelRows;
    for (let i = 0; i < kernelRows; i++) {
      for (let j = 0; j < kernelColumns; j++) {
        for (let p = 0; p < outRows; p++) {
          const row = p * stride + i - top;
          if (row < 0 || row >= rows) continue;
          for (let q = 0; q < outColumns; q++) {
            const column = q * stride + j - left;
            if (column < 0 || column >= columns) continue;
            visit((planeX + row) * columns + column, (planeW + i) * kernelColumns + j, (planeY + p) * outColumns + q);
          }
        }
      }
    }
  }
}
