/**
 * Opens a base model, in whichever layout: checks every weight's name and shape, reads none of them.
 */
import { UserError } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { readHeader } from '../safetensors/header.ts';
import { openFolder } from './diffusers.ts';
import { openSingleFile } from './ldm.ts';
import type { Checkpoint } from './types.ts';

export interface OpenOptions {
  /** A VAE file or folder that replaces the checkpoint's own. */
  readonly vae?: string;
}

/**
 * @param path  a `.safetensors` file in the LDM layout, or a folder in the diffusers layout (its model_index.json is fine too)
 * @throws {UserError} `file/*`, `safetensors/*` or `checkpoint/*`: what it is instead, or which weights are missing, of
 *                     the wrong shape, or too many
 */
export async function openCheckpoint(files: Files, path: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const absolute = files.resolve(files.baseName(path) === 'model_index.json' ? files.folderOf(path) : path);
  const vae = options.vae === undefined ? undefined : files.resolve(options.vae);
  const status = await files.status(absolute);
  if (status === undefined) throw missingError(path);
  return status.kind === 'folder'
    ? openFolder(files, absolute, vae)
    : openSingleFile(files, await readHeader(files, absolute), vae);
}

function missingError(path: string): UserError {
  const hubName = /^[\w.-]+\/[\w.-]+$/.test(path) && !path.endsWith('.safetensors');
  return new UserError({
    code: 'file/missing',
    what: 'There is no such file or folder',
    where: path,
    fix: hubName
      ? 'This looks like a name on the Hugging Face hub: download the model first, then give its path.'
      : 'Check the path of the base model.',
  });
}
