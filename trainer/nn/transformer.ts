/**
 * The transformer of the UNet (Transformer2DModel): attention of the picture to itself and to the text.
 *
 * Between its projections the picture is [B, h·w, C], so that every layer is a plain matrix product.
 */
import { multiply } from '../graph/dims.ts';
import type { Value } from '../graph/graph.ts';
import { attention, DIFFUSERS_ATTENTION } from './attention.ts';
import { groupNorm, keepProduct, layerNorm, linear } from './layers.ts';
import { featuresOf, type Network } from './network.ts';

/** Fixed in diffusers, whatever the config says. */
const GROUP_NORM_EPSILON = 1e-6;
const LAYER_NORM_EPSILON = 1e-5;
/** The feed-forward part is this many times as wide as the channels. */
const FEED_FORWARD_FACTOR = 4;

export interface TransformerOptions {
  readonly depth: number;
  readonly heads: number;
  readonly groups: number;
  /** The projections' weights are [C, C], not [C, C, 1, 1]. */
  readonly linearProjection: boolean;
}

/**
 * @param x f32 [B, C, h, w]
 * @param text f32 [B, S, D]
 * @returns f32 [B, C, h, w]
 */
export function transformer2d(net: Network, name: string, x: Value, text: Value, options: TransformerOptions): Value {
  const { g } = net;
  const { depth, heads, groups, linearProjection } = options;
  const channels = featuresOf(x.shape, 1);
  const pointwise = !linearProjection;
  const normed = groupNorm(net, `${name}.norm`, x, { groups, epsilon: GROUP_NORM_EPSILON });
  let tokens = linear(net, `${name}.proj_in`, toTokens(net, normed), channels, { pointwise });
  g.keep(tokens, 'product');
  for (let index = 0; index < depth; index++) {
    tokens = transformerLayer(net, `${name}.transformer_blocks.${index}`, tokens, text, heads);
  }
  const projected = linear(net, `${name}.proj_out`, tokens, channels, { pointwise });
  return g.add(fromTokens(net, projected, x), x);
}

/** [B, C, h, w] -> [B, h·w, C] */
export function toTokens({ g }: Network, x: Value): Value {
  const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  return g.transpose(g.reshape(x, [batch, channels, multiply(rows, columns)]), [0, 2, 1]);
}

/** [B, h·w, C] -> the shape of `like`, [B, C, h, w] */
export const fromTokens = ({ g }: Network, tokens: Value, like: Value): Value =>
  g.reshape(g.transpose(tokens, [0, 2, 1]), like.shape);

/** BasicTransformerBlock: x [B, S, C] plus self-attention, plus attention to the text, plus feed-forward. */
function transformerLayer(net: Network, name: string, x: Value, text: Value, heads: number): Value {
  const { g } = net;
  const options = { heads, names: DIFFUSERS_ATTENTION, bias: false };
  const norm = (index: number, value: Value): Value =>
    layerNorm(net, `${name}.norm${index}`, value, LAYER_NORM_EPSILON);
  const plus = (value: Value, change: Value): Value => g.keep(g.add(value, change), 'product');

  const own = norm(1, x);
  const seen = plus(x, attention(net, `${name}.attn1`, own, own, options));
  const told = plus(seen, attention(net, `${name}.attn2`, norm(2, seen), text, options));
  return plus(told, gatedFeedForward(net, `${name}.ff`, norm(3, told)));
}

/**
 * GEGLU (Shazeer 2020, arXiv:2002.05202): value · gelu(gate), then back to C. The file's one weight holds first the
 * rows of the value, then those of the gate; two products of half the width spare copying both out of one result.
 */
function gatedFeedForward(net: Network, name: string, x: Value): Value {
  const { g } = net;
  const channels = featuresOf(x.shape, -1);
  const inner = FEED_FORWARD_FACTOR * channels;
  const half = (start: number): Value =>
    keepProduct(net, linear(net, `${name}.net.0.proj`, x, 2 * inner, { rows: { start, count: inner } }), channels);
  const value = half(0);
  const gate = half(inner);
  return linear(net, `${name}.net.2`, g.mul(value, g.gelu(gate)), channels);
}
