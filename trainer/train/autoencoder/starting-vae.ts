/**
 * The VAE that a training of the autoencoder starts from.
 */
import type { Job } from '../../api/job/index.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { familyAt } from '../../formats/checkpoint/family.ts';
import { writeInitialVae } from '../../formats/checkpoint/initial.ts';
import { openVae } from '../../formats/checkpoint/separate-vae.ts';
import type { Checkpoint, Part } from '../../formats/checkpoint/types.ts';
import type { Family, VaeConfig } from '../../formats/configs.ts';
import { checkFamily } from '../family-rules.ts';
import type { MethodRequest } from '../method.ts';
import { claimRunFolder } from '../run-folder.ts';

export interface StartingVae extends Part<VaeConfig> {
  /** Says what a VAE is scaled by where its file does not. */
  readonly family: Family;
  /** Absolute path of the checkpoint that told the family; missing where only the job could. */
  readonly checkpoint?: string;
}

/** What of a job names a VAE and tells its family. */
export type VaeChoice = Partial<Pick<Job, 'pretrained_model_name_or_path' | 'vae' | 'v2' | 'sdxl'>>;

/** @throws {UserError} checkpoint/other-family, and what opening and writing throw */
export const openStartingVae = async (request: MethodRequest): Promise<StartingVae> =>
  openChosen(request.machine.files, request.job, await startingVae(request));

/**
 * The VAE of a job that does not start from scratch.
 *
 * @throws {UserError} checkpoint/other-family, and what opening throws
 */
export const openGivenVae = (files: Files, choice: VaeChoice): Promise<StartingVae> =>
  openChosen(files, choice, givenVae(files, choice));

async function openChosen(files: Files, choice: VaeChoice, path: string): Promise<StartingVae> {
  const found = await checkpointOf(files, choice);
  const family = found?.family ?? familyStated(choice);
  const opened = await openVae(files, path, family);
  return { ...opened, family, ...(found === undefined ? {} : { checkpoint: found.path }) };
}

/** The checkpoint that the VAE lies in, else the one that it is given for, as far as the family goes. */
async function checkpointOf(files: Files, choice: VaeChoice): Promise<Pick<Checkpoint, 'family' | 'path'> | undefined> {
  for (const given of [choice.vae, choice.pretrained_model_name_or_path]) {
    if (given === undefined) continue;
    const path = files.resolve(given);
    const family = await familyAt(files, path);
    if (family === undefined) continue;
    checkFamily(choice, { family, path });
    return { family, path };
  }
  return undefined;
}

const familyStated = ({ v2, sdxl }: VaeChoice): Family => (sdxl === true ? 'sdxl' : v2 === true ? 'sd2' : 'sd1');

/** @returns the path of a VAE file or folder, or of a checkpoint that has one */
const givenVae = (files: Files, { vae, pretrained_model_name_or_path: checkpoint }: VaeChoice): string =>
  files.resolve(must(vae ?? checkpoint, 'a VAE'));

/** Written first where training starts from scratch. */
async function startingVae({ machine, job, seed, places, resume }: MethodRequest): Promise<string> {
  const { model_config: configFolder } = job;
  const { files } = machine;
  if (configFolder === undefined) return givenVae(files, job);
  const path = files.join(places.folder, 'initial');
  const isThere = resume && (await files.status(path)) !== undefined;
  if (!isThere) {
    const claim = (bytes: number): Promise<void> => claimRunFolder(files, places, bytes);
    await writeInitialVae(files, path, { configFolder, seed, claim });
  }
  return path;
}
