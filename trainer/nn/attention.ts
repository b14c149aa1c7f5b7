/**
 * Multi-head attention with its four projections (Vaswani et al. 2017, arXiv:1706.03762).
 */
import type { Value } from '../graph/graph.ts';
import { keepProduct, linear } from './layers.ts';
import { featuresOf, type Network } from './network.ts';

/** The names of the projections: each library has its own. */
export interface AttentionNames {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly out: string;
}

export const DIFFUSERS_ATTENTION: AttentionNames = { q: 'to_q', k: 'to_k', v: 'to_v', out: 'to_out.0' };
export const CLIP_ATTENTION: AttentionNames = { q: 'q_proj', k: 'k_proj', v: 'v_proj', out: 'out_proj' };

export interface AttentionOptions {
  readonly heads: number;
  readonly names: AttentionNames;
  /** Whether q, k and v have a bias; the output always has. */
  readonly bias: boolean;
  readonly causal?: boolean;
}

/**
 * @param x f32 [B, S, C], where the queries come from
 * @param source f32 [B, T, D], where keys and values come from: x itself, or the text
 * @returns f32 [B, S, C]
 */
export function attention(net: Network, name: string, x: Value, source: Value, options: AttentionOptions): Value {
  const { g } = net;
  const { heads, names, bias, causal = false } = options;
  const channels = featuresOf(x.shape, -1);
  const project = (part: string, from: Value): Value =>
    keepProduct(net, linear(net, `${name}.${part}`, from, channels, { bias }), featuresOf(from.shape, -1));
  const q = project(names.q, x);
  const k = project(names.k, source);
  const v = project(names.v, source);
  const scale = 1 / Math.sqrt(channels / heads);
  const mixed = g.keep(g.attention(q, k, v, { heads, scale, causal }), 'attention');
  return linear(net, `${name}.${names.out}`, mixed, channels);
}
