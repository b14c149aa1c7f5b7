/**
 * The family of a checkpoint, from the names of its text encoders alone: also where another part of it is all that is wanted.
 */
import type { Files } from '../../base/ports.ts';
import type { Family } from '../configs.ts';
import { readHeader } from '../safetensors/header.ts';
import { readSettings, textEncoderConfigOf } from './diffusers-config.ts';
import { familyOf } from './diffusers.ts';
import { LDM_PREFIXES } from './ldm-names.ts';
import { TEXT_ENCODER_PARTS } from './networks.ts';

/** Of the refiner too, whose one text encoder has the place of the base's first. */
const OF_SDXL = 'conditioner.embedders.';

/**
 * @param path  a single file, or a folder in the diffusers layout
 * @returns undefined where there is no text encoder to tell it, as in a VAE alone
 * @throws {UserError} `file/*`, `safetensors/*`, `checkpoint/config`
 */
export async function familyAt(files: Files, path: string): Promise<Family | undefined> {
  if ((await files.status(path))?.kind === 'folder') return familyOfFolder(files, path);
  const names = [...(await readHeader(files, path)).tensors.keys()];
  const has = (prefix: string): boolean => names.some((name) => name.startsWith(prefix));
  if (has(OF_SDXL)) return 'sdxl';
  if (has(LDM_PREFIXES.openClip.sd2)) return 'sd2';
  return has(LDM_PREFIXES.clipL.sd1) ? 'sd1' : undefined;
}

async function familyOfFolder(files: Files, folder: string): Promise<Family | undefined> {
  const [first, second] = TEXT_ENCODER_PARTS;
  const has = async (...parts: readonly string[]): Promise<boolean> =>
    (await files.status(files.join(folder, ...parts))) !== undefined;
  if (await has(second)) return 'sdxl';
  if (!(await has(first, 'config.json'))) return undefined;
  const file = files.join(folder, first, 'config.json');
  return familyOf([textEncoderConfigOf(file, await readSettings(files, file), false)]);
}
