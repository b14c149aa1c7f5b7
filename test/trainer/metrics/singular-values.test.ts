import { expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import {
  sumOfSingularValues,
  symmetricTridiagonalValues,
  transposed,
  triangleOf,
  type Columns,
} from '../../../trainer/metrics/singular-values.ts';

const normal = (rows: number, columns: number, seed: number): Columns => {
  const generator = createGenerator(seed);
  return Array.from({ length: columns }, () => Float64Array.from(generator.normals(rows)));
};

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, index) => sum + value * (b[index] as number), 0);

/** Orthonormal columns, by Gram and Schmidt: nothing of the code under test. */
function orthonormal(rows: number, columns: number, seed: number): Columns {
  const done: Float64Array[] = [];
  for (const column of normal(rows, columns, seed)) {
    // Twice is enough (Kahan and Parlett).
    let rest = column;
    for (const other of [...done, ...done]) {
      const along = dot(rest, other);
      rest = rest.map((value, index) => value - along * (other[index] as number));
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((value) => value / length));
  }
  return done;
}

/** U·diag(σ)·Vᵀ */
function matrixWith(values: readonly number[], rows: number, columns: number): Columns {
  const [left, right] = [orthonormal(rows, values.length, 1), orthonormal(columns, values.length, 2)];
  return Array.from({ length: columns }, (_, column) =>
    Float64Array.from({ length: rows }, (__, row) =>
      values.reduce((sum, value, k) => sum + value * (left[k]?.[row] ?? 0) * (right[k]?.[column] ?? 0), 0),
    ),
  );
}

test.each([
  ['tall', 9, 5, [3, 2, 1, 0.5, 0.25]],
  ['wide', 4, 7, [3, 2, 1, 0.5]],
  ['square', 6, 6, [5, 4, 3, 2, 1, 1]],
  ['of lower rank', 8, 6, [2, 1]],
  ['of one column', 5, 1, [7]],
  // Eigenvalues of AᵀA would lose what is smaller than 1e-8 of the largest.
  ['of small and large values', 6, 4, [1e6, 1, 1e-4, 1e-4]],
])('the singular values of a %s matrix are those it was made with', (_name, rows, columns, values) => {
  const expected = values.reduce((sum, value) => sum + value, 0);
  const found = sumOfSingularValues(matrixWith(values, rows, columns));
  // Rounding of the making and of the finding, 1e-16 of the largest a few times each.
  expect(Math.abs(found - expected)).toBeLessThan(1e-14 * 10 * Math.max(...values));
});

test('a matrix of zeros has none, and so has no matrix', () => {
  expect(sumOfSingularValues([new Float64Array(3), new Float64Array(3)])).toBe(0);
  expect(sumOfSingularValues([])).toBe(0);
});

test('a triangle keeps the products of the columns', () => {
  const columns = normal(11, 4, 3);
  const expected = columns.flatMap((a) => columns.map((b) => dot(a, b)));
  const triangle = triangleOf(columns.map((column) => column.slice()));
  expect(triangle.map((column) => column.length)).toEqual([4, 4, 4, 4]);
  const found = triangle.flatMap((a) => triangle.map((b) => dot(a, b)));
  for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, 12);
});

test('the eigenvalues of the second difference are 2 - 2·cos(kπ/(n + 1))', () => {
  const size = 7;
  const values = symmetricTridiagonalValues(new Float64Array(size).fill(2), new Float64Array(size).fill(-1)).sort();
  const expected = Array.from({ length: size }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (size + 1)));
  for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 13);
});

test('transposing twice gives the same matrix', () => {
  const columns = normal(3, 5, 4);
  expect(transposed(transposed(columns))).toEqual(columns);
});
