/**
 * Checkpoints of names and shapes without numbers, to be broken by the tests of this folder.
 */
import { UserError } from '../../trainer/base/errors.ts';
import type { Files } from '../../trainer/base/ports.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { Checkpoint } from '../../trainer/formats/checkpoint/types.ts';
import type { Family } from '../../trainer/formats/configs.ts';
import { networksOf } from '../../trainer/formats/random-checkpoint/sizes.ts';
import { publishedTensors } from '../../trainer/formats/random-checkpoint/tensors.ts';
import { configText, hollowFiles, keyList, type HollowFile, type Listed } from '../trainer/formats/key-lists.ts';

export const PATH = 'model.safetensors';

/** Names and shapes of a tiny single file. */
export const tiny = (family: Family): Listed[] =>
  publishedTensors(family, networksOf(family, 'tiny'), { dtype: 'F16', values: () => [] }).map(
    ({ name, shape, dtype }) => ({
      name,
      shape,
      dtype,
    }),
  );

export const open = (
  tensors: readonly Listed[],
  metadata: Record<string, string> = {},
  vae?: Listed[],
): Promise<Checkpoint> => {
  const hollow: Record<string, HollowFile> = {
    [PATH]: { tensors, metadata },
    ...(vae && { 'vae.safetensors': { tensors: vae } }),
  };
  return openCheckpoint(hollowFiles(hollow), PATH, vae ? { vae: 'vae.safetensors' } : {});
};

export async function errorOf(promise: Promise<unknown>): Promise<UserError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw new Error(`expected a UserError, not ${String(error)}`);
}

export const tensor = (name: string, shape: readonly number[]): Listed => ({ name, shape, dtype: 'F16' });

export const UNET = 'model.diffusion_model.';

export type Hollow = Record<string, Listed[]>;

/** A folder with the names and settings of SD 1.5, changed. */
export function folder(change: (hollow: Hollow, texts: Record<string, string>) => void = () => undefined): Files {
  const hollow: Hollow = {
    'm/unet/diffusion_pytorch_model.safetensors': keyList('diffusers/sd15_unet.tsv'),
    'm/vae/diffusion_pytorch_model.safetensors': keyList('diffusers/sd15_vae.tsv'),
    'm/text_encoder/model.safetensors': keyList('diffusers/sd15_text_encoder.tsv'),
  };
  const texts: Record<string, string> = { 'm/model_index.json': '{}' };
  for (const part of ['unet', 'vae', 'text_encoder']) {
    texts[`m/${part}/config.json`] = JSON.stringify(
      JSON.parse(configText('sd15', `${part}/config.json`)),
      undefined,
      1,
    );
  }
  change(hollow, texts);
  return hollowFiles(Object.fromEntries(Object.entries(hollow).map(([path, tensors]) => [path, { tensors }])), texts);
}
