/**
 * Resizing of pictures, with the two filters that sd-scripts uses: area averages to shrink, Lanczos to enlarge.
 *
 * Source: OpenCV's INTER_AREA and Pillow's LANCZOS (a = 3, 8-bit between the two passes), each by its definition.
 * Checked against opencv 5.0.0 and pillow 13.0.0: test/golden/data/resample/resample.json, at most one level of 255 apart.
 */
import { assert } from '../base/errors.ts';
import type { Crop, Picture, PictureSize } from '../base/ports.ts';

const LANCZOS_LOBES = 3;

/** For each output cell: the first input cell that counts, how many do, and their weights, which sum to 1. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `width` weights for each output cell, the unused ones 0. */
  readonly weights: Float64Array;
  readonly width: number;
}

/**
 * The whole picture at another size, aspect not kept. Shrinks by area averages if no side grows, else uses Lanczos.
 *
 * @param picture 8-bit RGB, three bytes a pixel
 */
export function resizePicture(picture: Picture, to: PictureSize): Picture {
  assert(to.width > 0 && to.height > 0, `a picture of ${to.width}x${to.height}`);
  if (picture.width === to.width && picture.height === to.height) return picture;
  const shrinks = to.width <= picture.width && to.height <= picture.height;
  const tapsFor = shrinks ? areaTaps : lanczosTaps;
  const between = shrinks
    ? new Float32Array(to.width * picture.height * 3)
    : new Uint8ClampedArray(to.width * picture.height * 3);
  const data = new Uint8ClampedArray(to.width * to.height * 3);
  resizeRows(picture, to.width, tapsFor(picture.width, to.width), between);
  resizeColumns(between, to, tapsFor(picture.height, to.height), data);
  return { ...to, data: new Uint8Array(data.buffer) };
}

/** The part of a picture that the crop names. */
export function cropPicture(picture: Picture, crop: Crop): Picture {
  const inside =
    crop.left >= 0 &&
    crop.top >= 0 &&
    crop.left + crop.width <= picture.width &&
    crop.top + crop.height <= picture.height;
  assert(inside, `crop ${JSON.stringify(crop)} reaches outside of ${picture.width}x${picture.height}`);
  if (crop.width === picture.width && crop.height === picture.height) return picture;
  const data = new Uint8Array(crop.width * crop.height * 3);
  for (let row = 0; row < crop.height; row++) {
    const start = ((crop.top + row) * picture.width + crop.left) * 3;
    data.set(picture.data.subarray(start, start + crop.width * 3), row * crop.width * 3);
  }
  return { width: crop.width, height: crop.height, data };
}

/** Each output cell covers `from / to` input cells; an input cell counts by the share of it that is covered. */
function areaTaps(from: number, to: number): Taps {
  const scale = from / to;
  return makeTaps(to, Math.ceil(scale) + 2, (cell) => {
    const start = cell * scale;
    const end = Math.min(start + scale, from);
    const first = Math.floor(start);
    const count = Math.max(1, Math.ceil(end - 1e-9) - first);
    return { first, weightsOf: (i) => Math.min(end, first + i + 1) - Math.max(start, first + i), count };
  });
}

/** sinc(x) · sinc(x / 3) around the middle of the output cell, widened by the scale where the side shrinks. */
function lanczosTaps(from: number, to: number): Taps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = LANCZOS_LOBES * stretch;
  return makeTaps(to, Math.ceil(support) * 2 + 1, (cell) => {
    const centre = (cell + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - support + 0.5));
    const end = Math.min(from, Math.floor(centre + support + 0.5));
    return { first, weightsOf: (i) => lanczos((first + i - centre + 0.5) / stretch), count: end - first };
  });
}

function lanczos(x: number): number {
  if (x <= -LANCZOS_LOBES || x >= LANCZOS_LOBES) return 0;
  return sinc(x) * sinc(x / LANCZOS_LOBES);
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

interface CellTaps {
  readonly first: number;
  readonly count: number;
  readonly weightsOf: (i: number) => number;
}

function makeTaps(cells: number, width: number, tapsOf: (cell: number) => CellTaps): Taps {
  const taps = {
    first: new Int32Array(cells),
    count: new Int32Array(cells),
    weights: new Float64Array(cells * width),
    width,
  };
  for (let cell = 0; cell < cells; cell++) {
    const { first, count, weightsOf } = tapsOf(cell);
    assert(count <= width, `${count} taps for room of ${width}`);
    const weights = Float64Array.from({ length: count }, (_, i) => weightsOf(i));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    taps.first[cell] = first;
    taps.count[cell] = count;
    taps.weights.set(
      weights.map((weight) => weight / sum),
      cell * width,
    );
  }
  return taps;
}

type Bytes = Uint8Array | Uint8ClampedArray | Float32Array;

// The two loops below run for each pixel of each photo: plain indexing, nothing allocated inside.

function resizeRows(picture: Picture, toWidth: number, taps: Taps, out: Bytes): void {
  const { data, width, height } = picture;
  const { first, count, weights } = taps;
  const rounded = !(out instanceof Float32Array);
  for (let row = 0; row < height; row++) {
    for (let cell = 0; cell < toWidth; cell++) {
      let at = (row * width + (first[cell] as number)) * 3;
      let tap = cell * taps.width;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (const end = tap + (count[cell] as number); tap < end; tap++, at += 3) {
        const weight = weights[tap] as number;
        red += weight * (data[at] as number);
        green += weight * (data[at + 1] as number);
        blue += weight * (data[at + 2] as number);
      }
      const to = (row * toWidth + cell) * 3;
      // A clamped array would round halves to even.
      out[to] = rounded ? Math.floor(red + 0.5) : red;
      out[to + 1] = rounded ? Math.floor(green + 0.5) : green;
      out[to + 2] = rounded ? Math.floor(blue + 0.5) : blue;
    }
  }
}

function resizeColumns(between: Bytes, to: PictureSize, taps: Taps, out: Uint8ClampedArray): void {
  const { first, count, weights } = taps;
  const stride = to.width * 3;
  const sums = new Float64Array(stride);
  for (let row = 0; row < to.height; row++) {
    sums.fill(0);
    for (let i = 0; i < (count[row] as number); i++) {
      const weight = weights[row * taps.width + i] as number;
      const start = ((first[row] as number) + i) * stride;
      for (let x = 0; x < stride; x++) sums[x] = (sums[x] as number) + weight * (between[start + x] as number);
    }
    for (let x = 0; x < stride; x++) out[row * stride + x] = Math.floor((sums[x] as number) + 0.5);
  }
}
