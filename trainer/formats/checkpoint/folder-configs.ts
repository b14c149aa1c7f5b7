/**
 * The config.json files of a diffusers folder, from configs: the reverse of diffusers-config.ts.
 */
import type { Family, TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import type { Networks } from './networks.ts';

/** The config.json of each part. */
export interface FolderSettings {
  readonly unet: JsonObject;
  readonly vae: JsonObject;
  readonly textEncoders: readonly JsonObject[];
}

export const settingsOf = ({ unet, vae, textEncoders }: Networks): FolderSettings => ({
  unet: unetJson(unet),
  vae: vaeJson(vae),
  textEncoders: textEncoders.map(textEncoderJson),
});

export function unetJson(config: UNetConfig): JsonObject {
  const { addition, downBlocks, upBlocks, midBlock } = config;
  const middle = midBlock.attention;
  return {
    _class_name: 'UNet2DConditionModel',
    act_fn: 'silu',
    addition_embed_type: addition ? 'text_time' : null,
    addition_time_embed_dim: addition?.timeEmbedDim ?? null,
    // The number of heads, whatever its name says. A level without attention has no say.
    attention_head_dim: downBlocks.map(({ attention }) => (attention ?? middle).heads),
    block_out_channels: config.blockOutChannels,
    cross_attention_dim: config.crossAttentionDim,
    down_block_types: downBlocks.map(({ attention }) => (attention ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    flip_sin_to_cos: config.flipSinToCos,
    freq_shift: config.freqShift,
    in_channels: config.inChannels,
    layers_per_block: config.layersPerBlock,
    norm_eps: config.normEps,
    norm_num_groups: config.normNumGroups,
    out_channels: config.outChannels,
    projection_class_embeddings_input_dim: addition?.projectionInputDim ?? null,
    transformer_layers_per_block: downBlocks.map(({ attention }) => (attention ?? middle).depth),
    up_block_types: upBlocks.map(({ attention }) => (attention ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    use_linear_projection: config.useLinearProjection,
  };
}

export const vaeJson = (config: VaeConfig): JsonObject => ({
  _class_name: 'AutoencoderKL',
  act_fn: 'silu',
  block_out_channels: config.blockOutChannels,
  down_block_types: config.blockOutChannels.map(() => 'DownEncoderBlock2D'),
  force_upcast: config.forceUpcast,
  in_channels: config.inChannels,
  latent_channels: config.latentChannels,
  layers_per_block: config.layersPerBlock,
  norm_num_groups: config.normNumGroups,
  out_channels: config.outChannels,
  scaling_factor: config.scalingFactor,
  up_block_types: config.blockOutChannels.map(() => 'UpDecoderBlock2D'),
});

export const textEncoderJson = (config: TextEncoderConfig): JsonObject => ({
  architectures: [config.projectionDim === undefined ? 'CLIPTextModel' : 'CLIPTextModelWithProjection'],
  hidden_act: config.hiddenAct,
  hidden_size: config.hiddenSize,
  intermediate_size: config.intermediateSize,
  layer_norm_eps: config.layerNormEps,
  max_position_embeddings: config.maxPositionEmbeddings,
  model_type: 'clip_text_model',
  num_attention_heads: config.numAttentionHeads,
  num_hidden_layers: config.numHiddenLayers,
  projection_dim: config.projectionDim ?? config.hiddenSize,
  vocab_size: config.vocabSize,
});

/** What diffusers puts together when it loads the folder; it asks for the tokenizers' files too. */
export const modelIndexJson = (family: Family, scheduler: string): JsonObject => ({
  _class_name: family === 'sdxl' ? 'StableDiffusionXLPipeline' : 'StableDiffusionPipeline',
  feature_extractor: [null, null],
  ...(family === 'sdxl' ? {} : { requires_safety_checker: false, safety_checker: [null, null] }),
  scheduler: ['diffusers', scheduler],
  text_encoder: ['transformers', 'CLIPTextModel'],
  ...(family === 'sdxl' && { text_encoder_2: ['transformers', 'CLIPTextModelWithProjection'] }),
  tokenizer: ['transformers', 'CLIPTokenizer'],
  ...(family === 'sdxl' && { tokenizer_2: ['transformers', 'CLIPTokenizer'] }),
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
});
