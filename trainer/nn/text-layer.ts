/**
 * One layer of CLIP's text encoder (CLIPEncoderLayer): causal attention and a feed-forward part, each after a norm.
 */
import type { Value } from '../graph/graph.ts';
import { attention, CLIP_ATTENTION } from './attention.ts';
import { layerNorm, linear } from './layers.ts';
import { featuresOf, type Network } from './network.ts';

export interface TextLayerOptions {
  readonly heads: number;
  readonly intermediateSize: number;
  readonly activation: 'quick_gelu' | 'gelu';
  readonly epsilon: number;
}

/** x f32 [B, S, C] -> f32 [B, S, C] */
export function textLayer(net: Network, name: string, x: Value, options: TextLayerOptions): Value {
  const { g } = net;
  const { heads, intermediateSize, activation, epsilon } = options;
  const plus = (value: Value, change: Value): Value => g.keep(g.add(value, change), 'product');

  const normed = layerNorm(net, `${name}.layer_norm1`, x, epsilon);
  const attended = attention(net, `${name}.self_attn`, normed, normed, {
    heads,
    names: CLIP_ATTENTION,
    bias: true,
    causal: true,
  });
  const seen = plus(x, attended);
  const wide = linear(net, `${name}.mlp.fc1`, layerNorm(net, `${name}.layer_norm2`, seen, epsilon), intermediateSize);
  g.keep(wide, 'product');
  const active = activation === 'gelu' ? g.gelu(wide) : g.quickGelu(wide);
  return plus(seen, linear(net, `${name}.mlp.fc2`, active, featuresOf(x.shape, -1)));
}
