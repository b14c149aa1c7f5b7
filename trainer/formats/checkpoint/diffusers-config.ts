/**
 * config.json of a diffusers folder to configs, obeyed field by field. An option that would change the network in a way
 * that ours does not have is an error, never ignored.
 *
 * Source: test/golden/data/configs/notes.md (from diffusers' and transformers' classes). `attention_head_dim` of the UNet
 * is the number of heads, whatever its name says (diffusers issue 2011).
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Files } from '../../base/ports.ts';
import {
  CELL,
  type AdditionEmbedding,
  type Family,
  type TextEncoderConfig,
  type TransformerShape,
  type UNetBlock,
  type UNetConfig,
  type VaeConfig,
} from '../configs.ts';
import { isObject, type JsonObject } from '../safetensors/header-json.ts';
import { configError } from './config-error.ts';
import { CLIP_PAD_TOKEN, OPEN_CLIP_PAD_TOKEN, SCALING_FACTORS } from './derive-config.ts';

/** Settings take kilobytes, the list of a large model's shards less than a megabyte. */
const MAX_SETTINGS_BYTES = 16 * 2 ** 20;

/** Makes the error about a field of a file, or about the whole file. */
export type Refuse = (file: string, reason: string, field?: string) => UserError;

/** @throws {UserError} if the file is no JSON object */
export async function readSettings(files: Files, file: string, refuse: Refuse = configError): Promise<JsonObject> {
  const size = (await files.status(file))?.size ?? 0;
  if (size > MAX_SETTINGS_BYTES) throw refuse(file, `its settings take ${size} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await files.read(file)));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw refuse(file, 'its settings are not valid JSON');
  }
  if (!isObject(value)) throw refuse(file, 'its settings are not a JSON object');
  return value;
}

/** More than any of these networks has, few enough to list their weights at once. */
const MAX_LAYERS = 200;
const AT_MOST = `at most ${MAX_LAYERS}`;

/** One config.json; a missing field or null has the default of the class that reads it in Python. */
interface Fields {
  readonly file: string;
  readonly json: JsonObject;
  readonly refuse: Refuse;
}

function fail(fields: Fields, name: string, expected: string): never {
  const value = JSON.stringify(fields.json[name]) ?? 'missing';
  throw fields.refuse(fields.file, `"${name}" is ${excerpt(value)}, not ${expected}`, name);
}

/** A positive whole number. */
function readSize(fields: Fields, name: string, fallback?: number): number {
  const value = fields.json[name] ?? fallback;
  return isSize(value) ? value : fail(fields, name, 'a whole number above 0');
}

/** A number of layers. */
function readLayers(fields: Fields, name: string, fallback: number): number {
  const value = readSize(fields, name, fallback);
  return value <= MAX_LAYERS ? value : fail(fields, name, AT_MOST);
}

function readSizes(fields: Fields, name: string): readonly number[] {
  const value = fields.json[name];
  const valid = Array.isArray(value) && value.length > 0 && value.length <= MAX_LAYERS && value.every(isSize);
  return valid ? value : fail(fields, name, 'a list of whole numbers above 0');
}

/** One size for all blocks, or one for each. */
function readPerBlock(fields: Fields, name: string, blocks: number, fallback: number): readonly number[] {
  const value = fields.json[name] ?? fallback;
  if (isSize(value)) return Array.from({ length: blocks }, () => value);
  const list = readSizes(fields, name);
  return list.length === blocks ? list : fail(fields, name, `one number for each of ${blocks} levels`);
}

function readNumber(fields: Fields, name: string, fallback: number): number {
  const value = fields.json[name] ?? fallback;
  return typeof value === 'number' && Number.isFinite(value) ? value : fail(fields, name, 'a number');
}

function readFlag(fields: Fields, name: string, fallback: boolean): boolean {
  const value = fields.json[name] ?? fallback;
  return typeof value === 'boolean' ? value : fail(fields, name, 'true or false');
}

/** The names of `blocks` block types, each one of `known`. */
function readTypes(fields: Fields, name: string, blocks: number, known: readonly string[]): readonly string[] {
  const value = fields.json[name];
  const expected = `${blocks} names, each ${known.map((type) => `"${type}"`).join(' or ')}`;
  if (!Array.isArray(value) || value.length !== blocks) fail(fields, name, expected);
  const list: readonly unknown[] = value;
  return list.map((type) => (typeof type === 'string' && known.includes(type) ? type : fail(fields, name, expected)));
}

/** Options that must have the one value that our networks are built for. */
function requireOnly(fields: Fields, expected: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(expected)) {
    if ((fields.json[name] ?? value) !== value) fail(fields, name, JSON.stringify(value));
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

/**
 * Pixels of a side of the training's pictures. It changes nothing of the network, so what cannot be is as if unsaid.
 *
 * @param json the UNet's, whose `sample_size` is in latent cells
 */
export function sideOf({ sample_size: cells }: JsonObject): number | undefined {
  return isSize(cells) ? cells * CELL : undefined;
}

export function unetConfigOf(file: string, json: JsonObject, refuse: Refuse = configError): UNetConfig {
  const fields: Fields = { file, json, refuse };
  requireOnly(fields, UNET_ONLY);
  const widths = readSizes(fields, 'block_out_channels');
  const levels = widths.length;
  const layersPerBlock = sameForAll(fields, 'layers_per_block', levels, 2);
  if (layersPerBlock > MAX_LAYERS) fail(fields, 'layers_per_block', AT_MOST);
  const headsField = json['num_attention_heads'] ? 'num_attention_heads' : 'attention_head_dim';
  const heads = readPerBlock(fields, headsField, levels, 8);
  const depths = readDepths(fields, 'transformer_layers_per_block', levels);
  const upDepths = json['reverse_transformer_layers_per_block']
    ? readDepths(fields, 'reverse_transformer_layers_per_block', levels)
    : depths.toReversed();
  const down = readTypes(fields, 'down_block_types', levels, ['CrossAttnDownBlock2D', 'DownBlock2D']);
  const up = readTypes(fields, 'up_block_types', levels, ['CrossAttnUpBlock2D', 'UpBlock2D']);
  const shape = (level: number, depth: number | undefined): TransformerShape => ({
    depth: depth ?? 1,
    heads: dividing(fields, headsField, heads[level] ?? 1, widths[level] ?? 0),
  });
  const block = (level: number, layers: number, resample: boolean, attention: TransformerShape | false): UNetBlock => ({
    outChannels: widths[level] ?? 0,
    layers,
    resample,
    ...(attention && { attention }),
  });
  const innermost = levels - 1;
  return {
    inChannels: readSize(fields, 'in_channels', 4),
    outChannels: readSize(fields, 'out_channels', 4),
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
    useLinearProjection: readFlag(fields, 'use_linear_projection', false),
    normNumGroups: readSize(fields, 'norm_num_groups', 32),
    normEps: readNumber(fields, 'norm_eps', 1e-5),
    timeEmbedDim: 4 * (widths[0] ?? 0),
    flipSinToCos: readFlag(fields, 'flip_sin_to_cos', true),
    freqShift: readNumber(fields, 'freq_shift', 0),
    ...(json['addition_embed_type'] === 'text_time' && { addition: readAddition(fields) }),
  };
}

const readAddition = (fields: Fields): AdditionEmbedding => ({
  timeEmbedDim: readSize(fields, 'addition_time_embed_dim'),
  projectionInputDim: readSize(fields, 'projection_class_embeddings_input_dim'),
});

/** Transformer layers of each block. */
function readDepths(fields: Fields, name: string, blocks: number): readonly number[] {
  const depths = readPerBlock(fields, name, blocks, 1);
  return depths.every((depth) => depth <= MAX_LAYERS) ? depths : fail(fields, name, AT_MOST);
}

function sameForAll(fields: Fields, name: string, blocks: number, fallback: number): number {
  const [first = fallback, ...rest] = readPerBlock(fields, name, blocks, fallback);
  return rest.every((value) => value === first) ? first : fail(fields, name, 'the same for all levels');
}

/** @param name  the field that holds the number of heads */
const dividing = (fields: Fields, name: string, heads: number, channels: number): number =>
  channels % heads === 0 ? heads : fail(fields, name, `a number of heads that a width of ${channels} divides into`);

export function vaeConfigOf(file: string, json: JsonObject, family: Family, refuse: Refuse = configError): VaeConfig {
  const fields: Fields = { file, json, refuse };
  requireOnly(fields, {
    act_fn: 'silu',
    mid_block_add_attention: true,
    use_quant_conv: true,
    use_post_quant_conv: true,
  });
  requireOnly(fields, { latents_mean: null, latents_std: null, shift_factor: null });
  const blockOutChannels = readSizes(fields, 'block_out_channels');
  readTypes(fields, 'down_block_types', blockOutChannels.length, ['DownEncoderBlock2D']);
  readTypes(fields, 'up_block_types', blockOutChannels.length, ['UpDecoderBlock2D']);
  return {
    inChannels: readSize(fields, 'in_channels', 3),
    outChannels: readSize(fields, 'out_channels', 3),
    latentChannels: readSize(fields, 'latent_channels', 4),
    blockOutChannels,
    layersPerBlock: readLayers(fields, 'layers_per_block', 1),
    normNumGroups: readSize(fields, 'norm_num_groups', 32),
    normEps: 1e-6,
    scalingFactor: readNumber(fields, 'scaling_factor', SCALING_FACTORS[family]),
    forceUpcast: readFlag(fields, 'force_upcast', family === 'sdxl'),
  };
}

/** @param projected  the file holds `text_projection.weight`, which CLIPTextModel's config.json does not tell */
export function textEncoderConfigOf(
  file: string,
  json: JsonObject,
  projected: boolean,
  refuse: Refuse = configError,
): TextEncoderConfig {
  const fields: Fields = { file, json, refuse };
  const hiddenAct = json['hidden_act'] ?? 'quick_gelu';
  if (hiddenAct !== 'quick_gelu' && hiddenAct !== 'gelu') return fail(fields, 'hidden_act', '"quick_gelu" or "gelu"');
  const hiddenSize = readSize(fields, 'hidden_size', 512);
  const numAttentionHeads = readSize(fields, 'num_attention_heads', 8);
  dividing(fields, 'num_attention_heads', numAttentionHeads, hiddenSize);
  return {
    vocabSize: readSize(fields, 'vocab_size', 49408),
    maxPositionEmbeddings: readSize(fields, 'max_position_embeddings', 77),
    hiddenSize,
    intermediateSize: readSize(fields, 'intermediate_size', 2048),
    numHiddenLayers: readLayers(fields, 'num_hidden_layers', 12),
    numAttentionHeads,
    hiddenAct,
    layerNormEps: readNumber(fields, 'layer_norm_eps', 1e-5),
    ...(projected && { projectionDim: readSize(fields, 'projection_dim', 512) }),
    padTokenId: hiddenAct === 'gelu' ? OPEN_CLIP_PAD_TOKEN : CLIP_PAD_TOKEN,
  };
}
