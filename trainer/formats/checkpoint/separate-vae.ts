/**
 * A VAE from a file or folder of its own, which replaces the checkpoint's.
 */
import type { Files } from '../../base/ports.ts';
import type { Family, VaeConfig } from '../configs.ts';
import { guessKind, type KindName } from '../kind.ts';
import { readHeader } from '../safetensors/header.ts';
import { deriveVaeConfig, shapesBelow } from './derive-config.ts';
import { vaeConfigOf } from './diffusers-config.ts';
import { vaeWeights } from './expected-weights.ts';
import { kindError } from './fit.ts';
import { openPartFolder, shapesOf } from './part-folder.ts';
import { vaeSources } from './ldm-names.ts';
import { matchWeights, type Match, type Tensors } from './match.ts';
import { checkMatches } from './mismatch.ts';
import type { Part } from './types.ts';

/** Kinds of files that have a VAE inside. */
const WITH_VAE: readonly KindName[] = [
  'vae',
  'sd1',
  'sd2',
  'sdxl',
  'inpainting',
  'instruct-pix2pix',
  'refiner',
  'unet',
];

const PREFIXES = ['first_stage_model.', 'vae.', ''];

export interface VaeMatch {
  readonly config: VaeConfig;
  readonly match: Match;
}

/** The VAE among the tensors of a single file, below any of the usual prefixes. */
export function matchVae(file: string, family: Family, tensors: Tensors): VaeMatch {
  const names = [...tensors.keys()];
  const prefix = PREFIXES.find((start) => names.some((name) => name.startsWith(`${start}encoder.down`))) ?? '';
  const config = deriveVaeConfig(file, family, shapesBelow(shapesOf(tensors), prefix));
  return { config, match: matchWeights(vaeWeights(config), vaeSources(config, prefix), tensors) };
}

/**
 * @param path  a file (LDM or diffusers names, with or without prefix; a whole checkpoint gives its VAE), a diffusers VAE
 *              folder, or a whole diffusers folder
 * @throws {UserError}
 */
export async function openVae(files: Files, path: string, family: Family): Promise<Part<VaeConfig>> {
  if ((await files.status(path))?.kind === 'folder') return openVaeFolder(files, path, family);
  const header = await readHeader(files, path);
  const kind = guessKind(header);
  if (!WITH_VAE.includes(kind.name)) {
    throw kindError(path, { ...kind, advice: 'Give a VAE file, or leave the setting "vae" empty.' }, 'a VAE');
  }
  const { config, match } = matchVae(path, family, header.tensors);
  checkMatches({ path, wanted: 'VAE', matches: [match], extra: [] });
  return { config, weights: match.weights };
}

async function openVaeFolder(files: Files, path: string, family: Family): Promise<Part<VaeConfig>> {
  const inner = files.join(path, 'vae');
  const folder = (await files.status(inner))?.kind === 'folder' ? inner : path;
  const { json, tensors } = await openPartFolder(files, folder, 'diffusion_pytorch_model');
  const config = vaeConfigOf(folder, json, family);
  const match = matchWeights(vaeWeights(config), vaeSources(config, ''), tensors);
  checkMatches({ path: folder, wanted: 'VAE', matches: [match], extra: [] });
  return { config, weights: match.weights };
}
