/**
 * Gives the colours that an autoencoder forgot channels of their own.
 *
 * Trained from random numbers, the autoencoder of the base model spent its four latent channels on two axes,
 * brightness and blue against orange: without the other two its pictures lost 0.2 dB, and greens, purples and pinks
 * came out brown. Thousands of steps did not change that, for the decoder learns to draw a colour only where the
 * latents tell it, and the encoder to tell it only where the decoder draws it. But the encoder sees those colours: a
 * linear map of its features finds most of them. So the two loudest axes are kept, and the encoder's last convolution
 * is solved for to give the other channels what these two do not tell of the colours. Training goes on from there:
 * the decoder has yet to learn what they mean.
 *
 *     u  features under the 3 x 3 kernel, and 1      p  mean Cb and Cr of the 8 x 8 pixels below      z = Z u  latents
 *     a = A u                                        the loudest principal axes of z, which stay, their mean taken away
 *     r = p − p̄ − B a                                what they do not tell of the colours; B: least squares
 *     W = argmin |W u − r|² + λ|W|²                  ridge regression: W = E[r uᵀ] (E[u uᵀ] + λ)⁻¹
 *     rows of the new latents                        A, then the principal axes of W u, scaled to the wished deviations
 *
 * Brightness is no part of p: the largest part of what is left is its detail, which would take the place of the colours.
 */
import { EigenvalueDecomposition, Matrix, solve } from 'ml-matrix';
import { assert, must } from '../../trainer/base/errors.ts';

export interface PatchMoments {
  /** E[u uᵀ]; the last of u is 1 */
  readonly features: Matrix;
  /** E[u pᵀ] */
  readonly colours: Matrix;
}

export interface AxesToSpread extends PatchMoments {
  /** Z: the latents as the encoder makes them now, [channels, length of u] */
  readonly latents: Matrix;
  /** Of the channels that get colours, in units of the loudest axis that stays; at most as many as there are colours. */
  readonly deviations: readonly number[];
}

export interface SpreadAxes {
  /** [channels, length of u]: z' = rows u */
  readonly rows: Matrix;
  /**
   * [channels, channels]: the decoder gets back z' + mean, which is z without its quiet axes, and the new channels where
   * these pointed, as loud as the quietest axis that stays. What it makes of them is wrong, but it is something, and so
   * there is a gradient to learn from.
   */
  readonly back: Matrix;
  /** [channels, 1] of the old latents */
  readonly mean: Matrix;
  /** The deviation of the loudest axis. */
  readonly loudest: number;
}

/** λ, of the mean square of a feature. With less the rows find hardly more, as small differences of large numbers. */
const RIDGE = 1e-3;
/** A variance below this share of the colours' own squares is what double precision leaves of nothing. */
const ROUNDING = 1e-12;

export function spreadAxes({ features, colours, latents, deviations }: AxesToSpread): SpreadAxes {
  const channels = latents.rows;
  const kept = channels - deviations.length;
  assert(kept > 0, 'an axis of the old latents stays');
  assert(deviations.length <= colours.columns, 'as many new channels as colours at most');
  const one = Matrix.zeros(features.rows, 1).set(features.rows - 1, 0, 1);
  const meanOf = (rows: Matrix): Matrix => rows.mmul(features).mmul(one);
  const centred = (rows: Matrix): Matrix => Matrix.sub(rows, meanOf(rows).mmul(one.transpose()));

  const mean = meanOf(latents);
  const { vectors: axes, values: variances } = principalAxes(covariance(centred(latents), features));
  const loudness = variances.map(Math.sqrt);
  const loudest = must(loudness[0], 'an axis');
  const quietestKept = must(loudness[kept - 1], 'an axis');
  const stay = axes
    .subMatrix(0, channels - 1, 0, kept - 1)
    .transpose()
    .mmul(centred(latents));

  const told = solve(covariance(stay, features), stay.mmul(colours));
  const meanColour = one.transpose().mmul(colours);
  const untold = Matrix.sub(
    Matrix.sub(colours, features.mmul(one).mmul(meanColour)),
    features.mmul(stay.transpose()).mmul(told),
  );
  const ridge = Matrix.eye(features.rows).mul((RIDGE * features.trace()) / features.rows);
  const found = solve(Matrix.add(features, ridge), untold).transpose();
  const { vectors, values } = principalAxes(covariance(centred(found), features));
  const wished = deviations.map((deviation) => deviation * loudest);
  const isTold = values.slice(0, wished.length).some((variance) => variance <= ROUNDING * colours.norm() ** 2);
  assert(!isTold, 'the axes that stay leave something of each colour to tell');
  const scale = Matrix.diag(wished.map((deviation, index) => deviation / Math.sqrt(must(values[index], 'a colour'))));
  const added = scale
    .mmul(vectors.subMatrix(0, vectors.rows - 1, 0, wished.length - 1).transpose())
    .mmul(centred(found));

  const lengths = [...Array<number>(kept).fill(1), ...wished.map((deviation) => quietestKept / deviation)];
  return { rows: stay.concat(added, 'row'), back: axes.mmul(Matrix.diag(lengths)), mean, loudest };
}

/** Of rows u, whose means are 0. */
const covariance = (rows: Matrix, features: Matrix): Matrix => rows.mmul(features).mmul(rows.transpose());

interface PrincipalAxes {
  /** One a column, the largest variance first. */
  readonly vectors: Matrix;
  readonly values: readonly number[];
}

function principalAxes(symmetric: Matrix): PrincipalAxes {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const variance = (index: number): number => must(realEigenvalues[index], 'an eigenvalue');
  const order = realEigenvalues.map((_, index) => index).sort((a, b) => variance(b) - variance(a));
  return { vectors: eigenvectorMatrix.subMatrixColumn(order), values: order.map(variance) };
}
