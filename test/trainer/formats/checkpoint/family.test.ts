import { expect, test } from 'vitest';
import { familyAt } from '../../../../trainer/formats/checkpoint/family.ts';
import { configText, hollowFiles, keyList } from '../key-lists.ts';

const SINGLE = {
  sd1: 'ldm/sd15_clip.tsv',
  sd2: 'ldm/sd21_openclip.tsv',
  sdxl: 'ldm/sdxl_base_openclip_bigg.tsv',
} as const;

test.each(Object.entries(SINGLE))(
  'a published single file tells its family by its text encoder: %s',
  async (family, list) => {
    const tensors = [...keyList('ldm/sd15_vae.tsv'), ...keyList(list)];
    expect(await familyAt(hollowFiles({ 'm.safetensors': { tensors } }), 'm.safetensors')).toBe(family);
  },
);

test.each([
  ['sd1', 'sd15', ['text_encoder']],
  ['sd2', 'sd21', ['text_encoder']],
  ['sdxl', 'sdxl_base', ['text_encoder', 'text_encoder_2']],
] as const)('a published folder tells its family by its text encoders: %s', async (family, model, encoders) => {
  const texts = encoders.map((part) => [`m/${part}/config.json`, configText(model, `${part}/config.json`)]);
  expect(await familyAt(hollowFiles({}, Object.fromEntries(texts)), 'm')).toBe(family);
});

test('the refiner, which has one text encoder, is of the family of SDXL', async () => {
  const tensors = keyList(SINGLE.sdxl).map((listed) => ({
    ...listed,
    name: listed.name.replace('embedders.1', 'embedders.0'),
  }));
  expect(await familyAt(hollowFiles({ 'm.safetensors': { tensors } }), 'm.safetensors')).toBe('sdxl');
});

test('a VAE alone does not tell, as a file or as a folder', async () => {
  const tensors = keyList('ldm/sd15_vae.tsv');
  expect(await familyAt(hollowFiles({ 'm.safetensors': { tensors } }), 'm.safetensors')).toBeUndefined();
  expect(
    await familyAt(hollowFiles({}, { 'm/config.json': configText('sd15', 'vae/config.json') }), 'm'),
  ).toBeUndefined();
});
