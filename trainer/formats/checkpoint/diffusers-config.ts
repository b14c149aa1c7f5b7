/**
 * config.json of a diffusers folder to configs, obeyed field by field. An option that would change the network in a way
 * that ours does not have is an error, never ignored.
 *
 * Source: test/golden/data/configs/notes.md (from diffusers' and transformers' classes). `attention_head_dim` of the UNet
 * is the number of heads, whatever its name says (diffusers issue 2011).
 */
import type { Family, TextEncoderConfig, TransformerShape, UNetBlock, UNetConfig, VaeConfig } from '../configs.ts';
import { isObject, type JsonObject } from '../safetensors/header-json.ts';
import { configError } from './config-error.ts';
import { CLIP_PAD_TOKEN, OPEN_CLIP_PAD_TOKEN, SCALING_FACTORS } from './derive-config.ts';

/** @throws {UserError} if the text is no JSON object */
export function parseConfig(file: string, bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw configError(file, 'its settings are not valid JSON');
  }
  if (!isObject(value)) throw configError(file, 'its settings are not a JSON object');
  return value;
}

/** More than any of these networks has, few enough to list their weights at once. */
const MAX_LAYERS = 200;

/** One config.json; a missing field or null has the default of the class that reads it in Python. */
class Fields {
  readonly file: string;
  readonly json: JsonObject;

  constructor(file: string, json: JsonObject) {
    this.file = file;
    this.json = json;
  }

  fail(name: string): never {
    throw configError(this.file, `"${name}" is ${JSON.stringify(this.json[name]) ?? 'missing'}`);
  }

  /** A positive whole number. */
  size(name: string, fallback?: number): number {
    const value = this.json[name] ?? fallback;
    return isSize(value) ? value : this.fail(name);
  }

  /** A number of layers. */
  layers(name: string, fallback: number): number {
    const value = this.size(name, fallback);
    return value <= MAX_LAYERS ? value : this.fail(name);
  }

  sizes(name: string): readonly number[] {
    const value = this.json[name];
    const valid = Array.isArray(value) && value.length > 0 && value.length <= MAX_LAYERS && value.every(isSize);
    return valid ? value : this.fail(name);
  }

  /** One size for all blocks, or one for each. */
  perBlock(name: string, blocks: number, fallback: number): readonly number[] {
    const value = this.json[name] ?? fallback;
    if (isSize(value)) return Array.from({ length: blocks }, () => value);
    const list = this.sizes(name);
    return list.length === blocks ? list : this.fail(name);
  }

  number(name: string, fallback: number): number {
    const value = this.json[name] ?? fallback;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(name);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.json[name] ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(name);
  }

  /** The names of `blocks` block types, each one of `known`. */
  types(name: string, blocks: number, known: readonly string[]): readonly string[] {
    const value = this.json[name];
    if (!Array.isArray(value) || value.length !== blocks) this.fail(name);
    const list: readonly unknown[] = value;
    return list.map((type) => (typeof type === 'string' && known.includes(type) ? type : this.fail(name)));
  }

  /** Options that must have the one value that our networks are built for. */
  only(expected: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(expected)) {
      if ((this.json[name] ?? value) !== value) this.fail(name);
    }
  }
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const UNET_ONLY = {
  act_fn: 'silu',
  addition_embed_type: 'text_time',
  attention_type: 'default',
  center_input_sample: false,
  class_embed_type: null,
  conv_in_kernel: 3,
  conv_out_kernel: 3,
  cross_attention_norm: null,
  downsample_padding: 1,
  dual_cross_attention: false,
  encoder_hid_dim: null,
  encoder_hid_dim_type: null,
  mid_block_only_cross_attention: null,
  mid_block_scale_factor: 1,
  mid_block_type: 'UNetMidBlock2DCrossAttn',
  num_class_embeds: null,
  only_cross_attention: false,
  resnet_out_scale_factor: 1,
  resnet_skip_time_act: false,
  resnet_time_scale_shift: 'default',
  time_cond_proj_dim: null,
  time_embedding_act_fn: null,
  time_embedding_dim: null,
  time_embedding_type: 'positional',
  timestep_post_act: null,
} as const;

export function unetConfigOf(file: string, json: JsonObject): UNetConfig {
  const fields = new Fields(file, json);
  fields.only(UNET_ONLY);
  const widths = fields.sizes('block_out_channels');
  const levels = widths.length;
  const layersPerBlock = sameForAll(fields, 'layers_per_block', levels, 2);
  if (layersPerBlock > MAX_LAYERS) fields.fail('layers_per_block');
  const heads = fields.perBlock(json['num_attention_heads'] ? 'num_attention_heads' : 'attention_head_dim', levels, 8);
  const depths = fields.perBlock('transformer_layers_per_block', levels, 1);
  if (Math.max(...depths) > MAX_LAYERS) fields.fail('transformer_layers_per_block');
  const upDepths = json['reverse_transformer_layers_per_block']
    ? fields.perBlock('reverse_transformer_layers_per_block', levels, 1)
    : depths.toReversed();
  if (Math.max(...upDepths) > MAX_LAYERS) fields.fail('reverse_transformer_layers_per_block');
  const down = fields.types('down_block_types', levels, ['CrossAttnDownBlock2D', 'DownBlock2D']);
  const up = fields.types('up_block_types', levels, ['CrossAttnUpBlock2D', 'UpBlock2D']);
  const shape = (level: number, depth: number | undefined): TransformerShape => ({
    depth: depth ?? 1,
    heads: dividing(fields, heads[level] ?? 1, widths[level] ?? 0),
  });
  const block = (level: number, layers: number, resample: boolean, attention: TransformerShape | false): UNetBlock => ({
    outChannels: widths[level] ?? 0,
    layers,
    resample,
    ...(attention && { attention }),
  });
  const innermost = levels - 1;
  return {
    inChannels: fields.size('in_channels', 4),
    outChannels: fields.size('out_channels', 4),
    blockOutChannels: widths,
    layersPerBlock,
    downBlocks: down.map((type, level) =>
      block(level, layersPerBlock, level < innermost, type !== 'DownBlock2D' && shape(level, depths[level])),
    ),
    midBlock: { outChannels: widths[innermost] ?? 0, attention: shape(innermost, depths[innermost]) },
    upBlocks: up.map((type, index) => {
      const level = innermost - index;
      return block(level, layersPerBlock + 1, level > 0, type !== 'UpBlock2D' && shape(level, upDepths[index]));
    }),
    crossAttentionDim: sameForAll(fields, 'cross_attention_dim', levels, 1280),
    useLinearProjection: fields.flag('use_linear_projection', false),
    normNumGroups: fields.size('norm_num_groups', 32),
    normEps: fields.number('norm_eps', 1e-5),
    timeEmbedDim: 4 * (widths[0] ?? 0),
    flipSinToCos: fields.flag('flip_sin_to_cos', true),
    freqShift: fields.number('freq_shift', 0),
    ...(json['addition_embed_type'] === 'text_time' && {
      addition: {
        timeEmbedDim: fields.size('addition_time_embed_dim'),
        projectionInputDim: fields.size('projection_class_embeddings_input_dim'),
      },
    }),
  };
}

function sameForAll(fields: Fields, name: string, blocks: number, fallback: number): number {
  const [first = fallback, ...rest] = fields.perBlock(name, blocks, fallback);
  return rest.every((value) => value === first) ? first : fields.fail(name);
}

function dividing(fields: Fields, heads: number, channels: number): number {
  return channels % heads === 0 ? heads : fields.fail('attention_head_dim');
}

export function vaeConfigOf(file: string, json: JsonObject, family: Family): VaeConfig {
  const fields = new Fields(file, json);
  fields.only({ act_fn: 'silu', mid_block_add_attention: true, use_quant_conv: true, use_post_quant_conv: true });
  fields.only({ latents_mean: null, latents_std: null, shift_factor: null });
  const blockOutChannels = fields.sizes('block_out_channels');
  fields.types('down_block_types', blockOutChannels.length, ['DownEncoderBlock2D']);
  fields.types('up_block_types', blockOutChannels.length, ['UpDecoderBlock2D']);
  return {
    inChannels: fields.size('in_channels', 3),
    outChannels: fields.size('out_channels', 3),
    latentChannels: fields.size('latent_channels', 4),
    blockOutChannels,
    layersPerBlock: fields.layers('layers_per_block', 1),
    normNumGroups: fields.size('norm_num_groups', 32),
    normEps: 1e-6,
    scalingFactor: fields.number('scaling_factor', SCALING_FACTORS[family]),
    forceUpcast: fields.flag('force_upcast', family === 'sdxl'),
  };
}

/** @param projected  the file holds `text_projection.weight`, which CLIPTextModel's config.json does not tell */
export function textEncoderConfigOf(file: string, json: JsonObject, projected: boolean): TextEncoderConfig {
  const fields = new Fields(file, json);
  const hiddenAct = json['hidden_act'] ?? 'quick_gelu';
  if (hiddenAct !== 'quick_gelu' && hiddenAct !== 'gelu') return fields.fail('hidden_act');
  const hiddenSize = fields.size('hidden_size', 512);
  const numAttentionHeads = fields.size('num_attention_heads', 8);
  if (hiddenSize % numAttentionHeads !== 0) fields.fail('num_attention_heads');
  return {
    vocabSize: fields.size('vocab_size', 49408),
    maxPositionEmbeddings: fields.size('max_position_embeddings', 77),
    hiddenSize,
    intermediateSize: fields.size('intermediate_size', 2048),
    numHiddenLayers: fields.layers('num_hidden_layers', 12),
    numAttentionHeads,
    hiddenAct,
    layerNormEps: fields.number('layer_norm_eps', 1e-5),
    ...(projected && { projectionDim: fields.size('projection_dim', 512) }),
    padTokenId: hiddenAct === 'gelu' ? OPEN_CLIP_PAD_TOKEN : CLIP_PAD_TOKEN,
  };
}
