/**
 * AutoencoderKL: pictures to latents and back.
 *
 * Axes: B batch, C channels, H W pixels, h = H/8 and w = W/8 latent rows and columns. Names of blocks and weights are
 * those of diffusers. Latents here are plain: nobody has multiplied them by `scalingFactor` yet. Checked against
 * diffusers 0.42: test/golden/models.
 */
import { must } from '../../base/errors.ts';
import type { VaeConfig } from '../../formats/configs.ts';
import type { Value } from '../../graph/graph.ts';
import { attention, DIFFUSERS_ATTENTION } from '../../nn/attention.ts';
import { convolution, groupNorm } from '../../nn/layers.ts';
import type { Network } from '../../nn/network.ts';
import { resnetBlock } from '../../nn/resnet-block.ts';
import { fromTokens, toTokens } from '../../nn/transformer.ts';

/** The part's name in front of its weights. */
export const VAE = 'vae';

/** Where diffusers clamps the logarithm of the variance. */
const LOG_VARIANCE_LIMITS = { least: -30, most: 20 };

export interface LatentMoments {
  /** f32 [B, latentChannels, h, w] */
  readonly mean: Value;
  /** f32 [B, latentChannels, h, w]; a sample is mean + exp(logVariance / 2)·noise */
  readonly logVariance: Value;
}

/** @param image f32 [B, 3, H, W] in -1 … 1; H and W divisible by 8 */
export function buildVaeEncoder(net: Network, config: VaeConfig, image: Value): LatentMoments {
  const { g } = net;
  const { latentChannels } = config;
  const features = buildVaeFeatures(net, config, image);
  return g.scope(VAE, () => {
    const unmixed = convolution(net, `${VAE}/encoder.conv_out`, features, 2 * latentChannels);
    const moments = convolution(net, `${VAE}/quant_conv`, unmixed, 2 * latentChannels, { kernel: 1 });
    const { least, most } = LOG_VARIANCE_LIMITS;
    const logVariance = g.slice(moments, 1, latentChannels, latentChannels);
    return {
      mean: g.slice(moments, 1, 0, latentChannels),
      logVariance: g.minimum(g.maximum(logVariance, least), most),
    };
  });
}

/**
 * What the encoder sees in a picture, before `encoder.conv_out` makes latents of it.
 *
 * @param image f32 [B, 3, H, W] in -1 … 1; H and W divisible by 8
 * @returns f32 [B, channels of the innermost level, h, w]
 */
export function buildVaeFeatures(net: Network, config: VaeConfig, image: Value): Value {
  const { g } = net;
  const { blockOutChannels, layersPerBlock } = config;
  return g.scope(VAE, () => {
    let x = convolution(net, `${VAE}/encoder.conv_in`, image, must(blockOutChannels[0], 'a level'));
    for (const [level, channels] of blockOutChannels.entries()) {
      const name = `encoder.down_blocks.${level}`;
      x = residualChain(net, config, name, channels, layersPerBlock, x);
      if (level < blockOutChannels.length - 1) x = downsample(net, `${name}.downsamplers.0`, channels, x);
    }
    const whole = midBlock(net, config, 'encoder', innermostChannels(config), x);
    return g.block('encoder.conv_norm_out', () => featuresOf(net, config, 'encoder', whole));
  });
}

/** f32 [B, latentChannels, h, w] -> f32 [B, 3, H, W], about -1 … 1 */
export function buildVaeDecoder(net: Network, config: VaeConfig, latents: Value): Value {
  const { g } = net;
  const { blockOutChannels, latentChannels, layersPerBlock, outChannels } = config;
  const innermost = innermostChannels(config);
  return g.scope(VAE, () => {
    const unpacked = convolution(net, `${VAE}/post_quant_conv`, latents, latentChannels, { kernel: 1 });
    let x = convolution(net, `${VAE}/decoder.conv_in`, unpacked, innermost);
    x = midBlock(net, config, 'decoder', innermost, x);
    for (const [index, channels] of [...blockOutChannels].reverse().entries()) {
      const name = `decoder.up_blocks.${index}`;
      x = residualChain(net, config, name, channels, layersPerBlock + 1, x);
      if (index < blockOutChannels.length - 1) x = upsample(net, `${name}.upsamplers.0`, channels, x);
    }
    return g.block('decoder.conv_out', () =>
      convolution(net, `${VAE}/decoder.conv_out`, featuresOf(net, config, 'decoder', x), outChannels),
    );
  });
}

function residualChain(
  net: Network,
  config: VaeConfig,
  name: string,
  channels: number,
  layers: number,
  x: Value,
): Value {
  let value = x;
  for (let layer = 0; layer < layers; layer++) {
    value = residual(net, config, `${name}.resnets.${layer}`, channels, value);
  }
  return value;
}

const residual = (net: Network, config: VaeConfig, name: string, channels: number, x: Value): Value =>
  net.g.block(name, () => resnetBlock(net, `${VAE}/${name}`, x, channels, normOf(config)));

/** Residual block, attention with a single head over all pixels, residual block. */
function midBlock(net: Network, config: VaeConfig, side: string, channels: number, x: Value): Value {
  const name = `${side}.mid_block`;
  const before = residual(net, config, `${name}.resnets.0`, channels, x);
  const seen = net.g.block(`${name}.attentions.0`, () => {
    const part = `${VAE}/${name}.attentions.0`;
    const tokens = toTokens(net, groupNorm(net, `${part}.group_norm`, before, normOf(config)));
    const mixed = attention(net, part, tokens, tokens, { heads: 1, names: DIFFUSERS_ATTENTION, bias: true });
    return net.g.add(fromTokens(net, mixed, before), before);
  });
  return residual(net, config, `${name}.resnets.1`, channels, seen);
}

/** Pads at the right and the bottom only, unlike the UNet. */
const downsample = (net: Network, name: string, channels: number, x: Value): Value =>
  net.g.block(name, () => convolution(net, `${VAE}/${name}.conv`, x, channels, { stride: 2, pads: [0, 0, 1, 1] }));

const upsample = (net: Network, name: string, channels: number, x: Value): Value =>
  net.g.block(name, () => convolution(net, `${VAE}/${name}.conv`, net.g.upsampleNearest(x), channels));

const featuresOf = (net: Network, config: VaeConfig, side: string, x: Value): Value =>
  net.g.silu(groupNorm(net, `${VAE}/${side}.conv_norm_out`, x, normOf(config)));

export const innermostChannels = ({ blockOutChannels }: VaeConfig): number => must(blockOutChannels.at(-1), 'a level');

const normOf = (config: VaeConfig) => ({ groups: config.normNumGroups, epsilon: config.normEps });
