/**
 * UNet2DConditionModel of SD 1.x, SD 2.x and SDXL, from its config.
 *
 * Axes: B batch, C channels, h w rows and columns of the latent, S tokens, D width of the text's embedding. Names of
 * blocks and weights are those of diffusers. Checked against diffusers 0.42: test/golden/models.
 */
import { assert, must } from '../../base/errors.ts';
import type { UNetBlock, UNetConfig } from '../../formats/configs.ts';
import { equalDims } from '../../graph/dims.ts';
import type { Value } from '../../graph/graph.ts';
import { convolution, groupNorm, linear } from '../../nn/layers.ts';
import type { Network } from '../../nn/network.ts';
import { resnetBlock } from '../../nn/resnet-block.ts';
import { transformer2d } from '../../nn/transformer.ts';

/** The part's name in front of its weights. */
export const UNET = 'unet';

export interface UNetInputs {
  /** f32 [B, inChannels, h, w]. Where h and w are symbols they stand for multiples of `latentMultiple(config)`. */
  readonly latents: Value;
  /** f32 [B, C0], sinusoids of the timestep, C0 = blockOutChannels[0] */
  readonly timeEmbedding: Value;
  /** f32 [B, S, D], D = crossAttentionDim */
  readonly text: Value;
  /** SDXL only. */
  readonly added?: AddedInputs;
}

export interface AddedInputs {
  /** f32 [B, P], pooled text */
  readonly pooled: Value;
  /** f32 [B, 6·addition.timeEmbedDim], sinusoids of original height, width, crop top, left, target height, width */
  readonly timeIds: Value;
}

/**
 * Latents whose sides are multiples of this are halved evenly all the way down: 8 for SD 1.x and 2.x, 4 for SDXL. Other
 * sizes work too, but only as numbers: which of two odd sizes a half came from, a symbol does not say.
 */
export const latentMultiple = ({ downBlocks }: UNetConfig): number =>
  2 ** downBlocks.filter(({ resample }) => resample).length;

/** What the blocks need beside the picture. */
interface Surroundings {
  readonly net: Network;
  readonly config: UNetConfig;
  readonly text: Value;
  /** The time embedding after its SiLU, which every residual block begins with. */
  readonly time: Value;
}

/** The noise (or v) that the network sees in the latents: f32 [B, outChannels, h, w]. */
export function buildUNet(net: Network, config: UNetConfig, inputs: UNetInputs): Value {
  const { g } = net;
  return g.scope(UNET, () => {
    const time = g.silu(timeEmbedding(net, config, inputs));
    const around: Surroundings = { net, config, text: inputs.text, time };
    const first = convolution(net, `${UNET}/conv_in`, inputs.latents, must(config.blockOutChannels[0], 'a level'));
    const skips: Value[] = [first];
    let x = first;
    for (const [index, block] of config.downBlocks.entries())
      x = downBlock(around, `down_blocks.${index}`, block, x, skips);
    x = midBlock(around, x);
    for (const [index, block] of config.upBlocks.entries()) x = upBlock(around, `up_blocks.${index}`, block, x, skips);
    assert(skips.length === 0, `${skips.length} skip connections are left over`);
    return g.block('conv_out', () => {
      const normed = groupNorm(net, `${UNET}/conv_norm_out`, x, normOf(config));
      return convolution(net, `${UNET}/conv_out`, g.silu(normed), config.outChannels);
    });
  });
}

/** The sinusoids through an MLP; for SDXL plus pooled text and sizes through another: f32 [B, timeEmbedDim]. */
function timeEmbedding(net: Network, config: UNetConfig, { timeEmbedding: sinusoids, added }: UNetInputs): Value {
  const { g } = net;
  const embed = (name: string, x: Value): Value => {
    const hidden = g.silu(linear(net, `${UNET}/${name}.linear_1`, x, config.timeEmbedDim));
    return linear(net, `${UNET}/${name}.linear_2`, hidden, config.timeEmbedDim);
  };
  const time = embed('time_embedding', sinusoids);
  if (config.addition === undefined) return time;
  const { pooled, timeIds } = must(added, 'the pooled text and time ids of SDXL');
  return g.add(time, embed('add_embedding', g.concat([pooled, timeIds], 1)));
}

function downBlock(around: Surroundings, name: string, block: UNetBlock, x: Value, skips: Value[]): Value {
  let value = x;
  for (let layer = 0; layer < block.layers; layer++) {
    value = residual(around, `${name}.resnets.${layer}`, block.outChannels, value);
    value = attended(around, `${name}.attentions.${layer}`, block, value);
    skips.push(value);
  }
  if (!block.resample) return value;
  value = downsample(around, `${name}.downsamplers.0`, block.outChannels, value);
  skips.push(value);
  return value;
}

function midBlock(around: Surroundings, x: Value): Value {
  const { midBlock: block } = around.config;
  const before = residual(around, 'mid_block.resnets.0', block.outChannels, x);
  const seen = attended(around, 'mid_block.attentions.0', block, before);
  return residual(around, 'mid_block.resnets.1', block.outChannels, seen);
}

function upBlock(around: Surroundings, name: string, block: UNetBlock, x: Value, skips: Value[]): Value {
  let value = x;
  for (let layer = 0; layer < block.layers; layer++) {
    const skip = must(skips.pop(), `a skip connection for ${name}`);
    value = residual(around, `${name}.resnets.${layer}`, block.outChannels, value, skip);
    value = attended(around, `${name}.attentions.${layer}`, block, value);
  }
  if (!block.resample) return value;
  const next = must(skips.at(-1), `what ${name} is to be as large as`);
  return upsample(around, `${name}.upsamplers.0`, block.outChannels, value, next);
}

/** A residual block; its input is x, or x beside what the way down left here. */
function residual(around: Surroundings, name: string, outChannels: number, x: Value, skip?: Value): Value {
  const { net, config, time } = around;
  return net.g.block(name, () => {
    const input = skip === undefined ? x : net.g.concat([x, skip], 1);
    return resnetBlock(net, `${UNET}/${name}`, input, outChannels, normOf(config), time);
  });
}

function attended(around: Surroundings, name: string, { attention }: Pick<UNetBlock, 'attention'>, x: Value): Value {
  const { net, config, text } = around;
  if (attention === undefined) return x;
  return net.g.block(name, () =>
    transformer2d(net, `${UNET}/${name}`, x, text, {
      ...attention,
      groups: config.normNumGroups,
      linearProjection: config.useLinearProjection,
    }),
  );
}

const downsample = ({ net }: Surroundings, name: string, channels: number, x: Value): Value =>
  net.g.block(name, () => convolution(net, `${UNET}/${name}.conv`, x, channels, { stride: 2, pads: [1, 1, 1, 1] }));

/** Twice as large, or one less where the way down met an odd size, which it halves to the larger half. */
function upsample({ net }: Surroundings, name: string, channels: number, x: Value, like: Value): Value {
  const { g } = net;
  return g.block(name, () => {
    let larger = g.upsampleNearest(x);
    for (const axis of [2, 3]) {
      const size = must(like.shape[axis], 'an axis');
      if (!equalDims(must(larger.shape[axis], 'an axis'), size)) larger = g.slice(larger, axis, 0, size);
    }
    return convolution(net, `${UNET}/${name}.conv`, larger, channels);
  });
}

const normOf = (config: UNetConfig) => ({ groups: config.normNumGroups, epsilon: config.normEps });
