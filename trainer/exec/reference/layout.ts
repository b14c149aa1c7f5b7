/**
 * The definitions of the ops that sum or move elements: reductions, layout, resampling, tables.
 */
import { InternalError } from '../../base/errors.ts';
import { axisOf } from '../../graph/shape-rules.ts';
import { broadcastStrides, emptyDoubles, offsetsOf, pick, stridesOf, type Doubles } from './doubles.ts';
import { input, rowsOf, shapeOf, type Evaluations } from './evaluation.ts';
import type { LayoutOp } from '../../graph/ops.ts';

export const LAYOUT: Evaluations<LayoutOp> = {
  reduceSum: (inputs, _, shapes) => [sumTo(input(inputs, 0), shapeOf(shapes))],
  reduceMean: (inputs, _, shapes) => {
    const x = input(inputs, 0);
    const sum = sumTo(x, shapeOf(shapes));
    const count = x.data.length / sum.data.length;
    return [{ shape: sum.shape, data: sum.data.map((total) => total / count) }];
  },
  reshape: (inputs, _, shapes) => [{ shape: shapeOf(shapes), data: input(inputs, 0).data }],
  transpose: (inputs, { permutation }, shapes) => {
    const x = input(inputs, 0);
    const strides = stridesOf(x.shape);
    const permuted = permutation.map((axis) => strides[axis] as number);
    return [{ shape: shapeOf(shapes), data: pick(x.data, offsetsOf(shapeOf(shapes), permuted)) }];
  },
  expand: (inputs, _, shapes) => {
    const [x, shape] = [input(inputs, 0), shapeOf(shapes)];
    return [{ shape, data: pick(x.data, offsetsOf(shape, broadcastStrides(x.shape, shape))) }];
  },
  concat: (inputs, { axis }, shapes) => {
    const joined = emptyDoubles(shapeOf(shapes));
    let start = 0;
    for (const part of inputs) {
      write(joined, part, axis, start);
      start += part.shape[axisOf(part.shape, axis)] as number;
    }
    return [joined];
  },
  slice: (inputs, { axis, start }, shapes) => {
    const [x, shape] = [input(inputs, 0), shapeOf(shapes)];
    const strides = stridesOf(x.shape);
    const along = axisOf(x.shape, axis);
    if (start + (shape[along] as number) > (x.shape[along] as number)) {
      throw new InternalError(`the slice ends beyond axis ${along} of [${x.shape.join(', ')}]`);
    }
    return [{ shape, data: pick(x.data, offsetsOf(shape, strides, start * (strides[along] as number))) }];
  },
  pad: (inputs, { axis, before }, shapes) => {
    const padded = emptyDoubles(shapeOf(shapes));
    write(padded, input(inputs, 0), axis, before);
    return [padded];
  },
  upsampleNearest: (inputs, _, shapes) => {
    const big = emptyDoubles(shapeOf(shapes));
    eachOfPair(big.shape, (at, source) => {
      big.data[at] = input(inputs, 0).data[source] as number;
    });
    return [big];
  },
  sumPool: (inputs, _, shapes) => {
    const [x, small] = [input(inputs, 0), emptyDoubles(shapeOf(shapes))];
    eachOfPair(x.shape, (at, target) => {
      small.data[target] = (small.data[target] as number) + (x.data[at] as number);
    });
    return [small];
  },
  gatherRows: (inputs, _, shapes) => {
    const [table, ids] = [input(inputs, 0), input(inputs, 1)];
    const [rows, length] = rowsOf(table);
    const picked = emptyDoubles(shapeOf(shapes));
    for (const [row, id] of ids.data.entries()) {
      checkId(id, rows);
      picked.data.set(table.data.subarray(id * length, (id + 1) * length), row * length);
    }
    return [picked];
  },
  scatterAddRows: (inputs, { rows }, shapes) => {
    const [ids, dy] = [input(inputs, 0), input(inputs, 1)];
    const [, length] = rowsOf(dy);
    const sums = emptyDoubles(shapeOf(shapes));
    for (const [row, id] of ids.data.entries()) {
      checkId(id, rows);
      for (let column = 0; column < length; column++) {
        const at = id * length + column;
        sums.data[at] = (sums.data[at] as number) + (dy.data[row * length + column] as number);
      }
    }
    return [sums];
  },
};

/** Sums along the axes where `shape` has size 1. */
function sumTo(x: Doubles, shape: readonly number[]): Doubles {
  const sum = emptyDoubles(shape);
  for (const [at, target] of offsetsOf(x.shape, broadcastStrides(shape, x.shape)).entries()) {
    sum.data[target] = (sum.data[target] as number) + (x.data[at] as number);
  }
  return sum;
}

/** Writes `part` into `whole`, `start` places in along `axis`. */
function write(whole: Doubles, part: Doubles, axis: number, start: number): void {
  const strides = stridesOf(whole.shape);
  const first = start * (strides[axisOf(whole.shape, axis)] as number);
  for (const [at, target] of offsetsOf(part.shape, strides, first).entries()) {
    whole.data[target] = part.data[at] as number;
  }
}

/** Each element of `big` [B, C, 2h, 2w] with the element of [B, C, h, w] that lies under it. */
function eachOfPair(big: readonly number[], visit: (at: number, under: number) => void): void {
  const [rows, columns] = big.slice(2) as [number, number];
  const planes = (big[0] as number) * (big[1] as number);
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const under = (plane * (rows / 2) + Math.floor(y / 2)) * (columns / 2) + Math.floor(x / 2);
        visit((plane * rows + y) * columns + x, under);
      }
    }
  }
}

function checkId(id: number, rows: number): void {
  if (!Number.isInteger(id) || id < 0 || id >= rows) throw new InternalError(`the id ${id} is not below ${rows}`);
}
