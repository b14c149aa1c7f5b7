/**
 * Finds the checkpoint in a folder of goldens: a single file in the LDM layout, or a diffusers folder.
 */
import type { Files } from '../base/ports.ts';

/** Recorded results that lie beside a checkpoint. */
const NOT_A_CHECKPOINT = 'expected.safetensors';
/** Either makes a folder one of diffusers. */
const DIFFUSERS_FILES = ['model_index.json', 'unet/config.json'];

/** Its path, or undefined where there is none. */
export async function findCheckpoint(files: Files, folder: string): Promise<string | undefined> {
  const isDiffusers = async (path: string): Promise<boolean> => {
    for (const name of DIFFUSERS_FILES) {
      if ((await files.status(files.join(path, ...name.split('/')))) !== undefined) return true;
    }
    return false;
  };
  if ((await files.status(folder))?.kind !== 'folder') return undefined;
  if (await isDiffusers(folder)) return folder;
  for (const { name, kind } of await files.list(folder)) {
    const path = files.join(folder, name);
    if (kind === 'file' && name.endsWith('.safetensors') && name !== NOT_A_CHECKPOINT) return path;
    if (kind === 'folder' && (await isDiffusers(path))) return path;
  }
  return undefined;
}
