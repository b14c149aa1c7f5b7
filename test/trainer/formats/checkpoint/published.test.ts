/**
 * The published checkpoints, from their lists of names and shapes: which config is read off them, and that every
 * weight is found under its right name.
 */
import { describe, expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { elementCount } from '../../../../trainer/base/tensor.ts';
import {
  textEncoderWeights,
  unetWeights,
  vaeWeights,
  type Shapes,
} from '../../../../trainer/formats/checkpoint/expected-weights.ts';
import { openCheckpoint } from '../../../../trainer/formats/checkpoint/open.ts';
import type { Checkpoint, Weights } from '../../../../trainer/formats/checkpoint/types.ts';
import { configText, dataText, hollowFiles, keyList, pairList, type Listed } from '../key-lists.ts';

const MODELS = {
  sd15: {
    ldm: ['ldm/sd15_unet.tsv', 'ldm/sd15_vae.tsv', 'ldm/sd15_clip.tsv', 'ldm/sd15_sd21_extra_buffers.tsv'],
    encoders: ['text_encoder'],
    vae: 'diffusers/sd15_vae.tsv',
  },
  sd21: {
    ldm: ['ldm/sd21_unet.tsv', 'ldm/sd21_vae.tsv', 'ldm/sd21_openclip.tsv', 'ldm/sd15_sd21_extra_buffers.tsv'],
    encoders: ['text_encoder'],
    vae: 'diffusers/sd21_vae.tsv',
  },
  sdxl_base: {
    ldm: [
      'ldm/sdxl_base_unet.tsv',
      'ldm/sdxl_base_vae.tsv',
      'ldm/sdxl_base_clip_l.tsv',
      'ldm/sdxl_base_openclip_bigg.tsv',
    ],
    encoders: ['text_encoder', 'text_encoder_2'],
    vae: 'diffusers/sdxl_base_vae.tsv',
  },
} as const;

type Model = keyof typeof MODELS;

const NAMES = Object.keys(MODELS) as Model[];

const singleFile = (model: Model): Promise<Checkpoint> =>
  openCheckpoint(hollowFiles({ 'm.safetensors': { tensors: MODELS[model].ldm.flatMap(keyList) } }), 'm.safetensors');

function folder(model: Model): Promise<Checkpoint> {
  const { encoders, vae } = MODELS[model];
  const hollow: Record<string, { tensors: Listed[] }> = {
    'm/unet/diffusion_pytorch_model.safetensors': { tensors: keyList(`diffusers/${model}_unet.tsv`) },
    'm/vae/diffusion_pytorch_model.fp16.safetensors': { tensors: keyList(vae) },
  };
  const texts: Record<string, string> = {};
  for (const part of ['unet', 'vae', ...encoders])
    texts[`m/${part}/config.json`] = configText(model, `${part}/config.json`);
  for (const part of encoders)
    hollow[`m/${part}/model.safetensors`] = { tensors: keyList(`diffusers/${model}_${part}.tsv`) };
  texts['m/scheduler/scheduler_config.json'] = configText(model, 'scheduler/scheduler_config.json');
  return openCheckpoint(hollowFiles(hollow, texts), 'm');
}

const plain = (list: readonly Listed[]): Record<string, readonly number[]> =>
  Object.fromEntries(list.filter(({ name }) => !name.endsWith('position_ids')).map(({ name, shape }) => [name, shape]));

describe('the weights that a config asks for are those of the published files, name by name and side by side', () => {
  for (const model of NAMES) {
    test(model, async () => {
      const { unet, vae, textEncoders } = await folder(model);
      const asks = (shapes: Shapes): unknown => Object.fromEntries(shapes);
      expect(asks(unetWeights(unet.config))).toEqual(plain(keyList(`diffusers/${model}_unet.tsv`)));
      for (const [index, part] of MODELS[model].encoders.entries()) {
        const config = must(textEncoders[index], part).config;
        expect(asks(textEncoderWeights(config))).toEqual(plain(keyList(`diffusers/${model}_${part}.tsv`)));
      }
      // The lists of SD 1.5 and 2.1 have the old names of the VAE's attention.
      const renamed = keyList(MODELS[model].vae).map((row) => ({
        ...row,
        name: currentName(row.name),
        shape: linear(row),
      }));
      expect(asks(vaeWeights(vae.config))).toEqual(plain(renamed));
    });
  }

  const currentName = (name: string): string =>
    name
      .replace(
        /(mid_block\.attentions\.0\.)(query|key|value)\./,
        (_, stem: string, part: string) => `${stem}to_${part.charAt(0)}.`,
      )
      .replace('proj_attn', 'to_out.0');
  const linear = ({ name, shape }: Listed): readonly number[] =>
    name.includes('mid_block.attentions') ? shape.slice(0, 2) : shape;
});

describe('a single file is found to be the same network as the folder with its config.json', () => {
  for (const model of NAMES) {
    test(model, async () => {
      const file = await singleFile(model);
      const whole = await folder(model);
      expect(file).toMatchObject({ family: whole.family, layout: 'ldm' });
      expect(file.unet.config).toEqual(whole.unet.config);
      expect(file.vae.config).toEqual(whole.vae.config);
      expect(file.textEncoders.map(({ config }) => config)).toEqual(whole.textEncoders.map(({ config }) => config));
    });
  }

  test('the published sizes are told', async () => {
    const { unet, textEncoders, vae } = await singleFile('sdxl_base');
    expect(unet.config.downBlocks.map(({ attention }) => attention)).toEqual([
      undefined,
      { depth: 2, heads: 10 },
      { depth: 10, heads: 20 },
    ]);
    expect(unet.config.addition).toEqual({ timeEmbedDim: 256, projectionInputDim: 2816 });
    expect(textEncoders.map(({ config }) => [config.numHiddenLayers, config.hiddenAct, config.projectionDim])).toEqual([
      [12, 'quick_gelu', undefined],
      [32, 'gelu', 1280],
    ]);
    expect(vae.config.scalingFactor).toBe(0.13025);
  });
});

describe('each weight comes from the name that the tables pair it with', () => {
  const MAPPINGS: readonly (readonly [Model, string, (checkpoint: Checkpoint) => Weights])[] = [
    ['sd15', 'sd15_unet', ({ unet }) => unet.weights],
    ['sd21', 'sd21_unet', ({ unet }) => unet.weights],
    ['sdxl_base', 'sdxl_base_unet', ({ unet }) => unet.weights],
    ['sd15', 'vae_all', ({ vae }) => vae.weights],
    ['sd15', 'sd15_text_encoder', ({ textEncoders }) => must(textEncoders[0], 'encoder').weights],
    ['sd21', 'sd21_text_encoder', ({ textEncoders }) => must(textEncoders[0], 'encoder').weights],
    ['sdxl_base', 'sdxl_base_text_encoder', ({ textEncoders }) => must(textEncoders[0], 'encoder').weights],
    ['sdxl_base', 'sdxl_base_text_encoder_2', ({ textEncoders }) => must(textEncoders[1], 'encoder').weights],
  ];
  for (const [model, table, weightsOf] of MAPPINGS) {
    test(table, async () => {
      const list = MODELS[model].ldm.flatMap(keyList);
      const weights = weightsOf(await singleFile(model));
      // Where each listed tensor begins and how long it is, counted by hand.
      const begins = new Map<string, number>();
      let position = 0;
      for (const { name, shape, dtype } of list) {
        begins.set(name, position);
        position += elementCount(shape) * (dtype === 'I64' ? 8 : dtype === 'F16' ? 2 : 4);
      }
      const origin = must(weights.values().next().value, 'a weight').offset;
      const first = must(
        pairList(`mapping/${table}.tsv`).find(([, canonical]) => canonical === [...weights.keys()][0]),
        'pair',
      );
      const start = origin - must(begins.get(first[0]), first[0]);
      let checked = 0;
      for (const [ldm, canonical, transform] of pairList(`mapping/${table}.tsv`)) {
        if (canonical.endsWith('position_ids')) continue;
        const weight = must(weights.get(canonical), canonical);
        const [from = '0'] = /\d+/.exec(transform) ?? [];
        const bytes = weight.byteLength / elementCount(weight.shape);
        const rowBytes = elementCount(weight.shape.slice(1)) * bytes;
        expect(weight.offset, canonical).toBe(start + must(begins.get(ldm), ldm) + Number(from) * rowBytes);
        expect(weight.transposed, canonical).toBe(transform === 'transpose' ? true : undefined);
        checked++;
      }
      expect(checked).toBe(weights.size);
    });
  }
});

test('the parameter counts are the published ones', async () => {
  const counts = JSON.parse(dataText('diffusers/counts.json')) as Record<
    string,
    { params_without_position_ids: number }
  >;
  const sum = (weights: Weights): number =>
    [...weights.values()].reduce((total, { shape }) => total + elementCount(shape), 0);
  for (const model of NAMES) {
    const { unet, vae, textEncoders } = await singleFile(model);
    const parts: [string, Weights][] = [
      ['unet', unet.weights],
      ['vae', vae.weights],
    ];
    for (const [index, name] of MODELS[model].encoders.entries())
      parts.push([name, must(textEncoders[index], name).weights]);
    for (const [part, weights] of parts) {
      expect(sum(weights), `${model}/${part}`).toBe(counts[`${model}/${part}`]?.params_without_position_ids);
    }
  }
});
