/**
 * Whether a single file can hold a network: it has no config.json, so readers guess from shapes and from the family
 * (derive-config.ts). What is written must be read as what it is.
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Family, VaeConfig } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import type { StreamedTensor } from '../safetensors/write.ts';
import {
  deriveClipConfig,
  deriveOpenClipConfig,
  deriveUNetConfig,
  deriveVaeConfig,
  shapesBelow,
} from './derive-config.ts';
import type { Shapes } from './expected-weights.ts';
import { settingsOf, vaeJson } from './folder-configs.ts';
import { LDM_PREFIXES } from './ldm-names.ts';
import { ldmVaeTensors, singleFileTensors } from './network-tensors.ts';
import { TEXT_ENCODER_PARTS, type Networks } from './networks.ts';

const NO_VALUES = { dtype: 'F32', values: () => [] } as const;
/** What a single file cannot say and no result depends on. */
const OF_NO_WEIGHT: readonly string[] = ['force_upcast'];

/** @throws {UserError} `checkpoint/layout` naming the setting that a reader would get wrong */
export function checkSingleFile(path: string, family: Family, networks: Networks): void {
  const shapes = shapesIn(singleFileTensors(family, networks, NO_VALUES));
  const found = guessed(path, () => guessNetworks(path, family, shapes));
  const [mine, theirs] = [settingsOf(networks), settingsOf(found)];
  compare(path, 'unet', mine.unet, theirs.unet);
  compare(path, 'vae', mine.vae, theirs.vae);
  for (const [index, json] of mine.textEncoders.entries()) {
    compare(path, TEXT_ENCODER_PARTS[index] ?? '', json, theirs.textEncoders[index] ?? {});
  }
}

/** @throws {UserError} as `checkSingleFile` */
export function checkSingleVae(path: string, family: Family, vae: VaeConfig): void {
  const shapes = shapesIn(ldmVaeTensors(vae, '', NO_VALUES));
  compare(path, 'vae', vaeJson(vae), vaeJson(guessed(path, () => deriveVaeConfig(path, family, shapes))));
}

const shapesIn = (tensors: readonly StreamedTensor[]): Shapes =>
  new Map(tensors.map(({ name, shape }) => [name, shape]));

function guessNetworks(path: string, family: Family, shapes: Shapes): Networks {
  const clip = (layout: keyof typeof LDM_PREFIXES.clipL) =>
    deriveClipConfig(path, family, shapesBelow(shapes, LDM_PREFIXES.clipL[layout]));
  const openClip = (layout: keyof typeof LDM_PREFIXES.openClip) =>
    deriveOpenClipConfig(path, family, shapesBelow(shapes, LDM_PREFIXES.openClip[layout]));
  const textEncoders =
    family === 'sd1' ? [clip('sd1')] : family === 'sd2' ? [openClip('sd2')] : [clip('sdxl'), openClip('sdxl')];
  const unetShapes = shapesBelow(shapes, LDM_PREFIXES.unet);
  return {
    unet: deriveUNetConfig(path, family, unetShapes, textEncoders.at(-1)?.projectionDim),
    vae: deriveVaeConfig(path, family, shapesBelow(shapes, LDM_PREFIXES.vae)),
    textEncoders,
  };
}

/** A guess that fails (a width that gives no whole number of heads) is a network that a file cannot tell either. */
function guessed<Config>(path: string, guess: () => Config): Config {
  try {
    return guess();
  } catch (error) {
    const reason = error instanceof UserError ? error.report.details?.['reason'] : undefined;
    if (typeof reason === 'string') throw layoutError(path, reason);
    throw error;
  }
}

function compare(path: string, part: string, mine: JsonObject, theirs: JsonObject): void {
  const text = (json: JsonObject, field: string): string => JSON.stringify(json[field]) ?? 'nothing';
  const field = Object.keys(mine).find(
    (name) => text(mine, name) !== text(theirs, name) && !OF_NO_WEIGHT.includes(name),
  );
  if (field === undefined) return;
  const [is, seems] = [excerpt(text(mine, field)), excerpt(text(theirs, field))];
  throw layoutError(path, `"${field}" of its ${part} is ${is}, and whoever reads the file would take it for ${seems}`);
}

const layoutError = (path: string, reason: string): UserError =>
  new UserError({
    code: 'checkpoint/layout',
    what: `This model does not go into a single file: ${reason}`,
    where: path,
    fix: 'Save it in the diffusers layout (save_model_as = "diffusers"): a folder has config.json files, which say everything.',
  });
