/**
 * Installing what training left, on a small model in memory.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { folderBytes, installBaseModel, type Installation } from '../../../scripts/base-model/install.ts';
import { writeInitialCheckpoint, writeInitialVae } from '../../../trainer/formats/checkpoint/initial.ts';
import { openCheckpoint } from '../../../trainer/formats/checkpoint/open.ts';
import { must } from '../../../trainer/base/errors.ts';
import { readHeader } from '../../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../../trainer/formats/safetensors/read.ts';
import { createTokenizer } from '../../../trainer/models/clip/tokenizer.ts';
import { assetPath } from '../../../trainer/platform/assets.ts';
import { settingsFiles, smallModel } from '../../trainer/formats/checkpoint/model-settings.ts';

const files = settingsFiles(smallModel());
const installation: Installation = {
  files,
  from: 'run/model',
  vae: 'run/vae',
  to: 'assets/base-model',
  card: '# The card\n',
  captions: ['a cat'],
  tokenizer: createTokenizer(readFileSync(assetPath('tokenizer', 'merges.txt'), 'utf8')),
  now: Date.UTC(2025, 5, 15, 12),
};
let bytes: number;

beforeAll(async () => {
  await writeInitialCheckpoint(files, 'run/model', { configFolder: 'settings', seed: 1 });
  await writeInitialCheckpoint(files, 'run/other', { configFolder: 'settings', seed: 3 });
  await writeInitialVae(files, 'run/vae', { configFolder: 'settings', seed: 2 });
  // An older model with a file that is none of the model's.
  await files.write('assets/base-model/model_index.json', Buffer.from('{}'));
  await files.write('assets/base-model/unet/leftover.bin', Buffer.from('old'));
  bytes = await installBaseModel(installation);
});

test('the model is installed in half precision with tokenizer and card, and nothing else', async () => {
  const names = async (folder: string): Promise<readonly string[]> =>
    (await files.list(folder)).map(({ name }) => name);
  expect(await names('assets/base-model')).toEqual([
    'README.md',
    'model_index.json',
    'scheduler',
    'text_encoder',
    'tokenizer',
    'unet',
    'vae',
  ]);
  expect(await names('assets/base-model/unet')).toEqual(['config.json', 'diffusion_pytorch_model.safetensors']);
  expect(await names('assets/base-model/tokenizer')).toEqual(['merges.txt', 'tokenizer_config.json', 'vocab.json']);
  const { dtypes, predictionType, noiseSchedule } = await openCheckpoint(files, 'assets/base-model');
  expect(dtypes).toEqual(['F16']);
  const source = await openCheckpoint(files, 'run/model');
  expect({ predictionType, noiseSchedule }).toEqual({
    predictionType: source.predictionType,
    noiseSchedule: source.noiseSchedule,
  });
});

test('its autoencoder is the one that was trained further, in half precision', async () => {
  const weightIn = async (vae: string): Promise<Float32Array> => {
    const { vae: opened } = await openCheckpoint(files, 'run/model', { vae });
    return readTensor(files, must(opened.weights.get('decoder.conv_in.weight'), 'a weight'));
  };
  const [installed, further] = [await weightIn('assets/base-model/vae'), await weightIn('run/vae')];
  for (const [index, value] of installed.entries()) expect(value).toBeCloseTo(further[index] ?? NaN, 3);
});

test('its files say what it is', async () => {
  const { metadata } = await readHeader(files, 'assets/base-model/unet/diffusion_pytorch_model.safetensors');
  expect(metadata).toMatchObject({
    'modelspec.title': 'LoRA Loom base model',
    'modelspec.date': '2025-06-15T12:00:00',
    'modelspec.license': 'MIT',
    'modelspec.prediction_type': 'v',
  });
});

test('its size is that of all files below the folder', async () => {
  expect(bytes).toBe(await folderBytes(files, 'assets/base-model'));
  await files.write('folder/a', new Uint8Array(3));
  await files.write('folder/b/c', new Uint8Array(4));
  expect(await folderBytes(files, 'folder')).toBe(7);
});

test('a model of more than 40 MB is refused with both sizes, and the installed one stays', async () => {
  const weights = 'assets/base-model/unet/diffusion_pytorch_model.safetensors';
  const before = await files.sha256(weights);
  const tooLarge = { ...installation, from: 'run/other', card: 'x'.repeat(40e6) };
  await expect(installBaseModel(tooLarge)).rejects.toThrow(
    /^The model has 4\d{7} bytes, more than 40000000: it was not put into assets\/base-model$/,
  );
  expect(new TextDecoder().decode(await files.read('assets/base-model/README.md'))).toBe('# The card\n');
  expect(await files.sha256(weights)).toBe(before);
  expect(await files.status('assets/base-model.new')).toBeUndefined();
});

test('a folder that holds something else is not replaced by a model', async () => {
  await files.write('mine/letter.txt', Buffer.from('Dear'));
  await expect(installBaseModel({ ...installation, to: 'mine' })).rejects.toMatchObject({
    report: { code: 'checkpoint/target-taken' },
  });
  expect(await files.list('mine')).toEqual([{ name: 'letter.txt', kind: 'file' }]);
});
