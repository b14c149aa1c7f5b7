/**
 * The patch discriminator: learns to tell real pictures from reconstructed ones, patch by patch.
 *
 * Axes: B pictures, C channels, H W pixels, h w patches. Source: the 70x70 network of Isola et al. 2017
 * (arXiv:1611.07004, appendix 6.1.2), as latent diffusion trains its autoencoders against it (Rombach et al. 2022,
 * arXiv:2112.10752, appendix G). Weights have the names of the module list there: `main.0.weight`. Norms use the
 * statistics of the batch; it has no other use than training, so no running ones are kept. Checked against PyTorch:
 * test/golden/autoencoder.test.ts.
 */
import { elementCount } from '../../base/tensor.ts';
import type { Generator } from '../../base/random.ts';
import type { Value } from '../../graph/graph.ts';
import { featuresOf, type Network } from '../../nn/network.ts';

/** The part's name in front of its weights. */
export const DISCRIMINATOR = 'discriminator';

export interface DiscriminatorConfig {
  /** Of the first layer: 64 in latent diffusion. Each layer doubles them, up to eight times as many. */
  readonly channels: number;
  /** Layers that halve the picture: 3 in latent diffusion, for pictures of 256 pixels. Small pictures want fewer. */
  readonly layers: number;
}

const KERNEL = 4;
const SLOPE = 0.2;
const NORM_EPSILON = 1e-5;
const MOST_DOUBLINGS = 3;
/** A layer takes three entries of the module list (convolution, norm, activation), the first one two. */
const ENTRIES_OF_LAYER = 3;

/**
 * @param image f32 [B, 3, H, W] in -1 … 1; H and W are numbers, at least `leastSide`
 * @returns f32 [B, 1, h, w], above 0 where a patch looks real; h = H/2^layers - 2
 */
export function buildDiscriminator(net: Network, { channels, layers }: DiscriminatorConfig, image: Value): Value {
  const { g } = net;
  return g.scope(DISCRIMINATOR, () => {
    let x = g.leakyRelu(convolution(net, 0, image, channels, { stride: 2, bias: true }), SLOPE);
    for (let layer = 1; layer <= layers; layer++) {
      const entry = ENTRIES_OF_LAYER * layer - 1;
      const width = channels * 2 ** Math.min(layer, MOST_DOUBLINGS);
      x = convolution(net, entry, x, width, { stride: layer < layers ? 2 : 1, bias: false });
      x = g.leakyRelu(batchNorm(net, entry + 1, x), SLOPE);
    }
    return convolution(net, ENTRIES_OF_LAYER * layers + 2, x, 1, { stride: 1, bias: true });
  });
}

/** The smallest side, in pixels, of which a patch is left. */
export const leastSide = ({ layers }: Pick<DiscriminatorConfig, 'layers'>): number => 3 * 2 ** layers;

/** Convolutions start small, norms near the identity, biases at 0 (Isola et al., section 6.2; norms as in their code). */
export function discriminatorInitial(name: string, shape: readonly number[], random: Generator): Float32Array {
  const size = elementCount(shape);
  if (name.endsWith('.bias')) return new Float32Array(size);
  const centre = shape.length === 1 ? 1 : 0;
  return random.normals(size).map((value) => centre + 0.02 * value);
}

const weightName = (entry: number, kind: 'weight' | 'bias'): string => `${DISCRIMINATOR}/main.${entry}.${kind}`;

function convolution(
  { g, weights }: Network,
  entry: number,
  x: Value,
  outFeatures: number,
  { stride, bias }: { readonly stride: 1 | 2; readonly bias: boolean },
): Value {
  const weight = weights.get(weightName(entry, 'weight'), [outFeatures, featuresOf(x.shape, 1), KERNEL, KERNEL]);
  const summand = bias ? weights.get(weightName(entry, 'bias'), [outFeatures]) : undefined;
  return g.conv2d(x, weight, summand, { stride, pads: [1, 1, 1, 1] });
}

/**
 * Normalises each channel over all places of all pictures (Ioffe and Szegedy 2015, arXiv:1502.03167), joined into one
 * factor and one summand per channel as in `groupNorm`.
 *
 *     y = x·A + (beta - mean·A),  A = gamma / sqrt(variance + epsilon)
 */
function batchNorm({ g, weights }: Network, entry: number, x: Value): Value {
  const channels = featuresOf(x.shape, 1);
  const perChannel = [1, channels, 1, 1];
  const gamma = g.reshape(weights.get(weightName(entry, 'weight'), [channels]), perChannel);
  const beta = g.reshape(weights.get(weightName(entry, 'bias'), [channels]), perChannel);
  // Places first, pictures after: means of equally many, and fast for the engine.
  const meanOf = (value: Value): Value => g.reduceMean(g.reduceMean(value, [2, 3]), [0]);
  const mean = meanOf(x);
  const centred = g.sub(x, mean);
  const deviation = g.sqrt(g.add(meanOf(g.mul(centred, centred)), NORM_EPSILON));
  const factor = g.div(gamma, deviation);
  return g.add(g.mul(x, factor), g.sub(beta, g.mul(mean, factor)));
}
