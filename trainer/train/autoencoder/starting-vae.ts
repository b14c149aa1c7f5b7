/**
 * The VAE that a training of the autoencoder starts from.
 */
import type { Job } from '../../api/job/index.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { familyAt } from '../../formats/checkpoint/family.ts';
import { writeInitialVae } from '../../formats/checkpoint/initial.ts';
import { openVae } from '../../formats/checkpoint/separate-vae.ts';
import type { Part } from '../../formats/checkpoint/types.ts';
import type { Family, VaeConfig } from '../../formats/configs.ts';
import { checkFamily } from '../family-rules.ts';
import type { MethodRequest } from '../method.ts';
import { claimRunFolder } from '../run-folder.ts';

export interface StartingVae extends Part<VaeConfig> {
  /** Says what a VAE is scaled by where its file does not. */
  readonly family: Family;
}

/** @throws {UserError} checkpoint/other-family, and what opening and writing throw */
export async function openStartingVae(request: MethodRequest): Promise<StartingVae> {
  const { machine, job } = request;
  const family = (await familyFound(machine.files, job)) ?? familyStated(job);
  return { ...(await openVae(machine.files, await startingVae(request), family)), family };
}

/** The family of the checkpoint that the VAE lies in, else of the one that it is given for. */
async function familyFound(files: Files, job: Job): Promise<Family | undefined> {
  for (const given of [job.vae, job.pretrained_model_name_or_path]) {
    if (given === undefined) continue;
    const path = files.resolve(given);
    const family = await familyAt(files, path);
    if (family === undefined) continue;
    checkFamily(job, { family, path });
    return family;
  }
  return undefined;
}

const familyStated = ({ v2, sdxl }: Job): Family => (sdxl === true ? 'sdxl' : v2 === true ? 'sd2' : 'sd1');

/** @returns the path of a VAE file or folder, or of a checkpoint that has one */
async function startingVae({ machine, job, seed, places, resume }: MethodRequest): Promise<string> {
  const { model_config: configFolder, pretrained_model_name_or_path: checkpoint, vae } = job;
  const { files } = machine;
  if (configFolder === undefined) return files.resolve(must(vae ?? checkpoint, 'a VAE'));
  const path = files.join(places.folder, 'initial');
  const isThere = resume && (await files.status(path)) !== undefined;
  if (!isThere) {
    const claim = (bytes: number): Promise<void> => claimRunFolder(files, places, bytes);
    await writeInitialVae(files, path, { configFolder, seed, claim });
  }
  return path;
}
