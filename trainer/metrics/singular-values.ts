/**
 * Singular values of a matrix in double precision, without their vectors.
 *
 * A matrix is brought to two diagonals by reflections from both sides, and these to a symmetric matrix of three diagonals
 * with the values ±σ, whose eigenvalues the QL method finds: small σ keep their digits, because nothing is squared.
 * Source: Golub and Kahan 1965, "Calculating the singular values and pseudo-inverse of a matrix", sections 2 and 3;
 * Golub and Van Loan, "Matrix Computations", 4th edition, 5.4.8 (reflections), 8.3.3 (implicit shift), 8.6.1 (±σ).
 * Checked by products whose singular values are known, and by the Fréchet distances of test/golden/full/metrics.json.
 */
import { assert, InternalError } from '../base/errors.ts';

/** A matrix by its columns, each of one length. */
export type Columns = readonly Float64Array[];

/**
 * The sum of the singular values (the nuclear norm).
 *
 * @param columns n columns of m rows in any proportion; they are overwritten
 */
export function sumOfSingularValues(columns: Columns): number {
  const rows = columns[0]?.length ?? 0;
  if (rows === 0) return 0;
  const tall = rows >= columns.length ? columns : transposed(columns);
  const { diagonal, above } = bidiagonal(tall);
  const size = diagonal.length;
  // The rows and columns of [0 Bᵀ; B 0] shuffled together: zeros, beside them d0, e0, d1, e1, ...
  const beside = new Float64Array(2 * size);
  for (let index = 0; index < size; index++) {
    beside[2 * index] = diagonal[index] as number;
    beside[2 * index + 1] = above[index] as number;
  }
  const values = symmetricTridiagonalValues(new Float64Array(2 * size), beside);
  return values.reduce((sum, value) => sum + Math.abs(value), 0) / 2;
}

/** Columns to rows, or rows to columns. */
export function transposed(columns: Columns): Columns {
  const rows = columns[0]?.length ?? 0;
  return Array.from({ length: rows }, (_, row) => Float64Array.from(columns, (column) => column[row] as number));
}

/**
 * Keeps of a tall matrix what its products AᵀA say: the upper triangle R of A = QR, by Householder reflections.
 *
 * @param columns n columns of m >= n rows; they are overwritten
 * @returns the n columns of R, of n rows
 */
export function triangleOf(columns: Columns): Columns {
  const size = columns.length;
  for (const [index, column] of columns.entries()) {
    const length = reflector(column, index);
    for (let right = index + 1; right < size; right++) reflect(columns[right] as Float64Array, column, index);
    column.fill(0, index);
    column[index] = length;
  }
  return columns.map((column) => column.slice(0, size));
}

interface Bidiagonal {
  readonly diagonal: Float64Array;
  /** Above the diagonal; the last is 0. */
  readonly above: Float64Array;
}

function bidiagonal(columns: Columns): Bidiagonal {
  const size = columns.length;
  const rows = columns[0]?.length ?? 0;
  const [diagonal, above] = [new Float64Array(size), new Float64Array(size)];
  const row = new Float64Array(size);
  const product = new Float64Array(rows);
  for (const [index, column] of columns.entries()) {
    diagonal[index] = reflector(column, index);
    for (let right = index + 1; right < size; right++) reflect(columns[right] as Float64Array, column, index);
    if (index + 1 >= size) break;
    for (let right = index + 1; right < size; right++) row[right] = columns[right]?.[index] as number;
    above[index] = reflector(row, index + 1);
    reflectRows(columns, row, index + 1, product);
  }
  return { diagonal, above };
}

/**
 * Makes of x[from ...] the unit-length normal v of the plane that reflects it onto its first axis.
 *
 * @returns the reflected first element; v is 0 where nothing needs to be reflected
 */
function reflector(x: Float64Array, from: number): number {
  let largest = 0;
  for (let i = from; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i] as number));
  if (largest === 0) return 0;
  let squares = 0;
  for (let i = from; i < x.length; i++) squares += ((x[i] as number) / largest) ** 2;
  const first = x[from] as number;
  const length = largest * Math.sqrt(squares);
  const reflected = first > 0 ? -length : length;
  // v = (x - reflected·e) / |x - reflected·e|, with |...|² = 2·length·(length + |first|).
  const scale = 1 / Math.sqrt(2 * length) / Math.sqrt(length + Math.abs(first));
  x[from] = first - reflected;
  for (let i = from; i < x.length; i++) x[i] = (x[i] as number) * scale;
  return reflected;
}

// The loops below take nearly all of the time: plain indexing, nothing allocated inside.

/** The sum of the products from an element on; four sums, because each addition waits for the one before. */
export function dot(a: Float64Array, b: Float64Array, from = 0): number {
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  let i = from;
  for (; i + 3 < a.length; i += 4) {
    sum0 += (a[i] as number) * (b[i] as number);
    sum1 += (a[i + 1] as number) * (b[i + 1] as number);
    sum2 += (a[i + 2] as number) * (b[i + 2] as number);
    sum3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < a.length; i++) sum0 += (a[i] as number) * (b[i] as number);
  return sum0 + sum1 + (sum2 + sum3);
}

/** y - 2·v·(vᵀy), both from an element on. */
function reflect(y: Float64Array, v: Float64Array, from: number): void {
  const factor = 2 * dot(v, y, from);
  if (factor === 0) return;
  for (let i = from; i < y.length; i++) y[i] = (y[i] as number) - factor * (v[i] as number);
}

/** A - 2·(A·v)·vᵀ for the columns and the rows from one on. */
function reflectRows(columns: Columns, v: Float64Array, from: number, product: Float64Array): void {
  product.fill(0);
  for (let right = from; right < columns.length; right++) {
    const [column, weight] = [columns[right] as Float64Array, v[right] as number];
    for (let i = from; i < product.length; i++) product[i] = (product[i] as number) + weight * (column[i] as number);
  }
  for (let right = from; right < columns.length; right++) {
    const [column, factor] = [columns[right] as Float64Array, 2 * (v[right] as number)];
    for (let i = from; i < product.length; i++) column[i] = (column[i] as number) - factor * (product[i] as number);
  }
}

/** Far more than the three or so that an eigenvalue takes. */
const MOST_ROUNDS = 100;

/**
 * The eigenvalues of a symmetric matrix of three diagonals, by QL with implicit shifts; in no order.
 *
 * @param diagonal is overwritten
 * @param beside   [i] lies between rows i and i + 1; the last is not used; is overwritten
 */
export function symmetricTridiagonalValues(diagonal: Float64Array, beside: Float64Array): Float64Array {
  const size = diagonal.length;
  assert(beside.length === size, `${beside.length} beside ${size}`);
  beside[size - 1] = 0;
  for (let start = 0; start < size; start++) {
    let rounds = 0;
    for (;;) {
      let end = start;
      while (end < size - 1 && !isSmall(diagonal, beside, end)) end++;
      if (end === start) break;
      if (rounds++ === MOST_ROUNDS) throw new InternalError('the eigenvalues do not settle');
      sweep(diagonal, beside, start, end);
    }
  }
  return diagonal;
}

/** Too small to change its neighbours, or the next but one where both neighbours are 0. */
function isSmall(diagonal: Float64Array, beside: Float64Array, index: number): boolean {
  const around =
    Math.abs(diagonal[index] as number) +
    Math.abs(diagonal[index + 1] as number) +
    Math.abs(beside[index + 1] as number) +
    Math.abs(index === 0 ? 0 : (beside[index - 1] as number));
  return Math.abs(beside[index] as number) <= Number.EPSILON * around || beside[index] === 0;
}

/** One pass of rotations from row `end` up to row `start`, shifted by an eigenvalue of the upper two rows. */
function sweep(diagonal: Float64Array, beside: Float64Array, start: number, end: number): void {
  const at = (values: Float64Array, index: number): number => values[index] as number;
  const slope = (at(diagonal, start + 1) - at(diagonal, start)) / (2 * at(beside, start));
  const root = Math.hypot(slope, 1);
  let next = at(diagonal, end) - at(diagonal, start) + at(beside, start) / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let row = end - 1; row >= start; row--) {
    const across = sine * at(beside, row);
    const along = cosine * at(beside, row);
    const length = Math.hypot(across, next);
    beside[row + 1] = length;
    if (length === 0) {
      diagonal[row + 1] = at(diagonal, row + 1) - shift;
      beside[end] = 0;
      return;
    }
    sine = across / length;
    cosine = next / length;
    const below = at(diagonal, row + 1) - shift;
    const turned = (at(diagonal, row) - below) * sine + 2 * cosine * along;
    shift = sine * turned;
    diagonal[row + 1] = below + shift;
    next = cosine * turned - along;
  }
  diagonal[start] = at(diagonal, start) - shift;
  beside[start] = next;
  beside[end] = 0;
}
