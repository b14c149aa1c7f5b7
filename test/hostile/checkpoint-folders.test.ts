/**
 * Diffusers folders that are incomplete, damaged or mixed up.
 */
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../trainer/base/error-codes.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import { keyList } from '../trainer/formats/key-lists.ts';
import { memoryFiles } from '../trainer/formats/memory-files.ts';
import { errorOf, folder, type Hollow } from './hollow-checkpoints.ts';

describe('a folder', () => {
  test('opens, also by its model_index.json', async () => {
    const files = folder();
    expect(await openCheckpoint(files, 'm')).toMatchObject({ family: 'sd1', layout: 'diffusers', path: 'm' });
    expect((await openCheckpoint(files, 'm/model_index.json')).path).toBe('m');
  });

  test('may have its weights in several files with an index', async () => {
    const files = folder((hollow, texts) => {
      const all = keyList('diffusers/sd15_unet.tsv');
      delete hollow['m/unet/diffusion_pytorch_model.safetensors'];
      hollow['m/unet/part-1.safetensors'] = all.slice(0, 300);
      hollow['m/unet/part-2.safetensors'] = all.slice(300);
      const map = Object.fromEntries(
        all.map(({ name }, index) => [name, index < 300 ? 'part-1.safetensors' : 'part-2.safetensors']),
      );
      texts['m/unet/diffusion_pytorch_model.safetensors.index.json'] = JSON.stringify({ weight_map: map });
    });
    expect((await openCheckpoint(files, 'm')).unet.weights.size).toBe(686);
  });

  const broken: readonly (readonly [
    string,
    (hollow: Hollow, texts: Record<string, string>) => void,
    ErrorCode,
    RegExp,
  ])[] = [
    [
      'without VAE',
      (hollow, texts) => {
        delete hollow['m/vae/diffusion_pytorch_model.safetensors'];
        delete texts['m/vae/config.json'];
      },
      'checkpoint/folder',
      /has no "vae" inside/,
    ],
    [
      'without a config.json',
      (_, texts) => {
        delete texts['m/unet/config.json'];
      },
      'checkpoint/folder',
      /has no config\.json/,
    ],
    [
      'without weights',
      (hollow) => {
        delete hollow['m/unet/diffusion_pytorch_model.safetensors'];
      },
      'checkpoint/folder',
      /has no weights \(diffusion_pytorch_model\.safetensors\)/,
    ],
    [
      'with pickles alone',
      (hollow, texts) => {
        delete hollow['m/unet/diffusion_pytorch_model.safetensors'];
        texts['m/unet/diffusion_pytorch_model.bin'] = 'x';
      },
      'file/pickle',
      /never opened/,
    ],
    [
      'with an index that lists absent files',
      (hollow, texts) => {
        delete hollow['m/unet/diffusion_pytorch_model.safetensors'];
        texts['m/unet/diffusion_pytorch_model.safetensors.index.json'] = '{"weight_map":{"a":"../../secret"}}';
      },
      'checkpoint/folder',
      /0 of the 1 files/,
    ],
    [
      'with settings that are no JSON',
      (_, texts) => {
        texts['m/unet/config.json'] = '{';
      },
      'checkpoint/config',
      /not valid JSON/,
    ],
    [
      'with settings that are a list',
      (_, texts) => {
        texts['m/vae/config.json'] = '[]';
      },
      'checkpoint/config',
      /not a JSON object/,
    ],
    [
      'with settings of 20 MB',
      (_, texts) => {
        texts['m/unet/config.json'] = `${' '.repeat(20e6)}{}`;
      },
      'checkpoint/config',
      /its settings take 20000002 bytes/,
    ],
    [
      'with an option that we do not have',
      (_, texts) => {
        texts['m/unet/config.json'] = (texts['m/unet/config.json'] ?? '').replace(
          '{',
          '{"dual_cross_attention": true,',
        );
      },
      'checkpoint/config',
      /"dual_cross_attention" is true/,
    ],
    [
      'with a trillion layers',
      (_, texts) => {
        texts['m/unet/config.json'] = (texts['m/unet/config.json'] ?? '').replace(
          '"layers_per_block": 2',
          '"layers_per_block": 1e12',
        );
      },
      'checkpoint/config',
      /"layers_per_block" is 1000000000000/,
    ],
    [
      'with the parts of two models',
      (_, texts) => {
        texts['m/unet/config.json'] = (texts['m/unet/config.json'] ?? '').replace(
          '"cross_attention_dim": 768',
          '"cross_attention_dim": 1024',
        );
      },
      'checkpoint/weights',
      /wrong shape/,
    ],
  ];
  for (const [title, change, code, says] of broken) {
    test(title, async () => {
      const error = await errorOf(openCheckpoint(folder(change), 'm'));
      expect(error.report.code).toBe(code);
      expect(error.message).toMatch(says);
    });
  }

  test('that is no model names the files inside', async () => {
    const error = await errorOf(openCheckpoint(memoryFiles({ 'models/a.safetensors': 'x' }), 'models'));
    expect(error.report.code).toBe('checkpoint/folder');
    expect(error.message).toMatch(/Choose one of the files inside: a\.safetensors\./);
  });

  test('that is a name on a hub is to be downloaded first', async () => {
    const error = await errorOf(openCheckpoint(memoryFiles(), 'stabilityai/stable-diffusion-2-1'));
    expect(error.report.code).toBe('file/missing');
    expect(error.message).toMatch(/download the model first/);
  });
});
