/**
 * The weights that a network has, from its config alone: canonical name to shape, in the order of the network.
 *
 * Names are those that diffusers (UNet2DConditionModel, AutoencoderKL) and transformers (CLIPTextModel) save.
 * Checked name by name and side by side against the published checkpoints: test/golden/data/diffusers/*.tsv.
 */
import { must } from '../../base/errors.ts';
import type { TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';

export type Shapes = ReadonlyMap<string, readonly number[]>;

type List = Map<string, readonly number[]>;

/** A weight and, unless told otherwise, a bias as long as the first side. */
function addLayer(list: List, name: string, shape: readonly number[], bias = true): void {
  list.set(`${name}.weight`, shape);
  if (bias) list.set(`${name}.bias`, shape.slice(0, 1));
}

function addNorm(list: List, name: string, channels: number): void {
  addLayer(list, name, [channels]);
}

function addConvolution(list: List, name: string, input: number, output: number, kernel = 3): void {
  addLayer(list, name, [output, input, kernel, kernel]);
}

/** `timeEmbedDim` is missing in the VAE, whose residual blocks know no time. */
function addResidual(list: List, name: string, input: number, output: number, timeEmbedDim?: number): void {
  addNorm(list, `${name}.norm1`, input);
  addConvolution(list, `${name}.conv1`, input, output);
  if (timeEmbedDim !== undefined) addLayer(list, `${name}.time_emb_proj`, [output, timeEmbedDim]);
  addNorm(list, `${name}.norm2`, output);
  addConvolution(list, `${name}.conv2`, output, output);
  if (input !== output) addConvolution(list, `${name}.conv_shortcut`, input, output, 1);
}

function addAttention(list: List, name: string, channels: number, context: number): void {
  addLayer(list, `${name}.to_q`, [channels, channels], false);
  addLayer(list, `${name}.to_k`, [channels, context], false);
  addLayer(list, `${name}.to_v`, [channels, context], false);
  addLayer(list, `${name}.to_out.0`, [channels, channels]);
}

/** Transformer2DModel: self attention, cross attention and a gated feed-forward per layer. */
function addTransformer(list: List, name: string, channels: number, depth: number, config: UNetConfig): void {
  const projection = config.useLinearProjection ? [channels, channels] : [channels, channels, 1, 1];
  addNorm(list, `${name}.norm`, channels);
  addLayer(list, `${name}.proj_in`, projection);
  for (let index = 0; index < depth; index++) {
    const block = `${name}.transformer_blocks.${index}`;
    addNorm(list, `${block}.norm1`, channels);
    addAttention(list, `${block}.attn1`, channels, channels);
    addNorm(list, `${block}.norm2`, channels);
    addAttention(list, `${block}.attn2`, channels, config.crossAttentionDim);
    addNorm(list, `${block}.norm3`, channels);
    addLayer(list, `${block}.ff.net.0.proj`, [8 * channels, channels]);
    addLayer(list, `${block}.ff.net.2`, [channels, 4 * channels]);
  }
  addLayer(list, `${name}.proj_out`, projection);
}

export function unetWeights(config: UNetConfig): Shapes {
  const list: List = new Map();
  const [first = 0] = config.blockOutChannels;
  const time = config.timeEmbedDim;
  addConvolution(list, 'conv_in', config.inChannels, first);
  addLayer(list, 'time_embedding.linear_1', [time, first]);
  addLayer(list, 'time_embedding.linear_2', [time, time]);
  if (config.addition !== undefined) {
    addLayer(list, 'add_embedding.linear_1', [time, config.addition.projectionInputDim]);
    addLayer(list, 'add_embedding.linear_2', [time, time]);
  }
  const skips = downWeights(list, config, first);
  middleWeights(list, config);
  upWeights(list, config, skips);
  addNorm(list, 'conv_norm_out', first);
  addConvolution(list, 'conv_out', first, config.outChannels);
  return list;
}

/** @returns the widths of the tensors that the way up takes back, in the order in which they were made */
function downWeights(list: List, config: UNetConfig, first: number): number[] {
  const skips = [first];
  let channels = first;
  for (const [index, block] of config.downBlocks.entries()) {
    const name = `down_blocks.${index}`;
    for (let layer = 0; layer < block.layers; layer++) {
      addResidual(list, `${name}.resnets.${layer}`, channels, block.outChannels, config.timeEmbedDim);
      channels = block.outChannels;
      if (block.attention) addTransformer(list, `${name}.attentions.${layer}`, channels, block.attention.depth, config);
      skips.push(channels);
    }
    if (block.resample) {
      addConvolution(list, `${name}.downsamplers.0.conv`, channels, channels);
      skips.push(channels);
    }
  }
  return skips;
}

function middleWeights(list: List, config: UNetConfig): void {
  const { outChannels, attention } = config.midBlock;
  addResidual(list, 'mid_block.resnets.0', outChannels, outChannels, config.timeEmbedDim);
  addTransformer(list, 'mid_block.attentions.0', outChannels, attention.depth, config);
  addResidual(list, 'mid_block.resnets.1', outChannels, outChannels, config.timeEmbedDim);
}

function upWeights(list: List, config: UNetConfig, skips: number[]): void {
  let channels = config.midBlock.outChannels;
  for (const [index, block] of config.upBlocks.entries()) {
    const name = `up_blocks.${index}`;
    for (let layer = 0; layer < block.layers; layer++) {
      const input = channels + must(skips.pop(), 'a skip connection');
      addResidual(list, `${name}.resnets.${layer}`, input, block.outChannels, config.timeEmbedDim);
      channels = block.outChannels;
      if (block.attention) addTransformer(list, `${name}.attentions.${layer}`, channels, block.attention.depth, config);
    }
    if (block.resample) addConvolution(list, `${name}.upsamplers.0.conv`, channels, channels);
  }
}

export function vaeWeights(config: VaeConfig): Shapes {
  const list: List = new Map();
  const { blockOutChannels: widths, latentChannels: latent } = config;
  const innermost = widths.at(-1) ?? 0;
  let channels = widths[0] ?? 0;
  addConvolution(list, 'encoder.conv_in', config.inChannels, channels);
  for (const [index, width] of widths.entries()) {
    channels = vaeBlock(list, `encoder.down_blocks.${index}`, channels, width, config.layersPerBlock);
    if (index < widths.length - 1)
      addConvolution(list, `encoder.down_blocks.${index}.downsamplers.0.conv`, width, width);
  }
  vaeMiddle(list, 'encoder', innermost);
  addNorm(list, 'encoder.conv_norm_out', innermost);
  addConvolution(list, 'encoder.conv_out', innermost, 2 * latent);
  addConvolution(list, 'quant_conv', 2 * latent, 2 * latent, 1);
  addConvolution(list, 'post_quant_conv', latent, latent, 1);
  addConvolution(list, 'decoder.conv_in', latent, innermost);
  vaeMiddle(list, 'decoder', innermost);
  channels = innermost;
  for (const [index, width] of widths.toReversed().entries()) {
    channels = vaeBlock(list, `decoder.up_blocks.${index}`, channels, width, config.layersPerBlock + 1);
    if (index < widths.length - 1) addConvolution(list, `decoder.up_blocks.${index}.upsamplers.0.conv`, width, width);
  }
  addNorm(list, 'decoder.conv_norm_out', channels);
  addConvolution(list, 'decoder.conv_out', channels, config.outChannels);
  return list;
}

function vaeBlock(list: List, name: string, input: number, output: number, layers: number): number {
  for (let layer = 0; layer < layers; layer++) {
    addResidual(list, `${name}.resnets.${layer}`, layer === 0 ? input : output, output);
  }
  return output;
}

function vaeMiddle(list: List, side: 'encoder' | 'decoder', channels: number): void {
  const attention = `${side}.mid_block.attentions.0`;
  addResidual(list, `${side}.mid_block.resnets.0`, channels, channels);
  addNorm(list, `${attention}.group_norm`, channels);
  for (const name of ['to_q', 'to_k', 'to_v', 'to_out.0']) addLayer(list, `${attention}.${name}`, [channels, channels]);
  addResidual(list, `${side}.mid_block.resnets.1`, channels, channels);
}

export function textEncoderWeights(config: TextEncoderConfig): Shapes {
  const list: List = new Map();
  const { hiddenSize: width, intermediateSize } = config;
  addLayer(list, 'text_model.embeddings.token_embedding', [config.vocabSize, width], false);
  addLayer(list, 'text_model.embeddings.position_embedding', [config.maxPositionEmbeddings, width], false);
  for (let index = 0; index < config.numHiddenLayers; index++) {
    const layer = `text_model.encoder.layers.${index}`;
    addNorm(list, `${layer}.layer_norm1`, width);
    for (const name of ['q', 'k', 'v', 'out']) addLayer(list, `${layer}.self_attn.${name}_proj`, [width, width]);
    addNorm(list, `${layer}.layer_norm2`, width);
    addLayer(list, `${layer}.mlp.fc1`, [intermediateSize, width]);
    addLayer(list, `${layer}.mlp.fc2`, [width, intermediateSize]);
  }
  addNorm(list, 'text_model.final_layer_norm', width);
  if (config.projectionDim !== undefined) addLayer(list, 'text_projection', [config.projectionDim, width], false);
  return list;
}
