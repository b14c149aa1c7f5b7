/**
 * The loss of an autoencoder: what each term is, as functions from values to values.
 *
 * Axes: B pictures, C channels, H W pixels, h w latent rows and columns. Source: Rombach et al. 2022 (arXiv:2112.10752,
 * appendix G) and the code of it (`LPIPSWithDiscriminator`, without its perceptual part, which needs a trained network).
 * Checked against PyTorch: test/golden/autoencoder.test.ts.
 */
import { never } from '../../base/errors.ts';
import type { Builder } from '../../graph/builder.ts';
import type { Value } from '../../graph/graph.ts';
import type { LatentMoments } from '../../models/vae/vae.ts';

/** Of a difference d: |d|; d²; or √(d² + ε²), which is |d| with a rounded foot (Charbonnier et al. 1994), ε = 0.02. */
export type ReconstructionRule = 'l1' | 'l2' | 'charbonnier';

/**
 * How elements become one number. `sum`: over all elements of a picture, then the mean of the batch, as latent diffusion
 * has it. `mean`: over all elements, so that losses and weights mean the same at every size of picture.
 */
export type Averaging = 'sum' | 'mean';

/** Of pictures in -1 … 1: two and a half of 255 steps. */
const CHARBONNIER_EPSILON = 0.02;

/** f32 [B, C, h, w] -> the same shape */
export function reconstructionError(g: Builder, rule: ReconstructionRule, difference: Value): Value {
  switch (rule) {
    case 'l1':
      return g.abs(difference);
    case 'l2':
      return g.mul(difference, difference);
    case 'charbonnier':
      return g.sqrt(g.add(g.mul(difference, difference), CHARBONNIER_EPSILON ** 2));
    default:
      return never(rule);
  }
}

/**
 * The divergence of the posterior from a standard normal distribution, per latent element:
 *
 *     (mean² + variance - 1 - log variance) / 2
 *
 * @returns f32 [B, C, h, w]
 * @see Kingma and Welling 2013, arXiv:1312.6114, appendix B
 */
export function klDivergence(g: Builder, { mean, logVariance }: LatentMoments): Value {
  const surplus = g.sub(g.sub(g.exp(logVariance), logVariance), 1);
  return g.mul(g.add(g.mul(mean, mean), surplus), 0.5);
}

/** [B, C, h, w] -> [] */
export function averaged(g: Builder, averaging: Averaging, elements: Value): Value {
  const perPicture = averaging === 'sum' ? g.reduceSum(elements, [1, 2, 3]) : g.reduceMean(elements, [1, 2, 3]);
  return g.reshape(g.reduceMean(perPicture, [0]), []);
}

/** -mean(logits): what makes reconstructions look real. */
export const generatorLoss = (g: Builder, fakeLogits: Value): Value => g.neg(averaged(g, 'mean', fakeLogits));

/** (mean(max(0, 1 - real)) + mean(max(0, 1 + fake))) / 2 (Lim and Ye 2017, arXiv:1705.02894). */
export function hingeLoss(g: Builder, realLogits: Value, fakeLogits: Value): Value {
  const [real, fake] = [g.sub(1, realLogits), g.add(fakeLogits, 1)].map((margin) =>
    averaged(g, 'mean', g.maximum(margin, 0)),
  ) as [Value, Value];
  return g.mul(g.add(real, fake), 0.5);
}

const NORM_EPSILON = 1e-4;
const LARGEST_ADAPTIVE_WEIGHT = 1e4;

/**
 * weight · ‖∇ reconstruction‖ / (‖∇ generator‖ + 10⁻⁴), the quotient at most 10⁴: the two losses pull the decoder's last
 * weight about equally.
 *
 * @param gradients of the two losses at that weight, f32 [out, in, k, k] each
 */
export function adaptiveWeight(g: Builder, weight: number, gradients: readonly [nll: Value, generator: Value]): Value {
  const [nll, generator] = gradients.map((gradient) =>
    g.reshape(g.sqrt(g.reduceSum(g.mul(gradient, gradient), [0, 1, 2, 3])), []),
  ) as [Value, Value];
  return g.mul(g.minimum(g.div(nll, g.add(generator, NORM_EPSILON)), LARGEST_ADAPTIVE_WEIGHT), weight);
}
