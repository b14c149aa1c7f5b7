import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable } from '../../../trainer/api/job/index.ts';
import type { JobSettings } from '../../../trainer/api/rpc/index.ts';
import { serviceStage } from '../../support/service.ts';
import { playground, TINY_MODELS, tinyJob } from '../../support/tiny-run.ts';

test('a check looks at the VAE alone where the autoencoder is trained, as the training does', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  // CLIP layers that a text encoder of this size does not have: no matter to a VAE.
  const table = jobTable(tinyJob(place, { method: 'autoencoder', clip_skip: 12, save_model_as: 'diffusers' }));
  const check = async (settings: JobSettings) => {
    const { problems, checkpoint } = await stage.client.call('job.check', { table: { ...table, ...settings } });
    const errors = problems.filter(({ severity }) => severity === 'error').map(({ code, keys }) => [code, ...keys]);
    return { errors, family: checkpoint?.family };
  };
  const modelKey = 'pretrained_model_name_or_path';
  const bare = join(TINY_MODELS.sd21, 'vae');
  expect(await check({ [modelKey]: bare })).toEqual({ errors: [], family: undefined });
  expect(await check({ [modelKey]: TINY_MODELS.sd21, vae: bare })).toEqual({ errors: [], family: 'sd2' });
  expect(await check({ [modelKey]: TINY_MODELS.sdxl })).toEqual({ errors: [], family: 'sdxl' });
  expect((await check({ [modelKey]: TINY_MODELS.sdxl, v2: true })).errors).toEqual([['checkpoint/other-family', 'v2']]);
  expect((await check({ [modelKey]: '/no' })).errors).toEqual([['file/missing', modelKey]]);
  // Beside a setting that cannot be read.
  expect((await check({ [modelKey]: bare, seed: 'x' })).errors).toEqual([['job/wrong-type', 'seed']]);
  expect((await check({ [modelKey]: 'bundled:none', seed: 'x' })).errors).toEqual([
    ['job/wrong-type', 'seed'],
    ['file/bundled', modelKey],
  ]);
  const lora = { method: 'lora', save_model_as: 'safetensors', [modelKey]: bare };
  expect((await check(lora)).errors).toEqual([['checkpoint/folder', modelKey]]);
});
