/**
 * The weights that a network has, from its config alone: canonical name to shape, in the order of the network.
 *
 * Names are those that diffusers (UNet2DConditionModel, AutoencoderKL) and transformers (CLIPTextModel) save.
 * Checked name by name and side by side against the published checkpoints: test/golden/data/diffusers/*.tsv.
 */
import { must } from '../../base/errors.ts';
import type { TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';

export type Shapes = ReadonlyMap<string, readonly number[]>;

class Listing {
  readonly shapes = new Map<string, readonly number[]>();

  /** A weight and, unless told otherwise, a bias as long as the first side. */
  add(name: string, shape: readonly number[], bias = true): void {
    this.shapes.set(`${name}.weight`, shape);
    if (bias) this.shapes.set(`${name}.bias`, shape.slice(0, 1));
  }

  norm(name: string, channels: number): void {
    this.add(name, [channels]);
  }

  convolution(name: string, input: number, output: number, kernel = 3): void {
    this.add(name, [output, input, kernel, kernel]);
  }

  /** `timeEmbedDim` is missing in the VAE, whose residual blocks know no time. */
  residual(name: string, input: number, output: number, timeEmbedDim?: number): void {
    this.norm(`${name}.norm1`, input);
    this.convolution(`${name}.conv1`, input, output);
    if (timeEmbedDim !== undefined) this.add(`${name}.time_emb_proj`, [output, timeEmbedDim]);
    this.norm(`${name}.norm2`, output);
    this.convolution(`${name}.conv2`, output, output);
    if (input !== output) this.convolution(`${name}.conv_shortcut`, input, output, 1);
  }

  attention(name: string, channels: number, context: number): void {
    this.add(`${name}.to_q`, [channels, channels], false);
    this.add(`${name}.to_k`, [channels, context], false);
    this.add(`${name}.to_v`, [channels, context], false);
    this.add(`${name}.to_out.0`, [channels, channels]);
  }

  /** Transformer2DModel: self attention, cross attention and a gated feed-forward per layer. */
  transformer(name: string, channels: number, depth: number, config: UNetConfig): void {
    const projection = config.useLinearProjection ? [channels, channels] : [channels, channels, 1, 1];
    this.norm(`${name}.norm`, channels);
    this.add(`${name}.proj_in`, projection);
    for (let index = 0; index < depth; index++) {
      const layer = `${name}.transformer_blocks.${index}`;
      this.norm(`${layer}.norm1`, channels);
      this.attention(`${layer}.attn1`, channels, channels);
      this.norm(`${layer}.norm2`, channels);
      this.attention(`${layer}.attn2`, channels, config.crossAttentionDim);
      this.norm(`${layer}.norm3`, channels);
      this.add(`${layer}.ff.net.0.proj`, [8 * channels, channels]);
      this.add(`${layer}.ff.net.2`, [channels, 4 * channels]);
    }
    this.add(`${name}.proj_out`, projection);
  }
}

export function unetWeights(config: UNetConfig): Shapes {
  const list = new Listing();
  const [first = 0] = config.blockOutChannels;
  const time = config.timeEmbedDim;
  list.convolution('conv_in', config.inChannels, first);
  list.add('time_embedding.linear_1', [time, first]);
  list.add('time_embedding.linear_2', [time, time]);
  if (config.addition !== undefined) {
    list.add('add_embedding.linear_1', [time, config.addition.projectionInputDim]);
    list.add('add_embedding.linear_2', [time, time]);
  }
  const skips = downWeights(list, config, first);
  middleWeights(list, config);
  upWeights(list, config, skips);
  list.norm('conv_norm_out', first);
  list.convolution('conv_out', first, config.outChannels);
  return list.shapes;
}

/** @returns the widths of the tensors that the way up takes back, in the order in which they were made */
function downWeights(list: Listing, config: UNetConfig, first: number): number[] {
  const skips = [first];
  let channels = first;
  for (const [index, block] of config.downBlocks.entries()) {
    const name = `down_blocks.${index}`;
    for (let layer = 0; layer < block.layers; layer++) {
      list.residual(`${name}.resnets.${layer}`, channels, block.outChannels, config.timeEmbedDim);
      channels = block.outChannels;
      if (block.attention) list.transformer(`${name}.attentions.${layer}`, channels, block.attention.depth, config);
      skips.push(channels);
    }
    if (block.resample) {
      list.convolution(`${name}.downsamplers.0.conv`, channels, channels);
      skips.push(channels);
    }
  }
  return skips;
}

function middleWeights(list: Listing, config: UNetConfig): void {
  const { outChannels, attention } = config.midBlock;
  list.residual('mid_block.resnets.0', outChannels, outChannels, config.timeEmbedDim);
  list.transformer('mid_block.attentions.0', outChannels, attention.depth, config);
  list.residual('mid_block.resnets.1', outChannels, outChannels, config.timeEmbedDim);
}

function upWeights(list: Listing, config: UNetConfig, skips: number[]): void {
  let channels = config.midBlock.outChannels;
  for (const [index, block] of config.upBlocks.entries()) {
    const name = `up_blocks.${index}`;
    for (let layer = 0; layer < block.layers; layer++) {
      const input = channels + must(skips.pop(), 'a skip connection');
      list.residual(`${name}.resnets.${layer}`, input, block.outChannels, config.timeEmbedDim);
      channels = block.outChannels;
      if (block.attention) list.transformer(`${name}.attentions.${layer}`, channels, block.attention.depth, config);
    }
    if (block.resample) list.convolution(`${name}.upsamplers.0.conv`, channels, channels);
  }
}

export function vaeWeights(config: VaeConfig): Shapes {
  const list = new Listing();
  const { blockOutChannels: widths, latentChannels: latent } = config;
  const innermost = widths.at(-1) ?? 0;
  let channels = widths[0] ?? 0;
  list.convolution('encoder.conv_in', config.inChannels, channels);
  for (const [index, width] of widths.entries()) {
    channels = vaeBlock(list, `encoder.down_blocks.${index}`, channels, width, config.layersPerBlock);
    if (index < widths.length - 1) list.convolution(`encoder.down_blocks.${index}.downsamplers.0.conv`, width, width);
  }
  vaeMiddle(list, 'encoder', innermost);
  list.norm('encoder.conv_norm_out', innermost);
  list.convolution('encoder.conv_out', innermost, 2 * latent);
  list.convolution('quant_conv', 2 * latent, 2 * latent, 1);
  list.convolution('post_quant_conv', latent, latent, 1);
  list.convolution('decoder.conv_in', latent, innermost);
  vaeMiddle(list, 'decoder', innermost);
  channels = innermost;
  for (const [index, width] of widths.toReversed().entries()) {
    channels = vaeBlock(list, `decoder.up_blocks.${index}`, channels, width, config.layersPerBlock + 1);
    if (index < widths.length - 1) list.convolution(`decoder.up_blocks.${index}.upsamplers.0.conv`, width, width);
  }
  list.norm('decoder.conv_norm_out', channels);
  list.convolution('decoder.conv_out', channels, config.outChannels);
  return list.shapes;
}

function vaeBlock(list: Listing, name: string, input: number, output: number, layers: number): number {
  for (let layer = 0; layer < layers; layer++) {
    list.residual(`${name}.resnets.${layer}`, layer === 0 ? input : output, output);
  }
  return output;
}

function vaeMiddle(list: Listing, side: 'encoder' | 'decoder', channels: number): void {
  const attention = `${side}.mid_block.attentions.0`;
  list.residual(`${side}.mid_block.resnets.0`, channels, channels);
  list.norm(`${attention}.group_norm`, channels);
  for (const name of ['to_q', 'to_k', 'to_v', 'to_out.0']) list.add(`${attention}.${name}`, [channels, channels]);
  list.residual(`${side}.mid_block.resnets.1`, channels, channels);
}

export function textEncoderWeights(config: TextEncoderConfig): Shapes {
  const list = new Listing();
  const { hiddenSize: width, intermediateSize } = config;
  list.add('text_model.embeddings.token_embedding', [config.vocabSize, width], false);
  list.add('text_model.embeddings.position_embedding', [config.maxPositionEmbeddings, width], false);
  for (let index = 0; index < config.numHiddenLayers; index++) {
    const layer = `text_model.encoder.layers.${index}`;
    list.norm(`${layer}.layer_norm1`, width);
    for (const name of ['q', 'k', 'v', 'out']) list.add(`${layer}.self_attn.${name}_proj`, [width, width]);
    list.norm(`${layer}.layer_norm2`, width);
    list.add(`${layer}.mlp.fc1`, [intermediateSize, width]);
    list.add(`${layer}.mlp.fc2`, [width, intermediateSize]);
  }
  list.norm('text_model.final_layer_norm', width);
  if (config.projectionDim !== undefined) list.add('text_projection', [config.projectionDim, width], false);
  return list.shapes;
}
