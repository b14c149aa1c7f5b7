/**
 * Fewer points that look like all of them: Largest Triangle Three Buckets.
 *
 * Source: S. Steinarsson, "Downsampling Time Series for Visual Representation", MSc thesis, University of Iceland 2013,
 * section 4.2. The first and the last point stay; the others are cut into buckets of equal count, and each bucket keeps
 * the point that makes the largest triangle with the point kept before it and the mean of the bucket after it.
 */

/** Columns that can be read by index: arrays and typed arrays. */
export interface Column {
  readonly length: number;
  readonly [index: number]: number;
}

/**
 * Indexes of the points to draw, rising.
 *
 * @param x      rising values
 * @param y      of the same length; a value that is no finite number counts as the mean height 0 of its triangle
 * @param wanted how many points at most, 3 or more
 * @param from   first index to look at
 * @param to     index after the last
 */
export function downsample(x: Column, y: Column, wanted: number, from = 0, to = x.length): Int32Array {
  const count = Math.max(0, to - from);
  const target = Math.max(3, Math.floor(wanted));
  if (count <= target) return Int32Array.from({ length: count }, (_, index) => from + index);
  const kept = new Int32Array(target);
  kept[0] = from;
  kept[target - 1] = to - 1;
  const width = (count - 2) / (target - 2);
  let previous = from;
  for (let bucket = 0; bucket < target - 2; bucket++) {
    const start = from + 1 + Math.floor(bucket * width);
    const end = from + 1 + Math.floor((bucket + 1) * width);
    const next = Math.min(to, from + 1 + Math.floor((bucket + 2) * width));
    previous = largestTriangle(x, y, previous, [start, end], meanPoint(x, y, end, Math.max(end + 1, next)));
    kept[bucket + 1] = previous;
  }
  return kept;
}

function largestTriangle(
  x: Column,
  y: Column,
  previous: number,
  [start, end]: readonly [number, number],
  [meanX, meanY]: readonly [number, number],
): number {
  const ax = at(x, previous);
  const ay = at(y, previous);
  let best = start;
  let largest = -1;
  const acrossX = ax - meanX;
  const acrossY = meanY - ay;
  for (let index = start; index < end; index++) {
    const area = Math.abs(acrossX * (at(y, index) - ay) - (ax - at(x, index)) * acrossY);
    if (area > largest) {
      largest = area;
      best = index;
    }
  }
  return best;
}

function meanPoint(x: Column, y: Column, start: number, end: number): readonly [number, number] {
  let sumX = 0;
  let sumY = 0;
  for (let index = start; index < end; index++) {
    sumX += at(x, index);
    sumY += at(y, index);
  }
  return [sumX / (end - start), sumY / (end - start)];
}

function at(column: Column, index: number): number {
  const value = column[index] ?? 0;
  return Number.isFinite(value) ? value : 0;
}

/** The first index whose value is `wanted` or more, in a rising column of which the first `length` count. */
export function firstAtLeast(column: Column, wanted: number, length = column.length): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((column[middle] ?? Number.POSITIVE_INFINITY) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
