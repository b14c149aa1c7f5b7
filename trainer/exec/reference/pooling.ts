/**
 * The definitions of maxima and averages over windows.
 */
import type { PoolingAttributes, PoolingOp } from '../../graph/ops.ts';
import { emptyDoubles, type Doubles } from './doubles.ts';
import { input, shapeOf, type Evaluations } from './evaluation.ts';

export const POOLING: Evaluations<PoolingOp> = {
  maxPool: (inputs, attributes, shapes) => [
    eachWindow(input(inputs, 0), attributes, shapeOf(shapes), (window) => Math.max(...window)),
  ],
  averagePool: (inputs, attributes, shapes) => [
    eachWindow(
      input(inputs, 0),
      attributes,
      shapeOf(shapes),
      (window) => window.reduce((sum, value) => sum + value, 0) / window.length,
    ),
  ],
};

/** y[b, c, p, q] of the x[b, c, p·stride + i - top, q·stride + j - left] with i, j < kernel that lie inside. */
function eachWindow(
  x: Doubles,
  { kernel, stride, pads: [top, left] }: PoolingAttributes,
  shape: readonly number[],
  summary: (window: readonly number[]) => number,
): Doubles {
  const y = emptyDoubles(shape);
  const [rows, columns] = x.shape.slice(2) as [number, number];
  const [outRows, outColumns] = shape.slice(2) as [number, number];
  for (const at of y.data.keys()) {
    const plane = Math.floor(at / (outRows * outColumns));
    const [firstRow, firstColumn] = [
      (Math.floor(at / outColumns) % outRows) * stride - top,
      (at % outColumns) * stride - left,
    ];
    const window: number[] = [];
    for (let row = Math.max(0, firstRow); row < Math.min(rows, firstRow + kernel); row++) {
      for (let column = Math.max(0, firstColumn); column < Math.min(columns, firstColumn + kernel); column++) {
        window.push(x.data[(plane * rows + row) * columns + column] as number);
      }
    }
    y.data[at] = summary(window);
  }
  return y;
}
