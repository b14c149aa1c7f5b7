/**
 * Gradients of maxima and averages over windows.
 *
 * Every tap (i, j) of the window is a plane of its own, [B, C, h', w']: the element of each window at that place. With
 * stride s the padded plane is reshaped to [B, C, H, s, W, s], where tap (i, j) is row i mod s of the squares, i div s
 * squares on. What a window sends to its taps goes the same way back, and the padding is cut off.
 */
import { must } from '../../base/errors.ts';
import { GraphError, type Builder } from '../builder.ts';
import { divide, multiply, type Dim } from '../dims.ts';
import type { Value } from '../graph.ts';
import type { PoolingAttributes, PoolingOp } from '../ops.ts';
import { gradientOf, inputOf, outputOf, type Rules } from './rule.ts';

/** Below every number that a network computes, and no infinity: 0 times it is 0. */
const LOWEST = -3e38;

export const POOLING_RULES: Rules<PoolingOp> = {
  // To the first of the taps that are the maximum, as PyTorch does.
  maxPool: (step) => [
    () => {
      const { g, attributes } = step;
      const [x, y, dy] = [inputOf(step), outputOf(step), gradientOf(step)];
      const taps = tapsOf(g, x, y, attributes);
      let rest: Value | undefined;
      const shares = taps.map((tap) => {
        const isMaximum = g.sub(1, g.greater(y, tap));
        const isFirst = rest === undefined ? isMaximum : g.mul(isMaximum, rest);
        rest = rest === undefined ? g.sub(1, isFirst) : g.sub(rest, isFirst);
        return g.mul(dy, isFirst);
      });
      return spread(g, x, shares, attributes);
    },
  ],
  averagePool: (step) => [
    () => {
      const { g, attributes } = step;
      const [x, dy] = [inputOf(step), gradientOf(step)];
      const share = g.mul(dy, inverseCounts(g, x, dy, attributes));
      return spread(
        g,
        x,
        Array.from({ length: attributes.kernel ** 2 }, () => share),
        attributes,
      );
    },
  ],
};

/** How one axis of a plane is cut into squares of the stride. */
interface Cut {
  readonly side: Dim;
  /** Padding in front and behind; behind it is negative where the last rows are in no window. */
  readonly before: number;
  readonly after: number;
  /** h', and H: windows, and squares that they reach into. */
  readonly windows: Dim;
  readonly squares: Dim;
}

function cutOf(side: Dim, windows: Dim, before: number, { kernel, stride }: PoolingAttributes): Cut {
  const further = Math.floor((kernel - 1) / stride);
  if (typeof side === 'number' && typeof windows === 'number') {
    const squares = windows + further;
    return { side, before, after: squares * stride - before - side, windows, squares };
  }
  if (further > 0 || before > 0) {
    throw new GraphError('the gradient of windows that overlap or are padded needs numbers for rows and columns');
  }
  return { side, before, after: 0, windows, squares: divide(side, stride) };
}

const cutsOf = (x: Value, windows: Value, attributes: PoolingAttributes): readonly [Cut, Cut] =>
  [2, 3].map((axis) =>
    cutOf(
      must(x.shape[axis], 'a side'),
      must(windows.shape[axis], 'a side'),
      must(attributes.pads[axis - 2], 'a pad'),
      attributes,
    ),
  ) as [Cut, Cut];

const tapPlaces = ({ kernel }: PoolingAttributes): readonly (readonly [row: number, column: number])[] =>
  Array.from({ length: kernel ** 2 }, (_, tap) => [Math.floor(tap / kernel), tap % kernel] as const);

/** By rows; the padding has the lowest of numbers. */
function tapsOf(g: Builder, x: Value, y: Value, attributes: PoolingAttributes): readonly Value[] {
  const { stride } = attributes;
  const [rows, columns] = cutsOf(x, y, attributes);
  const padded = belowAll(g, pad(g, pad(g, x, 2, rows), 3, columns), rows, columns);
  const [batch, channels] = x.shape as readonly [Dim, Dim];
  const squares = g.reshape(padded, [batch, channels, rows.squares, stride, columns.squares, stride]);
  return tapPlaces(attributes).map(([i, j]) => {
    const row = g.slice(squares, 3, i % stride, 1);
    const tap = g.slice(row, 5, j % stride, 1);
    const fromRow = part(g, tap, 2, Math.floor(i / stride), rows);
    return g.reshape(part(g, fromRow, 4, Math.floor(j / stride), columns), y.shape);
  });
}

/** Sums [B, C, h', w'] of each tap where they came from: [B, C, h, w]. */
function spread(g: Builder, x: Value, shares: readonly Value[], attributes: PoolingAttributes): Value {
  const { stride } = attributes;
  const [batch, channels] = x.shape as readonly [Dim, Dim];
  const [rows, columns] = cutsOf(x, must(shares[0], 'a tap'), attributes);
  const sum = shares
    .map((share, tap) => {
      const [i, j] = must(tapPlaces(attributes)[tap], 'a tap');
      const squares = g.reshape(share, [batch, channels, rows.windows, 1, columns.windows, 1]);
      const along = place(g, g.pad(squares, 3, i % stride, stride - 1 - (i % stride)), 2, Math.floor(i / stride), rows);
      const within = g.pad(along, 5, j % stride, stride - 1 - (j % stride));
      return place(g, within, 4, Math.floor(j / stride), columns);
    })
    .reduce((left, right) => g.add(left, right));
  const plane = g.reshape(sum, [batch, channels, multiply(rows.squares, stride), multiply(columns.squares, stride)]);
  return unpad(g, unpad(g, plane, 2, rows), 3, columns);
}

function pad(g: Builder, x: Value, axis: number, { before, after, side }: Cut): Value {
  const whole = after < 0 ? g.slice(x, axis, 0, (side as number) + after) : x;
  return before === 0 && after <= 0 ? whole : g.pad(whole, axis, before, Math.max(0, after));
}

function unpad(g: Builder, x: Value, axis: number, { before, after, side }: Cut): Value {
  if (before === 0 && after === 0) return x;
  const inside = g.slice(x, axis, before, (side as number) + Math.min(0, after));
  return after < 0 ? g.pad(inside, axis, 0, -after) : inside;
}

const part = (g: Builder, x: Value, axis: number, start: number, { windows, squares }: Cut): Value =>
  windows === squares || typeof windows !== 'number' ? x : g.slice(x, axis, start, windows);

const place = (g: Builder, x: Value, axis: number, start: number, { windows, squares }: Cut): Value =>
  typeof windows === 'number' && typeof squares === 'number' && windows !== squares
    ? g.pad(x, axis, start, squares - windows - start)
    : x;

/** The lowest number on the padding, 0 on the picture, as a constant; the value itself where there is no padding. */
function belowAll(g: Builder, padded: Value, rows: Cut, columns: Cut): Value {
  const [height, width] = [outside(rows), outside(columns)];
  const lowest = height.flatMap((above) => width.map((beside) => (above || beside ? LOWEST : 0)));
  return lowest.includes(LOWEST) ? g.add(padded, g.constant(lowest, [height.length, width.length])) : padded;
}

/** Which rows of the padded plane are padding; one answer for all where the side is a symbol, and not padded. */
function outside({ side, before, after }: Cut): readonly boolean[] {
  if (typeof side !== 'number') return [false];
  return Array.from({ length: before + side + after }, (_, row) => row < before || row >= before + side);
}

/** 1 over the elements of each window, a constant [h', w']; a side that is a symbol has full windows alone. */
function inverseCounts(g: Builder, x: Value, y: Value, attributes: PoolingAttributes): Value {
  const { kernel, stride } = attributes;
  const [rows, columns] = cutsOf(x, y, attributes);
  const inside = ({ side, before, windows }: Cut): readonly number[] => {
    if (typeof side !== 'number' || typeof windows !== 'number') return [kernel];
    return Array.from({ length: windows }, (_, window) => {
      const first = window * stride - before;
      return Math.min(side, first + kernel) - Math.max(0, first);
    });
  };
  const [height, width] = [inside(rows), inside(columns)];
  const counts = height.flatMap((high) => width.map((wide) => 1 / (high * wide)));
  return g.constant(counts, [height.length, width.length]);
}
