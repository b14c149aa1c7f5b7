/**
 * The order in which sd-scripts comes across the modules of a network, which is the order of its parameters.
 *
 * Source: sd-scripts library/original_unet.py (SD 1.x, 2.x: blocks hold their attentions before their residual blocks,
 * and the middle block comes last) and library/sdxl_original_unet.py (SDXL: as the picture passes); transformers
 * CLIPAttention. Paths are those of diffusers and transformers; some name layers that a block may lack.
 */
import type { Family, TextEncoderConfig, TransformerShape, UNetBlock, UNetConfig } from '../formats/configs.ts';

const TEXT_LAYER = [
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.q_proj',
  'self_attn.out_proj',
  'mlp.fc1',
  'mlp.fc2',
];
const ATTENTION = ['to_q', 'to_k', 'to_v', 'to_out.0'];
const FEED_FORWARD = ['ff.net.0.proj', 'ff.net.2'];
const RESIDUAL = ['conv1', 'time_emb_proj', 'conv2', 'conv_shortcut'];

/** `text_model.encoder.layers.0.self_attn.k_proj`, ... */
export const textModuleOrder = ({ numHiddenLayers }: TextEncoderConfig): readonly string[] =>
  count(numHiddenLayers).flatMap((index) => below(`text_model.encoder.layers.${index}`, TEXT_LAYER));

/** `down_blocks.0.attentions.0.proj_in`, ... */
export function unetModuleOrder(family: Family, config: UNetConfig): readonly string[] {
  const blockOrder = family === 'sdxl' ? asThePicturePasses : attentionsFirst;
  const down = config.downBlocks.flatMap((block, index) => blockOrder(`down_blocks.${index}`, block, 'downsamplers'));
  const up = config.upBlocks.flatMap((block, index) => blockOrder(`up_blocks.${index}`, block, 'upsamplers'));
  const { attention } = config.midBlock;
  const attentions = transformer('mid_block.attentions.0', attention);
  const [before, after] = [residual('mid_block.resnets.0'), residual('mid_block.resnets.1')];
  return family === 'sdxl'
    ? [...down, ...before, ...attentions, ...after, ...up]
    : [...down, ...up, ...attentions, ...before, ...after];
}

type BlockOrder = (name: string, block: UNetBlock, samplers: string) => readonly string[];

const attentionsFirst: BlockOrder = (name, { layers, attention, resample }, samplers) => [
  ...count(layers).flatMap((index) => transformer(`${name}.attentions.${index}`, attention)),
  ...count(layers).flatMap((index) => residual(`${name}.resnets.${index}`)),
  ...(resample ? [`${name}.${samplers}.0.conv`] : []),
];

const asThePicturePasses: BlockOrder = (name, { layers, attention, resample }, samplers) => [
  ...count(layers).flatMap((index) => [
    ...residual(`${name}.resnets.${index}`),
    ...transformer(`${name}.attentions.${index}`, attention),
  ]),
  ...(resample ? [`${name}.${samplers}.0.conv`] : []),
];

const residual = (name: string): readonly string[] => below(name, RESIDUAL);

function transformer(name: string, attention: TransformerShape | undefined): readonly string[] {
  if (attention === undefined) return [];
  const layers = count(attention.depth).flatMap((index) => {
    const layer = `${name}.transformer_blocks.${index}`;
    return [
      ...below(`${layer}.attn1`, ATTENTION),
      ...below(layer, FEED_FORWARD),
      ...below(`${layer}.attn2`, ATTENTION),
    ];
  });
  return [`${name}.proj_in`, ...layers, `${name}.proj_out`];
}

const below = (name: string, paths: readonly string[]): readonly string[] => paths.map((path) => `${name}.${path}`);

const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
