/**
 * The residual block of UNet and autoencoder: twice norm, SiLU, 3x3 convolution, with the time embedding between.
 */
import type { Value } from '../graph/graph.ts';
import { convolution, groupNorm, linear, type GroupNormOptions } from './layers.ts';
import { featuresOf, type Network } from './network.ts';

/**
 * @param x f32 [B, in, h, w]
 * @param time f32 [B, T], the time embedding after its SiLU; the autoencoder has none
 * @returns f32 [B, out, h, w]
 */
export function resnetBlock(
  net: Network,
  name: string,
  x: Value,
  outChannels: number,
  norm: GroupNormOptions,
  time?: Value,
): Value {
  const { g } = net;
  const first = convolution(net, `${name}.conv1`, g.silu(groupNorm(net, `${name}.norm1`, x, norm)), outChannels);
  const timed = g.keep(time === undefined ? first : g.add(first, timeShift(net, name, time, outChannels)), 'product');
  const second = convolution(net, `${name}.conv2`, g.silu(groupNorm(net, `${name}.norm2`, timed, norm)), outChannels);
  const changesWidth = featuresOf(x.shape, 1) !== outChannels;
  const shortcut = changesWidth ? convolution(net, `${name}.conv_shortcut`, x, outChannels, { kernel: 1 }) : x;
  return g.add(shortcut, second);
}

/** One number per sample and channel: [B, out, 1, 1]. */
function timeShift(net: Network, name: string, time: Value, outChannels: number): Value {
  const shift = linear(net, `${name}.time_emb_proj`, time, outChannels);
  return net.g.reshape(shift, [...shift.shape, 1, 1]);
}
