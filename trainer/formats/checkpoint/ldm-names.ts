/**
 * Where a single file (the layout of CompVis and Stability, "LDM") keeps each weight, from the canonical name.
 *
 * Source: test/golden/data/mapping.md, made from the rules of diffusers' single_file_utils.py and compared with the
 * tables of arenasys/sd-inference-server. Checked pair by pair against test/golden/data/mapping/*.tsv.
 */
import type { UNetConfig, VaeConfig } from '../configs.ts';

/** A place where a weight may be. Several are tried in turn: names have changed over the years. */
export interface Source {
  readonly name: string;
  /** The weight is this third of the stored tensor's rows: query, key, value. */
  readonly third?: 0 | 1 | 2;
  /** The file holds the transpose. */
  readonly transposed?: true;
}

export type SourcesOf = (canonical: string) => readonly Source[];

/** From the whole file's root. */
export const LDM_PREFIXES = {
  unet: 'model.diffusion_model.',
  vae: 'first_stage_model.',
  clipL: { sd1: 'cond_stage_model.transformer.', sdxl: 'conditioner.embedders.0.transformer.' },
  openClip: { sd2: 'cond_stage_model.model.', sdxl: 'conditioner.embedders.1.model.' },
} as const;

type Replacement = readonly [RegExp, string];

const replaceFirst = (text: string, rules: readonly Replacement[]): string => {
  const rule = rules.find(([pattern]) => pattern.test(text));
  return rule === undefined ? text : text.replace(...rule);
};

const RESIDUAL_RULES: readonly Replacement[] = [
  [/^norm1\b/, 'in_layers.0'],
  [/^conv1\b/, 'in_layers.2'],
  [/^time_emb_proj\b/, 'emb_layers.1'],
  [/^norm2\b/, 'out_layers.0'],
  [/^conv2\b/, 'out_layers.3'],
  [/^conv_shortcut\b/, 'skip_connection'],
];

const UNET_ENDS: readonly Replacement[] = [
  [/^time_embedding\.linear_1\b/, 'time_embed.0'],
  [/^time_embedding\.linear_2\b/, 'time_embed.2'],
  [/^add_embedding\.linear_1\b/, 'label_emb.0.0'],
  [/^add_embedding\.linear_2\b/, 'label_emb.0.2'],
  [/^conv_in\b/, 'input_blocks.0.0'],
  [/^conv_norm_out\b/, 'out.0'],
  [/^conv_out\b/, 'out.2'],
  [/^mid_block\.attentions\.0\b/, 'middle_block.1'],
];

/** What decides the numbers of the stages. */
export type UNetNumbering = Pick<UNetConfig, 'layersPerBlock'> & {
  readonly upBlocks: readonly Pick<UNetConfig['upBlocks'][number], 'attention'>[];
};

/**
 * The name inside `model.diffusion_model.` of a UNet module or weight; Kohya's SDXL LoRA names are made of it too.
 *
 * LDM numbers all stages of the way down in one row (0 is conv_in, a level is its residual blocks and a downsampler),
 * and those of the way up in another, where the upsampler is part of the level's last stage.
 */
export function ldmUNetName(config: UNetNumbering, canonical: string): string {
  const [, part = '', block = '', kind = '', index = '', inner = ''] =
    /^(down_blocks|up_blocks)\.(\d+)\.(\w+)\.(\d+)\.?(.*)$/.exec(canonical) ?? [];
  const middle = /^mid_block\.resnets\.([01])\.?(.*)$/.exec(canonical);
  if (middle !== null)
    return joined(`middle_block.${2 * Number(middle[1])}`, replaceFirst(middle[2] ?? '', RESIDUAL_RULES));
  if (part === '') return replaceFirst(canonical, UNET_ENDS);
  const perLevel = config.layersPerBlock + 1;
  const stage = Number(block) * perLevel + Number(index);
  const stages = part === 'down_blocks' ? `input_blocks.${stage + 1}` : `output_blocks.${stage}`;
  switch (kind) {
    case 'resnets':
      return joined(`${stages}.0`, replaceFirst(inner, RESIDUAL_RULES));
    case 'attentions':
      return joined(`${stages}.1`, inner);
    case 'downsamplers':
      return joined(`input_blocks.${(Number(block) + 1) * perLevel}.0`, inner.replace(/^conv\b/, 'op'));
    default: {
      const position = config.upBlocks[Number(block)]?.attention === undefined ? 1 : 2;
      return joined(`output_blocks.${stage + config.layersPerBlock}.${position}`, inner);
    }
  }
}

const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('.');

export const ldmUNetSources =
  (config: UNetConfig): SourcesOf =>
  (canonical) => [{ name: LDM_PREFIXES.unet + ldmUNetName(config, canonical) }];

const VAE_ATTENTION_LDM: readonly Replacement[] = [
  [/group_norm\b/, 'norm'],
  [/to_([qkv])\b/, '$1'],
  [/to_out\.0\b/, 'proj_out'],
];

/** Names that diffusers used until 0.17, still found in the files of SD 1.5 and 2.1. */
const VAE_ATTENTION_OLD: readonly Replacement[] = [
  [/to_q\b/, 'query'],
  [/to_k\b/, 'key'],
  [/to_v\b/, 'value'],
  [/to_out\.0\b/, 'proj_attn'],
];

function ldmVaeName(config: VaeConfig, canonical: string): string {
  const outermost = config.blockOutChannels.length - 1;
  return canonical
    .replace(/\.down_blocks\.(\d+)\.resnets\./, '.down.$1.block.')
    .replace(/\.down_blocks\.(\d+)\.downsamplers\.0\./, '.down.$1.downsample.')
    .replace(/\.up_blocks\.(\d+)\.resnets\./, (_, block) => `.up.${outermost - Number(block)}.block.`)
    .replace(/\.up_blocks\.(\d+)\.upsamplers\.0\./, (_, block) => `.up.${outermost - Number(block)}.upsample.`)
    .replace(/\.mid_block\.resnets\.(\d)\./, (_, index) => `.mid.block_${Number(index) + 1}.`)
    .replace(
      /\.mid_block\.attentions\.0\.(.*)/,
      (_, inner: string) => `.mid.attn_1.${replaceFirst(inner, VAE_ATTENTION_LDM)}`,
    )
    .replace('conv_norm_out', 'norm_out')
    .replace('conv_shortcut', 'nin_shortcut');
}

/** All three namings of the VAE, after `prefix`: that of single files, that of diffusers now and then. */
export const vaeSources =
  (config: VaeConfig, prefix: string): SourcesOf =>
  (canonical) => {
    const old = canonical.includes('mid_block.attentions') ? replaceFirst(canonical, VAE_ATTENTION_OLD) : canonical;
    return [ldmVaeName(config, canonical), canonical, old].map((name) => ({ name: prefix + name }));
  };

/** CLIP-L: as transformers names it, with or without `text_model.` (NovelAI's files, transformers from 5.6). */
export const clipSources =
  (prefix: string): SourcesOf =>
  (canonical) => [{ name: prefix + canonical }, { name: prefix + canonical.replace(/^text_model\./, '') }];

const OPEN_CLIP_RULES: readonly Replacement[] = [
  [/^text_model\.embeddings\.token_embedding\b/, 'token_embedding'],
  [/^text_model\.embeddings\.position_embedding\.weight$/, 'positional_embedding'],
  [/^text_model\.final_layer_norm\b/, 'ln_final'],
  [/^text_projection\.weight$/, 'text_projection'],
];

const OPEN_CLIP_LAYER_RULES: readonly Replacement[] = [
  [/^layer_norm1\b/, 'ln_1'],
  [/^layer_norm2\b/, 'ln_2'],
  [/^mlp\.fc1\b/, 'mlp.c_fc'],
  [/^mlp\.fc2\b/, 'mlp.c_proj'],
  [/^self_attn\.out_proj\b/, 'attn.out_proj'],
];

const THIRDS: Readonly<Record<string, 0 | 1 | 2>> = { q: 0, k: 1, v: 2 };

/**
 * OpenCLIP-H and bigG: query, key and value are one `in_proj`, thirds of its rows in that order. Its text projection is
 * multiplied from the other side (x P instead of x Wᵀ), so it is stored as the transpose; sd-scripts' own loader does
 * not transpose, Stability-AI/generative-models issue 111 shows that it must be.
 */
export const openClipSources =
  (prefix: string): SourcesOf =>
  (canonical) => {
    const layer = /^text_model\.encoder\.layers\.(\d+)\.(.+)$/.exec(canonical);
    if (layer === null) {
      const name = prefix + replaceFirst(canonical, OPEN_CLIP_RULES);
      return [canonical === 'text_projection.weight' ? { name, transposed: true } : { name }];
    }
    const [, index = '', inner = ''] = layer;
    const block = `${prefix}transformer.resblocks.${index}.`;
    const fused = /^self_attn\.([qkv])_proj\.(weight|bias)$/.exec(inner);
    if (fused === null) return [{ name: block + replaceFirst(inner, OPEN_CLIP_LAYER_RULES) }];
    const third = THIRDS[fused[1] ?? ''];
    return third === undefined ? [] : [{ name: `${block}attn.in_proj_${fused[2] ?? ''}`, third }];
  };
