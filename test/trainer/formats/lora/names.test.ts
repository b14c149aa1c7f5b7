import { describe, expect, test } from 'vitest';
import {
  unetWeights,
  textEncoderWeights,
  type Shapes,
} from '../../../../trainer/formats/checkpoint/expected-weights.ts';
import { textEncoderConfigOf, unetConfigOf } from '../../../../trainer/formats/checkpoint/diffusers-config.ts';
import { kohyaName, loraPartOf, toStabilityName, type LoraPart } from '../../../../trainer/formats/lora/names.ts';
import type { Family } from '../../../../trainer/formats/configs.ts';
import { configText, dataText } from '../key-lists.ts';

/** The modules of a list of a LoRA's tensors, with the shape of the down matrix, its rank left out. */
function listed(path: string): Map<string, unknown> {
  const modules = new Map<string, unknown>();
  for (const line of dataText(`lora/${path}.tsv`).trim().split('\n')) {
    const [key = '', shape = ''] = line.split('\t');
    if (key.endsWith('.lora_down.weight')) {
      modules.set(key.replace('.lora_down.weight', ''), JSON.parse(shape.replace('[r,', '[')));
    }
  }
  return modules;
}

type Model = Parameters<typeof configText>[0];

const shapesOf = (model: Model, part: string): Shapes => {
  const json = JSON.parse(configText(model, `${part}/config.json`)) as Record<string, unknown>;
  return part === 'unet'
    ? unetWeights(unetConfigOf(model, json))
    : textEncoderWeights(textEncoderConfigOf(model, json, false));
};

/** Every module of a network that Kohya's LoRA could be put on: matrices and convolutions. */
function nameAll(model: Model, family: Family, part: LoraPart): Map<string, unknown> {
  const named = new Map<string, unknown>();
  for (const [weight, shape] of shapesOf(model, part)) {
    if (weight.endsWith('.weight') && shape.length >= 2) {
      named.set(kohyaName(family, part, weight.replace(/\.weight$/, '')), shape.slice(1));
    }
  }
  return named;
}

describe('the names of real files are those of the networks’ modules, with the sizes that the modules have', () => {
  const LISTS: readonly (readonly [string, Model, Family, LoraPart, number])[] = [
    ['sd15_lora_unet', 'sd15', 'sd1', 'unet', 192],
    ['sd15_locon_unet', 'sd15', 'sd1', 'unet', 278],
    ['sd15_lora_te', 'sd15', 'sd1', 'text_encoder', 72],
    ['sd21_lora_unet', 'sd21', 'sd2', 'unet', 192],
    ['sd21_lora_te', 'sd21', 'sd2', 'text_encoder', 138],
    ['sdxl_lora_unet', 'sdxl_base', 'sdxl', 'unet', 722],
    ['sdxl_locon_unet', 'sdxl_base', 'sdxl', 'unet', 788],
    ['sdxl_lora_te1', 'sdxl_base', 'sdxl', 'text_encoder', 72],
    ['sdxl_lora_te2', 'sdxl_base', 'sdxl', 'text_encoder_2', 192],
  ];
  for (const [list, model, family, part, count] of LISTS) {
    test(`${list}: ${count} modules`, () => {
      const modules = listed(list);
      const named = nameAll(model, family, part);
      expect(modules.size).toBe(count);
      for (const [name, sides] of modules) {
        expect(named.get(name), name).toEqual(sides);
        expect(loraPartOf(name)).toBe(part);
      }
    });
  }
});

test('every SDXL module under diffusers’ name is found under Stability’s', () => {
  for (const weight of shapesOf('sdxl_base', 'unet').keys()) {
    const path = weight.replace(/\.(weight|bias)$/, '');
    if (!/_blocks?\./.test(path)) continue;
    expect(toStabilityName(kohyaName('sd1', 'unet', path))).toBe(kohyaName('sdxl', 'unet', path));
  }
  expect(toStabilityName('lora_te1_text_model_encoder_layers_0_mlp_fc1')).toBe(
    'lora_te1_text_model_encoder_layers_0_mlp_fc1',
  );
});

test('a name that is not Kohya’s belongs to no part', () => {
  expect(loraPartOf('lora_transformer_single_blocks_0')).toBeUndefined();
});
