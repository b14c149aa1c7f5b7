/**
 * Reads the networks that a training from scratch is to have: a folder laid out as diffusers does, with a config.json
 * for each part and no weights.
 */
import { UserError } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import type { Family, TextEncoderConfig, VaeConfig } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import { readSettings, textEncoderConfigOf, unetConfigOf, vaeConfigOf, type Refuse } from './diffusers-config.ts';
import { familyOf } from './diffusers.ts';
import { findMisfit, findVaeMisfit, type Misfit } from './fit.ts';
import { settingsOf, vaeJson, type FolderSettings } from './folder-configs.ts';
import { TEXT_ENCODER_PARTS, type Networks, type PartName } from './networks.ts';
import { readSchedulerConfig, STABLE_DIFFUSION, type SchedulerConfig } from './scheduler-config.ts';

export interface ModelConfig {
  readonly family: Family;
  readonly networks: Networks;
  /** As the folder has them, with what it leaves to the defaults. */
  readonly settings: FolderSettings;
  readonly scheduler: SchedulerConfig;
}

const CONFIG = 'config.json';

/**
 * @param ownVae  opens the VAE that comes with weights, once the family is known; the folder then needs none
 * @throws {UserError} `model/config` naming file and field, what is there and what is needed; `checkpoint/scheduler`
 */
export async function readModelConfig(
  files: Files,
  folder: string,
  ownVae?: (family: Family) => Promise<VaeConfig>,
): Promise<ModelConfig> {
  const names = await partNames(files, folder);
  const read = (part: PartName): Promise<JsonObject> => readPart(files, folder, part, names);
  const fileOf = (part: PartName): string => files.join(folder, part, CONFIG);
  const unetSettings = await read('unet');
  const encoderParts = TEXT_ENCODER_PARTS.filter((part, index) => index === 0 || names.includes(part));
  const encoderSettings: JsonObject[] = [];
  const textEncoders: TextEncoderConfig[] = [];
  for (const [index, part] of encoderParts.entries()) {
    const json = await read(part);
    encoderSettings.push(json);
    textEncoders.push(textEncoderConfigOf(fileOf(part), json, index === 1, refuse));
  }
  const unet = unetConfigOf(fileOf('unet'), unetSettings, refuse);
  const family = familyOf(textEncoders);
  const vaeSettings = ownVae === undefined ? await read('vae') : vaeJson(await ownVae(family));
  const vae = vaeConfigOf(fileOf('vae'), vaeSettings, family, refuse);
  const networks = { unet, vae, textEncoders };
  const misfit = findMisfit(networks);
  if (misfit !== undefined) throw misfitError(files, folder, misfit);
  const made = settingsOf(networks);
  const settings = {
    unet: { ...made.unet, ...unetSettings },
    vae: { ...made.vae, ...vaeSettings },
    textEncoders: made.textEncoders.map((json, index) => ({ ...json, ...encoderSettings[index] })),
  };
  return { family, networks, settings, scheduler: await readScheduler(files, folder) };
}

/** The VAE alone: of a folder of parts, or of a folder that is the VAE's own. */
export async function readVaeConfig(
  files: Files,
  folder: string,
): Promise<{ readonly vae: VaeConfig; readonly settings: JsonObject }> {
  const names = await partNames(files, folder);
  const isOwn = !names.includes('vae') && names.includes(CONFIG);
  const file = isOwn ? files.join(folder, CONFIG) : files.join(folder, 'vae', CONFIG);
  const settings = isOwn ? await readSettings(files, file, refuse) : await readPart(files, folder, 'vae', names);
  // The family decides what a VAE is scaled by if its settings do not say: as for SD 1.x and 2.x.
  const vae = vaeConfigOf(file, settings, 'sd1', refuse);
  const misfit = findVaeMisfit(vae);
  if (misfit !== undefined) throw misfitError(files, folder, misfit, file);
  return { vae, settings: { ...vaeJson(vae), ...settings } };
}

const refuse: Refuse = (file, reason, field) =>
  modelError(file, reason, field === undefined ? 'Correct this file' : `Change "${field}" in this file`);

function misfitError(
  files: Files,
  folder: string,
  { part, fields, reason }: Misfit,
  file = files.join(folder, part, CONFIG),
): UserError {
  const places = fields.map((field) => {
    const [inside = '', name = ''] = field.split('/');
    return `"${name}"${inside === part ? '' : ` in ${inside}/${CONFIG}`}`;
  });
  return modelError(file, reason, `Change ${places.join(' or ')}`);
}

const modelError = (file: string, reason: string, fix: string): UserError =>
  new UserError({
    code: 'model/config',
    what: `This network cannot be built: ${reason}`,
    where: file,
    fix: `${fix}; the weights are made anew, so nothing else depends on it.`,
  });

async function partNames(files: Files, folder: string): Promise<readonly string[]> {
  if ((await files.status(folder))?.kind === 'folder') return (await files.list(folder)).map(({ name }) => name);
  throw missingError(folder, 'There is no such folder with the settings of a model to be trained from scratch');
}

async function readPart(files: Files, folder: string, part: PartName, names: readonly string[]): Promise<JsonObject> {
  const file = files.join(folder, part, CONFIG);
  const isThere = names.includes(part) && (await files.status(file))?.kind === 'file';
  if (!isThere) throw missingError(folder, `The settings of the model to be trained lack ${part}/${CONFIG}`);
  return readSettings(files, file, refuse);
}

const missingError = (folder: string, what: string): UserError =>
  new UserError({
    code: 'model/config',
    what,
    where: folder,
    fix: `Give a folder that holds unet/${CONFIG}, text_encoder/${CONFIG} and vae/${CONFIG}, as in a diffusers model; with the setting "vae", the last is not needed.`,
  });

async function readScheduler(files: Files, folder: string): Promise<SchedulerConfig> {
  const file = files.join(folder, 'scheduler', 'scheduler_config.json');
  if ((await files.status(file))?.kind === 'file') {
    return readSchedulerConfig(file, await readSettings(files, file, refuse));
  }
  return { noiseSchedule: STABLE_DIFFUSION, predictionType: 'epsilon' };
}
