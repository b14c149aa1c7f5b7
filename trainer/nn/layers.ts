/**
 * The layers that networks are made of, each a function from a name and a value to a value.
 *
 * Axes: B batch, S tokens, C channels, h w rows and columns. Names are those of diffusers and transformers, after the
 * part: `unet/conv_in`. Group norm as in Wu and He 2018 (arXiv:1803.08494), layer norm as in Ba et al. 2016
 * (arXiv:1607.06450). Checked against diffusers: test/golden/models.
 */
import { must } from '../base/errors.ts';
import { divide, multiply, type Dim } from '../graph/dims.ts';
import type { Value } from '../graph/graph.ts';
import type { ConvolutionAttributes } from '../graph/ops.ts';
import { featuresOf, type Layer, type Network, type RowRange } from './network.ts';

export interface LinearOptions {
  /** On unless switched off. */
  readonly bias?: boolean;
  /** The file holds it as a 1x1 convolution: the same bytes. */
  readonly pointwise?: boolean;
  /** Compute only these outputs. */
  readonly rows?: RowRange;
}

/** x [..., in] -> x·Wᵀ + b [..., out] */
export function linear(net: Network, name: string, x: Value, outFeatures: number, options: LinearOptions = {}): Value {
  const { bias = true, pointwise = false, rows } = options;
  const inFeatures = featuresOf(x.shape, -1);
  const layer: Layer = { name, kind: pointwise ? 'convolution' : 'linear', inFeatures, outFeatures, kernel: 1 };
  const base = net.g.linear(
    x,
    net.weights.get(`${name}.weight`, [outFeatures, inFeatures], rows),
    bias ? net.weights.get(`${name}.bias`, [outFeatures], rows) : undefined,
  );
  return net.adapter?.linear(layer, x, base, rows) ?? base;
}

export interface ConvolutionOptions {
  readonly kernel?: 1 | 3;
  readonly stride?: 1 | 2;
  /** All around as wide as keeps the size, unless given. */
  readonly pads?: ConvolutionAttributes['pads'];
}

/** x [B, in, h, w] -> [B, out, h/stride, w/stride] */
export function convolution(
  net: Network,
  name: string,
  x: Value,
  outFeatures: number,
  { kernel = 3, stride = 1, pads }: ConvolutionOptions = {},
): Value {
  const inFeatures = featuresOf(x.shape, 1);
  const layer: Layer = { name, kind: 'convolution', inFeatures, outFeatures, kernel };
  const margin = (kernel - 1) / 2;
  const attributes: ConvolutionAttributes = { stride, pads: pads ?? [margin, margin, margin, margin] };
  const weight = net.weights.get(`${name}.weight`, [outFeatures, inFeatures, kernel, kernel]);
  const base = net.g.conv2d(x, weight, net.weights.get(`${name}.bias`, [outFeatures]), attributes);
  return net.adapter?.convolution(layer, x, base, attributes) ?? base;
}

/** x [..., C] -> normalised over C, [..., C] */
export function layerNorm(net: Network, name: string, x: Value, epsilon: number): Value {
  const features = featuresOf(x.shape, -1);
  const gamma = net.weights.get(`${name}.weight`, [features]);
  return net.g.layerNorm(x, gamma, net.weights.get(`${name}.bias`, [features]), epsilon);
}

export interface GroupNormOptions {
  readonly groups: number;
  readonly epsilon: number;
}

/**
 * Normalises over each group of channels. Mean, deviation, gamma and beta are first joined into one factor and one
 * summand per channel, so that the large value is passed over twice only.
 *
 *     y = x·A + (beta - mean·A),  A = gamma / deviation
 *
 * @param x f32 [B, C, h, w]
 * @returns f32 [B, C, h, w]
 */
export function groupNorm(net: Network, name: string, x: Value, { groups, epsilon }: GroupNormOptions): Value {
  const { g, weights } = net;
  const channels = featuresOf(x.shape, 1);
  const [batch, , rows, columns] = x.shape.map((dim) => must(dim, 'an axis')) as [Dim, Dim, Dim, Dim];
  const perGroup = divide(channels, groups);
  const [mean, inverseDeviation] = g.moments(g.reshape(x, [batch, groups, multiply(perGroup, rows, columns)]), epsilon);
  const gamma = g.reshape(weights.get(`${name}.weight`, [channels]), [1, groups, perGroup]);
  const beta = g.reshape(weights.get(`${name}.bias`, [channels]), [1, groups, perGroup]);
  const factor = g.mul(gamma, inverseDeviation); // [B, G, C/G]
  const summand = g.sub(beta, g.mul(mean, factor));
  const perChannel = [batch, channels, 1, 1];
  return g.add(g.mul(x, g.reshape(factor, perChannel)), g.reshape(summand, perChannel));
}

/**
 * Marks a product as kept for the backward part if keeping pays: over few features a product is quick to compute again,
 * yet as large as any other. At SD 1.5 size this spares 0.3 GB at 512 px for 3 % of a step's operations; over 640
 * features and more the same bytes would cost twice the operations and more.
 */
export const keepProduct = ({ g }: Network, value: Value, inFeatures: number): Value =>
  inFeatures < WORTH_KEEPING ? value : g.keep(value, 'product');

const WORTH_KEEPING = 512;
