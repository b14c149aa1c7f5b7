/**
 * The config.json files of a diffusers folder, from configs: the reverse of checkpoint/diffusers-config.ts.
 */
import type { Family, TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';

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

export const schedulerJson = (): JsonObject => ({
  _class_name: 'DDIMScheduler',
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  beta_start: 0.00085,
  clip_sample: false,
  num_train_timesteps: 1000,
  prediction_type: 'epsilon',
  set_alpha_to_one: false,
  steps_offset: 1,
});

export const modelIndexJson = (family: Family): JsonObject => ({
  _class_name: family === 'sdxl' ? 'StableDiffusionXLPipeline' : 'StableDiffusionPipeline',
  scheduler: ['diffusers', 'DDIMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  ...(family === 'sdxl' && { text_encoder_2: ['transformers', 'CLIPTextModelWithProjection'] }),
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
});
