import { describe, expect, test } from 'vitest';
import { parseJob } from '../../../../trainer/api/job/index.ts';
import { openStartingVae, type StartingVae } from '../../../../trainer/train/autoencoder/starting-vae.ts';
import { runPlaces } from '../../../../trainer/train/run-folder.ts';
import { configText, hollowFiles, keyList } from '../../formats/key-lists.ts';
import { tinyMachine } from '../../../support/tiny-run.ts';

const VAE = keyList('ldm/sdxl_base_vae.tsv');

/** Of the published models, as far as a VAE and its family are concerned. */
const files = hollowFiles(
  {
    'sd1.safetensors': { tensors: [...VAE, ...keyList('ldm/sd15_clip.tsv')] },
    'sd2.safetensors': { tensors: [...VAE, ...keyList('ldm/sd21_openclip.tsv')] },
    'sdxl.safetensors': { tensors: [...VAE, ...keyList('ldm/sdxl_base_openclip_bigg.tsv')] },
    // A file does not say what its VAE is scaled by.
    'vae.safetensors': { tensors: VAE },
    'sdxl/vae/diffusion_pytorch_model.safetensors': { tensors: keyList('diffusers/sdxl_base_vae.tsv') },
  },
  {
    'sdxl/vae/config.json': configText('sdxl_base', 'vae/config.json'),
    'sdxl/text_encoder_2/config.json': configText('sdxl_base', 'text_encoder_2/config.json'),
  },
);
const machine = { ...(await tinyMachine()), files };

function open(settings: Readonly<Record<string, unknown>>): Promise<StartingVae> {
  const places = { train_data_dir: 'pictures', output_dir: 'runs' };
  const job = parseJob({ method: 'autoencoder', ...places, ...settings }, 'the test');
  return openStartingVae({ machine, job, seed: 1, places: runPlaces(files, job), resume: false });
}

const scaleOf = async (settings: Readonly<Record<string, unknown>>): Promise<number> =>
  (await open(settings)).config.scalingFactor;

// The published scales: 0.18215 of SD 1.x and 2.x, 0.13025 of SDXL.
test.each([
  ['sd1.safetensors', 'sd1', 0.18215],
  ['sd2.safetensors', 'sd2', 0.18215],
  ['sdxl.safetensors', 'sdxl', 0.13025],
  ['sdxl', 'sdxl', 0.13025],
] as const)(
  'a VAE has the family of the checkpoint that it lies in, and its scale: %s',
  async (path, family, scale) => {
    const opened = await open({ pretrained_model_name_or_path: path });
    expect([opened.family, opened.config.scalingFactor]).toEqual([family, scale]);
  },
);

describe('a VAE alone', () => {
  const vae = 'vae.safetensors';

  test('is scaled as the checkpoint that it is given for', async () => {
    expect(await scaleOf({ pretrained_model_name_or_path: 'sdxl.safetensors', vae })).toBe(0.13025);
    expect(await scaleOf({ pretrained_model_name_or_path: 'sd2.safetensors', vae })).toBe(0.18215);
  });

  test('is scaled as the job says where there is no checkpoint, and else as of SD 1.x', async () => {
    expect(await scaleOf({ pretrained_model_name_or_path: vae })).toBe(0.18215);
    expect(await scaleOf({ pretrained_model_name_or_path: vae, sdxl: true })).toBe(0.13025);
  });
});

test('checkpoint/other-family: a job that says another family than the checkpoint has is refused', async () => {
  await expect(open({ pretrained_model_name_or_path: 'sd1.safetensors', sdxl: true })).rejects.toMatchObject({
    report: {
      code: 'checkpoint/other-family',
      what: 'The job says sdxl = true, but this checkpoint is SD 1.x',
      where: 'sd1.safetensors',
      fix: 'Remove sdxl from the job (the family is detected), or choose a checkpoint of SDXL.',
    },
  });
  const forSdxl = { pretrained_model_name_or_path: 'sdxl', vae: 'vae.safetensors', v2: true };
  await expect(open(forSdxl)).rejects.toMatchObject({ report: { code: 'checkpoint/other-family', where: 'sdxl' } });
});
