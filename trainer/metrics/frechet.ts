/**
 * Fréchet distance between two sets of features, each taken as a normal distribution.
 *
 * Source: Heusel et al. 2017, arXiv:1706.08500, eq. 6. Checked against np.cov and scipy.linalg.sqrtm:
 * test/golden/full/metrics.json.
 */
import { assert } from '../base/errors.ts';
import { dot, sumOfSingularValues, transposed, triangleOf, type Columns } from './singular-values.ts';

/**
 *     |μ1 − μ2|² + tr(C1 + C2 − 2·(C1·C2)^½)
 *
 * with the means μ and the covariances C (over N − 1) of the features. With the centred features as rows of A1 and A2,
 * each over √(N − 1), C = AᵀA, and the trace of (C1·C2)^½ is the sum of the singular values of A1·A2ᵀ: the eigenvalues of
 * C1·C2 are those of (A1·A2ᵀ)·(A1·A2ᵀ)ᵀ and zeros. So no root of a matrix is taken, and no covariance is made. Sets larger
 * than the number of features are first brought to as many rows (A = QR has the covariance of R).
 *
 * @param left   f32 [D] each, N >= 2 of them
 * @param right  f32 [D] each
 * @returns 0 or more, in the features' units squared
 */
export function frechetDistance(left: readonly Float32Array[], right: readonly Float32Array[]): number {
  const [a, b] = [distributionOf(left), distributionOf(right)];
  assert(a.mean.length === b.mean.length, `features of ${a.mean.length} and ${b.mean.length} numbers`);
  const apart = a.mean.reduce((sum, value, index) => sum + (value - (b.mean[index] as number)) ** 2, 0);
  const distance = apart + a.variance + b.variance - 2 * sumOfSingularValues(products(a.rows, b.rows));
  // Rounding may leave equal sets a little below 0.
  return Math.max(0, distance);
}

interface Distribution {
  readonly mean: Float64Array;
  /** The trace of the covariance. */
  readonly variance: number;
  /** A, or R, as rows of D numbers: at most D of them. */
  readonly rows: readonly Float64Array[];
}

function distributionOf(features: readonly Float32Array[]): Distribution {
  const count = features.length;
  assert(count >= 2, `a distribution of ${count} features`);
  const size = features[0]?.length ?? 0;
  const mean = new Float64Array(size);
  for (const feature of features) {
    assert(feature.length === size, `features of ${size} and ${feature.length} numbers`);
    for (let i = 0; i < size; i++) mean[i] = (mean[i] as number) + (feature[i] as number) / count;
  }
  const scale = 1 / Math.sqrt(count - 1);
  const centred = features.map((feature) =>
    Float64Array.from(feature, (value, i) => (value - (mean[i] as number)) * scale),
  );
  const variance = centred.reduce((sum, row) => sum + dot(row, row), 0);
  return { mean, variance, rows: count > size ? rowsOfTriangle(centred, size) : centred };
}

/** Rows are taken some at a time, so that a large set needs no second copy of itself. */
function rowsOfTriangle(rows: readonly Float64Array[], size: number): readonly Float64Array[] {
  let triangle: readonly Float64Array[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const stacked = [...triangle, ...rows.slice(start, start + size)];
    triangle = stacked.length > size ? transposed(triangleOf(transposed(stacked))) : stacked;
  }
  return triangle;
}

/** A·Bᵀ by its columns. */
const products = (a: readonly Float64Array[], b: readonly Float64Array[]): Columns =>
  b.map((right) => Float64Array.from(a, (left) => dot(left, right)));
