/**
 * Finds the checkpoint in a folder of goldens: a single file in the LDM layout, or a diffusers folder.
 */
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';

/** Recorded results that lie beside a checkpoint. */
const NOT_A_CHECKPOINT = 'expected.safetensors';
const DIFFUSERS_INDEX = 'model_index.json';

/** @throws {UserError} file/missing if there is none */
export async function findCheckpoint(files: Files, folder: string): Promise<string> {
  const isDiffusers = async (path: string): Promise<boolean> =>
    (await files.status(files.join(path, DIFFUSERS_INDEX))) !== undefined;
  if (await isDiffusers(folder)) return folder;
  const entries = (await files.status(folder))?.kind === 'folder' ? await files.list(folder) : [];
  for (const { name, kind } of entries) {
    const path = files.join(folder, name);
    if (kind === 'file' && name.endsWith('.safetensors') && name !== NOT_A_CHECKPOINT) return path;
    if (kind === 'folder' && (await isDiffusers(path))) return path;
  }
  throw new UserError({
    code: 'file/missing',
    what: 'There is no checkpoint: neither a .safetensors file nor a folder with a model_index.json',
    where: folder,
    fix: "Give the folder that holds one folder for each family's model.",
  });
}
