import { Matrix, solve } from 'ml-matrix';

/** How much of the variance of `target` a linear map of the columns leaves, by least squares; 0 to 1. */
export function unexplained(columns: Matrix, target: readonly number[]): number {
  const centred = columns.clone().center('column');
  const wished = Matrix.columnVector([...target]).center('column');
  const map = solve(centred.transpose().mmul(centred), centred.transpose().mmul(wished));
  return Matrix.sub(wished, centred.mmul(map)).norm() ** 2 / wished.norm() ** 2;
}
