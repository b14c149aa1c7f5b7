/**
 * Opens a diffusers folder: model_index.json, and a folder with config.json and weights per part.
 */
import type { Files } from '../../base/ports.ts';
import { kindNamed } from '../kind.ts';
import { FAMILY_TITLES, type Family, type TextEncoderConfig } from '../configs.ts';
import { readSettings, sideOf, textEncoderConfigOf, unetConfigOf, vaeConfigOf } from './diffusers-config.ts';
import { textEncoderWeights, unetWeights, vaeWeights } from './expected-weights.ts';
import { checkFit, isInpainting, kindError } from './fit.ts';
import { ENCODER_STEM, MODEL_STEM } from './folder-contents.ts';
import { clipSources, vaeSources, type SourcesOf } from './ldm-names.ts';
import { matchWeights, type Match, type Tensors } from './match.ts';
import { checkMatches } from './mismatch.ts';
import { folderError, openPartFolder, type PartFolder } from './part-folder.ts';
import { readSchedulerConfig, STABLE_DIFFUSION } from './scheduler-config.ts';
import { openVae } from './separate-vae.ts';
import { storedDTypes } from './stored-dtypes.ts';
import type { Checkpoint, Part } from './types.ts';

/** @throws {UserError} */
export async function openFolder(files: Files, path: string, vaePath?: string): Promise<Checkpoint> {
  const parts = (await files.list(path)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  if (!parts.includes('unet')) throw await notDiffusers(files, path);
  const need = (part: string): string => {
    if (parts.includes(part)) return files.join(path, part);
    throw folderError(path, `The diffusers folder has no "${part}" inside`, 'Get the complete folder of the model.');
  };
  const unet = await openPartFolder(files, need('unet'), MODEL_STEM);
  const encoders = await openEncoders(files, path, need, parts.includes('text_encoder_2'));
  const family = familyOf(encoders.map(({ config }) => config));
  const unetConfig = unetConfigOf(files.join(path, 'unet'), unet.json);
  if (isInpainting(unetConfig)) throw kindError(path, kindNamed('inpainting'));
  const opened: Opened[] = [
    matchPart('unet', unet.tensors, unetWeights(unetConfig), (name) => [{ name }]),
    ...encoders.map(({ name, part, config }) =>
      matchPart(name, part.tensors, textEncoderWeights(config), clipSources('')),
    ),
  ];
  const vae = vaePath === undefined ? await openOwnVae(files, need('vae'), family) : undefined;
  if (vae !== undefined) opened.push(vae.opened);
  checkMatches({
    path,
    wanted: `${FAMILY_TITLES[family]} checkpoint`,
    guess: kindNamed(family),
    matches: opened.map(({ match }) => match),
    extra: opened.flatMap(({ extra }) => extra),
  });
  const vaePart = vae?.part ?? (await openVae(files, vaePath ?? '', family));
  checkFit(
    path,
    unetConfig,
    vaePart.config,
    encoders.map(({ config }) => config),
  );
  return assemble({ files, path, family, unetConfig, side: sideOf(unet.json), encoders, opened, vaePart, vaePath });
}

interface Encoder {
  readonly name: string;
  readonly part: PartFolder;
  readonly config: TextEncoderConfig;
}

async function openEncoders(
  files: Files,
  path: string,
  need: (part: string) => string,
  two: boolean,
): Promise<Encoder[]> {
  const encoders: Encoder[] = [];
  for (const name of two ? ['text_encoder', 'text_encoder_2'] : ['text_encoder']) {
    const part = await openPartFolder(files, need(name), ENCODER_STEM);
    const config = textEncoderConfigOf(files.join(path, name), part.json, part.tensors.has('text_projection.weight'));
    encoders.push({ name, part, config });
  }
  return encoders;
}

/** Two encoders: SDXL. One: the activation tells OpenAI's CLIP (quick_gelu) from OpenCLIP (gelu). */
export function familyOf(encoders: readonly TextEncoderConfig[]): Family {
  if (encoders.length === 2) return 'sdxl';
  return encoders[0]?.hiddenAct === 'gelu' ? 'sd2' : 'sd1';
}

interface Opened {
  readonly match: Match;
  readonly extra: readonly string[];
}

/** Names in errors are `<part>/<weight>`, since several files are in play. */
function matchPart(
  name: string,
  tensors: Tensors,
  expected: Parameters<typeof matchWeights>[0],
  sourcesOf: SourcesOf,
): Opened {
  const match = matchWeights(expected, sourcesOf, tensors);
  const label = (weight: string): string => `${name}/${weight}`;
  const extra = [...tensors.keys()].filter(
    (key) => !match.used.has(key) && !/(^|\.)(position_ids|logit_scale)$/.test(key),
  );
  return {
    match: {
      ...match,
      missing: match.missing.map(label),
      wrongShapes: match.wrongShapes.map((wrong) => ({ ...wrong, name: label(wrong.name) })),
    },
    extra: extra.map(label),
  };
}

async function openOwnVae(
  files: Files,
  folder: string,
  family: Family,
): Promise<{ readonly opened: Opened; readonly part: Checkpoint['vae'] }> {
  const { json, tensors } = await openPartFolder(files, folder, MODEL_STEM);
  const config = vaeConfigOf(folder, json, family);
  // The single-file names come first in the list of spellings, but a missing weight should be named as diffusers names it.
  const sources: SourcesOf = (canonical) => vaeSources(config, '')(canonical).toReversed();
  const opened = matchPart('vae', tensors, vaeWeights(config), sources);
  return { opened, part: { config, weights: opened.match.weights } };
}

interface Pieces {
  readonly files: Files;
  readonly path: string;
  readonly family: Family;
  readonly unetConfig: Checkpoint['unet']['config'];
  readonly side: number | undefined;
  readonly encoders: readonly Encoder[];
  readonly opened: readonly Opened[];
  readonly vaePart: Checkpoint['vae'];
  readonly vaePath: string | undefined;
}

async function assemble(pieces: Pieces): Promise<Checkpoint> {
  const { files, path, family, side, encoders, opened, vaePart, vaePath } = pieces;
  const weightsOf = (index: number): Part<unknown>['weights'] => opened[index]?.match.weights ?? new Map();
  const textEncoders = encoders.map(({ config }, index) => ({ config, weights: weightsOf(index + 1) }));
  return {
    family,
    layout: 'diffusers',
    path,
    unet: { config: pieces.unetConfig, weights: weightsOf(0) },
    vae: vaePart,
    textEncoders,
    dtypes: storedDTypes([weightsOf(0), vaePart.weights, ...textEncoders.map(({ weights }) => weights)]),
    ...(await readScheduler(files, path)),
    ...(side !== undefined && { side }),
    ...(vaePath !== undefined && { vaePath }),
  };
}

/** Without a scheduler nothing is known. */
async function readScheduler(
  files: Files,
  path: string,
): Promise<Pick<Checkpoint, 'predictionType' | 'noiseSchedule'>> {
  const file = files.join(path, 'scheduler', 'scheduler_config.json');
  if ((await files.status(file))?.kind !== 'file') return { noiseSchedule: STABLE_DIFFUSION };
  return readSchedulerConfig(file, await readSettings(files, file));
}

async function notDiffusers(files: Files, path: string): Promise<Error> {
  const inside = (await files.list(path)).filter(({ name }) => name.endsWith('.safetensors')).map(({ name }) => name);
  const fix =
    inside.length === 0
      ? 'Choose a .safetensors file, or a folder that has "unet", "vae" and "text_encoder" inside.'
      : `Choose one of the files inside: ${inside.slice(0, 5).join(', ')}.`;
  return folderError(path, 'This folder is not a model in the diffusers layout', fix);
}
