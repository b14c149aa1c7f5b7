/**
 * Opens a single file in the layout of CompVis and Stability.
 */
import type { Files } from '../../base/ports.ts';
import { FAMILY_TITLES, type Family, type TextEncoderConfig } from '../configs.ts';
import { guessKind } from '../kind.ts';
import type { SafetensorsHeader } from '../safetensors/header.ts';
import { deriveClipConfig, deriveOpenClipConfig, deriveUNetConfig, shapesBelow } from './derive-config.ts';
import { textEncoderWeights, unetWeights } from './expected-weights.ts';
import { checkFit, kindError } from './fit.ts';
import { clipSources, LDM_PREFIXES, ldmUNetSources, openClipSources } from './ldm-names.ts';
import { matchWeights, type Match } from './match.ts';
import { checkMatches } from './mismatch.ts';
import { shapesOf } from './part-folder.ts';
import { readSchedulerMetadata, SCHEDULER_METADATA, STABLE_DIFFUSION } from './scheduler-config.ts';
import { matchVae, openVae, type VaeMatch } from './separate-vae.ts';
import { storedDTypes } from './stored-dtypes.ts';
import type { Checkpoint, PredictionType } from './types.ts';

interface EncoderMatch {
  readonly config: TextEncoderConfig;
  readonly match: Match;
}

/** @throws {UserError} */
export async function openSingleFile(files: Files, header: SafetensorsHeader, vaePath?: string): Promise<Checkpoint> {
  const { file: path, tensors } = header;
  const kind = guessKind(header);
  if (kind.name !== 'sd1' && kind.name !== 'sd2' && kind.name !== 'sdxl') throw kindError(path, kind);
  const family = kind.name;
  const shapes = shapesOf(tensors);
  const encoders = matchTextEncoders(header, family);
  const unetShapes = shapesBelow(shapes, LDM_PREFIXES.unet);
  const unetConfig = deriveUNetConfig(path, family, unetShapes, encoders.at(-1)?.config.projectionDim);
  const unet = matchWeights(unetWeights(unetConfig), ldmUNetSources(unetConfig), tensors);
  const ownVae = vaePath === undefined ? matchOwnVae(header, family) : undefined;
  const matches = [unet, ...(ownVae ? [ownVae.match] : []), ...encoders.map(({ match }) => match)];
  checkMatches({
    path,
    wanted: `${FAMILY_TITLES[family]} checkpoint`,
    guess: kind,
    matches,
    extra: leftOver(
      header,
      matches,
      encoders.map(({ config }) => config),
      vaePath !== undefined,
    ),
  });
  const vae = ownVae
    ? { config: ownVae.config, weights: ownVae.match.weights }
    : await openVae(files, vaePath ?? '', family);
  checkFit(
    path,
    unetConfig,
    vae.config,
    encoders.map(({ config }) => config),
  );
  const textEncoders = encoders.map(({ config, match }) => ({ config, weights: match.weights }));
  return {
    family,
    layout: 'ldm',
    path,
    unet: { config: unetConfig, weights: unet.weights },
    vae,
    textEncoders,
    dtypes: storedDTypes([unet.weights, vae.weights, ...textEncoders.map(({ weights }) => weights)]),
    ...training(header),
    ...(vaePath !== undefined && { vaePath }),
  };
}

function matchTextEncoders(header: SafetensorsHeader, family: Family): EncoderMatch[] {
  const { file, tensors } = header;
  const shapes = shapesOf(tensors);
  const clip = (prefix: string): EncoderMatch => {
    const config = deriveClipConfig(file, family, shapesBelow(shapes, prefix));
    return { config, match: matchWeights(textEncoderWeights(config), clipSources(prefix), tensors) };
  };
  const openClip = (prefix: string): EncoderMatch => {
    const config = deriveOpenClipConfig(file, family, shapesBelow(shapes, prefix));
    return { config, match: matchWeights(textEncoderWeights(config), openClipSources(prefix), tensors) };
  };
  switch (family) {
    case 'sd1':
      return [clip(LDM_PREFIXES.clipL.sd1)];
    case 'sd2':
      return [openClip(LDM_PREFIXES.openClip.sd2)];
    case 'sdxl':
      return [clip(LDM_PREFIXES.clipL.sdxl), openClip(LDM_PREFIXES.openClip.sdxl)];
  }
}

function matchOwnVae(header: SafetensorsHeader, family: Family): VaeMatch {
  if ([...header.tensors.keys()].some((name) => name.startsWith(LDM_PREFIXES.vae))) {
    return matchVae(header.file, family, header.tensors);
  }
  throw kindError(header.file, {
    name: family,
    title: `an ${FAMILY_TITLES[family]} checkpoint without a VAE`,
    advice: 'Give a VAE file in the setting "vae", or choose a checkpoint with the VAE inside.',
  });
}

/** Data that is no weight of the networks we build, wherever it lies. */
const NO_WEIGHT: readonly RegExp[] = [
  /^model_ema\./,
  /^denoiser\./,
  /(^|\.)(position_ids|logit_scale|attn_mask)$/,
  /^first_stage_model\.loss\./,
  /^cond_stage_model\.transformer\.(vision_model\.|visual_projection\.|text_projection\.)/,
  /\.model\.visual\./,
];

/** Names that no network took. Outside the networks, what is not at least a matrix is a schedule or a setting. */
function leftOver(
  { tensors }: SafetensorsHeader,
  matches: readonly Match[],
  encoders: readonly TextEncoderConfig[],
  vaeReplaced: boolean,
): string[] {
  const prefixes: readonly string[] = [LDM_PREFIXES.unet, LDM_PREFIXES.vae, 'cond_stage_model.', 'conditioner.'];
  // SD 2.x: the last layer of the text encoder and its projection are in the file, but were never used in training.
  const unused = `${LDM_PREFIXES.openClip.sd2}transformer.resblocks.${encoders[0]?.numHiddenLayers}.`;
  const isIgnored = (name: string): boolean =>
    NO_WEIGHT.some((pattern) => pattern.test(name)) ||
    name.startsWith(unused) ||
    name === `${LDM_PREFIXES.openClip.sd2}text_projection` ||
    (vaeReplaced && name.startsWith(LDM_PREFIXES.vae));
  return [...tensors]
    .filter(([name, { shape }]) => prefixes.some((prefix) => name.startsWith(prefix)) || shape.length >= 2)
    .map(([name]) => name)
    .filter((name) => !matches.some(({ used }) => used.has(name)) && !isIgnored(name));
}

/** `modelspec.prediction_type`. A map, because a file may say "constructor". */
const PREDICTIONS: ReadonlyMap<string, PredictionType> = new Map([
  ['v', 'v_prediction'],
  ['epsilon', 'epsilon'],
]);

/**
 * What the file says about its training: metadata of our own, else the marker tensors `v_pred` and `ztsnr` (ComfyUI writes
 * them), or the `modelspec.*` metadata (Stability-AI/ModelSpec).
 */
function training({
  file,
  tensors,
  metadata,
}: SafetensorsHeader): Pick<Checkpoint, 'predictionType' | 'noiseSchedule'> {
  const own = metadata[SCHEDULER_METADATA];
  if (own !== undefined) return readSchedulerMetadata(file, own);
  const told = metadata['modelspec.prediction_type'] ?? '';
  const predictionType = tensors.has('v_pred') ? 'v_prediction' : PREDICTIONS.get(told);
  return {
    ...(predictionType !== undefined && { predictionType }),
    noiseSchedule: { ...STABLE_DIFFUSION, zeroTerminalSnr: tensors.has('ztsnr') },
  };
}
