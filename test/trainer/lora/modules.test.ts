import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { layoutLora } from '../../../trainer/lora/layout.ts';
import { loraModules, type LoraSizes, type Networks } from '../../../trainer/lora/modules.ts';
import { SD15, SD21, SDXL } from '../models/published-configs.ts';
import { networksOf } from './networks.ts';

const RANK = 7;
const CONV_RANK = 3;
const STANDARD: LoraSizes = { kind: 'chosen', linear: { rank: RANK, alpha: 1 } };
const LOCON: LoraSizes = { ...STANDARD, convolution: { rank: CONV_RANK, alpha: 2 } };

/** Key to shape, as real LoRA files have them; a rank is written `r` in the lists. */
function published(list: string): Map<string, string> {
  const path = new URL(`../../golden/data/lora/${list}.tsv`, import.meta.url);
  const rows = readFileSync(path, 'utf8').trim().split('\n');
  return new Map(rows.map((row) => row.split('\t').slice(0, 2) as [string, string]));
}

/** The keys that our modules make, with `r` for the rank. */
function keysOf(networks: Networks, sizes: LoraSizes, part: string): Map<string, string> {
  const { entries } = layoutLora(loraModules(networks, sizes).filter((module) => module.part === part));
  const keys = new Map<string, string>();
  for (const { name, kind, shape, module } of entries) {
    const sides = shape.map((side, axis) => (axis === (kind === 'down' ? 0 : 1) ? 'r' : side));
    keys.set(name, `[${sides.join(',')}]`);
    keys.set(`${module.name}.alpha`, '[]');
  }
  return keys;
}

const sorted = (keys: ReadonlyMap<string, string>) => Object.fromEntries([...keys].sort());

const LISTS = [
  ['sd15_lora_te', networksOf('sd1', SD15), STANDARD, 'text_encoder', 72],
  ['sd15_lora_unet', networksOf('sd1', SD15), STANDARD, 'unet', 192],
  ['sd15_locon_unet', networksOf('sd1', SD15), LOCON, 'unet', 278],
  ['sd21_lora_te', networksOf('sd2', SD21), STANDARD, 'text_encoder', 138],
  ['sd21_lora_unet', networksOf('sd2', SD21), STANDARD, 'unet', 192],
  ['sdxl_lora_te1', networksOf('sdxl', SDXL), STANDARD, 'text_encoder', 72],
  ['sdxl_lora_te2', networksOf('sdxl', SDXL), STANDARD, 'text_encoder_2', 192],
  ['sdxl_lora_unet', networksOf('sdxl', SDXL), STANDARD, 'unet', 722],
  ['sdxl_locon_unet', networksOf('sdxl', SDXL), LOCON, 'unet', 788],
] as const;

describe.each(LISTS)('%s', (list, networks, sizes, part, modules) => {
  test(`has the published keys and shapes, ${modules} modules`, () => {
    const keys = keysOf(networks, sizes, part);
    expect(sorted(keys)).toEqual(sorted(published(list)));
    expect(keys.size).toBe(3 * modules);
  });
});

test('3x3 kernels have the rank of the convolutions, time_emb_proj and conv_shortcut the ordinary one', () => {
  // sd-scripts networks/lora.py: `if is_linear or is_conv2d_1x1: dim = self.lora_dim`
  const modules = loraModules(networksOf('sd1', SD15), LOCON).filter(({ part }) => part === 'unet');
  const rankOf = (end: string): readonly number[] => [
    ...new Set(modules.filter(({ layer }) => layer.name.endsWith(end)).map(({ rank }) => rank)),
  ];
  expect(rankOf('conv1')).toEqual([CONV_RANK]);
  expect(rankOf('downsamplers.0.conv')).toEqual([CONV_RANK]);
  expect(rankOf('upsamplers.0.conv')).toEqual([CONV_RANK]);
  expect(rankOf('time_emb_proj')).toEqual([RANK]);
  expect(rankOf('conv_shortcut')).toEqual([RANK]);
  expect(rankOf('proj_in')).toEqual([RANK]);
});

test('modules come in the order in which sd-scripts walks through the networks', () => {
  // library/original_unet.py registers a block's attentions before its resnets, and the middle block last.
  const names = loraModules(networksOf('sd1', SD15), LOCON).map(({ name }) => name);
  expect(names.slice(0, 7)).toEqual([
    'lora_te_text_model_encoder_layers_0_self_attn_k_proj',
    'lora_te_text_model_encoder_layers_0_self_attn_v_proj',
    'lora_te_text_model_encoder_layers_0_self_attn_q_proj',
    'lora_te_text_model_encoder_layers_0_self_attn_out_proj',
    'lora_te_text_model_encoder_layers_0_mlp_fc1',
    'lora_te_text_model_encoder_layers_0_mlp_fc2',
    'lora_te_text_model_encoder_layers_1_self_attn_k_proj',
  ]);
  const block = 'lora_unet_down_blocks_0_attentions_0';
  const layer = `${block}_transformer_blocks_0`;
  expect(names.slice(72, 85)).toEqual([
    `${block}_proj_in`,
    ...['attn1_to_q', 'attn1_to_k', 'attn1_to_v', 'attn1_to_out_0', 'ff_net_0_proj', 'ff_net_2'].map(
      (p) => `${layer}_${p}`,
    ),
    ...['attn2_to_q', 'attn2_to_k', 'attn2_to_v', 'attn2_to_out_0'].map((p) => `${layer}_${p}`),
    `${block}_proj_out`,
    'lora_unet_down_blocks_0_attentions_1_proj_in',
  ]);
  expect(names.at(-1)).toBe('lora_unet_mid_block_resnets_1_conv2');

  // library/sdxl_original_unet.py registers everything as the picture passes.
  const xl = loraModules(networksOf('sdxl', SDXL), LOCON).map(({ name }) => name);
  expect(xl.slice(264, 268)).toEqual([
    'lora_unet_input_blocks_1_0_in_layers_2',
    'lora_unet_input_blocks_1_0_emb_layers_1',
    'lora_unet_input_blocks_1_0_out_layers_3',
    'lora_unet_input_blocks_2_0_in_layers_2',
  ]);
  expect(xl.at(-1)).toBe('lora_unet_output_blocks_8_0_skip_connection');
});

test('an alpha of 0 means as large as the rank, a rank of 0 means no module', () => {
  const networks = networksOf('sd1', SD15);
  const [first] = loraModules(networks, { kind: 'chosen', linear: { rank: 5, alpha: 0 } });
  expect(first?.alpha).toBe(5);
  expect(loraModules(networks, { kind: 'chosen', linear: { rank: 0, alpha: 1 } })).toEqual([]);
});

test('sizes from a file make the modules that the file has, each with its own rank', () => {
  const name = 'lora_unet_mid_block_resnets_0_conv1';
  const sizes: LoraSizes = { kind: 'listed', modules: new Map([[name, { rank: 6, alpha: 3 }]]) };
  expect(loraModules(networksOf('sd1', SD15), sizes)).toMatchObject([{ name, rank: 6, alpha: 3 }]);
});

test('the layout is without gaps, text encoders first, down before up', () => {
  const layout = layoutLora(loraModules(networksOf('sdxl', SDXL), STANDARD));
  let end = 0;
  for (const { offset, size } of layout.entries) {
    expect(offset).toBe(end);
    end += size;
  }
  expect(end).toBe(layout.size);
  expect(layout.parts.map(({ part }) => part)).toEqual(['text_encoder', 'text_encoder_2', 'unet']);
  expect(layout.parts.reduce((sum, { size }) => sum + size, 0)).toBe(layout.size);
  expect(layout.entries.slice(0, 2).map(({ kind }) => kind)).toEqual(['down', 'up']);
});
