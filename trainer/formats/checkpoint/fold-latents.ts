/**
 * Shifts and scales the latents of a VAE, channel by channel, without changing its pictures.
 *
 * An autoencoder trained from scratch has latents of any mean and deviation; a diffusion model wants mean 0 and deviation
 * 1 after the multiplication by the family's scaling factor s. The two 1x1 convolutions around the latents can do it:
 *
 *     z'  = f · (z − m),   f = 1 / (s · d)         m, d: mean and deviation of a channel of z
 *     quant_conv, rows of the mean:          W' = diag(f) · W,   b' = f · (b − m)
 *     quant_conv, rows of the log variance:  W' = W,             b' = b + 2 · ln f    (σ' = f · σ)
 *     post_quant_conv:                       W' = W · diag(1/f), b' = b + W · m       (it sees z = z'/f + m)
 *
 * Same idea as the scaling factor of Rombach et al. 2022, arXiv:2112.10752, appendix G, with one number per channel.
 * The encoder's limits of the log variance, -30 and 20, do not move along: an autoencoder that lives at them is broken.
 */
import { assert, must } from '../../base/errors.ts';

export interface LatentMoments {
  /** Of each channel of the latents as the encoder gives them, not yet multiplied by the scaling factor. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** s: of the VAE's config, 0.18215 for SD 1.x and 2.x. */
  readonly scalingFactor: number;
}

const QUANT = 'vae/quant_conv';
const POST = 'vae/post_quant_conv';

/**
 * @param weights  f32 `vae/quant_conv.weight` [2L, 2L], `.bias` [2L], `vae/post_quant_conv.weight` [L, L], `.bias` [L]
 * @returns        the four as they are to be, by name; the given ones stay as they are
 * @throws {InternalError} if a number is not finite. A channel that never changes (d = 0) is shifted alone: f = 1
 */
export function foldLatentMoments(
  { mean, deviation, scalingFactor }: LatentMoments,
  weights: (name: string) => Float32Array,
): ReadonlyMap<string, Float32Array> {
  const channels = mean.length;
  assert(deviation.length === channels, 'as many deviations as means');
  assert([...mean, ...deviation].every(Number.isFinite), 'moments of latents are finite');
  const factors = deviation.map((d) => (d > 0 ? 1 / (scalingFactor * d) : 1));
  const factor = (channel: number): number => must(factors[channel], 'a channel');
  const shift = (channel: number): number => must(mean[channel], 'a channel');

  // Rows 0 … L - 1 make the mean, rows L … 2L - 1 the log variance; each has 2L columns.
  const quantWeight = weights(`${QUANT}.weight`).map((w, index) => {
    const row = Math.floor(index / (2 * channels));
    return row < channels ? w * factor(row) : w;
  });
  const quantBias = weights(`${QUANT}.bias`).map((b, row) =>
    row < channels ? (b - shift(row)) * factor(row) : b + 2 * Math.log(factor(row - channels)),
  );
  const post = weights(`${POST}.weight`);
  const postWeight = post.map((w, index) => w / factor(index % channels));
  const postBias = weights(`${POST}.bias`).map((b, row) =>
    mean.reduce((sum, m, column) => sum + must(post[row * channels + column], 'a weight') * m, b),
  );
  return new Map([
    [`${QUANT}.weight`, quantWeight],
    [`${QUANT}.bias`, quantBias],
    [`${POST}.weight`, postWeight],
    [`${POST}.bias`, postBias],
  ]);
}
