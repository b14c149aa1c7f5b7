/**
 * The base model that comes with LoRA Loom.
 */
import { describe, expect, test } from 'vitest';
import { folderBytes, LARGEST_FOLDER } from '../../scripts/base-model/install.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { findAsset } from '../../trainer/platform/assets.ts';
import { machineFiles } from '../../trainer/platform/files.ts';

const folder = findAsset('base-model');
if (folder === undefined) console.log('Skipped: the bundled base model, because assets/base-model is not there.');

describe.skipIf(folder === undefined)('the bundled base model', () => {
  const files = machineFiles();
  const path = folder ?? '';

  test('has at most 40 MB', async () => {
    expect(LARGEST_FOLDER).toBe(40e6);
    expect(await folderBytes(files, path)).toBeLessThanOrEqual(LARGEST_FOLDER);
  });

  test('opens like any checkpoint: Stable Diffusion 1.x in half precision, predicting velocity, for 128 pixels', async () => {
    const { family, dtypes, predictionType, side, textEncoders } = await openCheckpoint(files, path);
    expect({ family, dtypes, predictionType, side }).toEqual({
      family: 'sd1',
      dtypes: ['F16'],
      predictionType: 'v_prediction',
      side: 128,
    });
    expect(textEncoders.map(({ config }) => config.maxPositionEmbeddings)).toEqual([77]);
  });

  test('comes with its card and the tokenizer that diffusers asks for, and with nothing else', async () => {
    const names = (await files.list(path)).map(({ name }) => name);
    expect(names).toEqual(['README.md', 'model_index.json', 'scheduler', 'text_encoder', 'tokenizer', 'unet', 'vae']);
    const tokenizer = (await files.list(files.join(path, 'tokenizer'))).map(({ name }) => name);
    expect(tokenizer).toEqual(['merges.txt', 'tokenizer_config.json', 'vocab.json']);
  });
});
