/**
 * Tells what a model file or folder is, without loading it: kind, family, number types, sizes, a LoRA's ranks, metadata,
 * hashes. A checkpoint that is incomplete is still told about, with the reason why it cannot be used.
 */
import { UserError, type ErrorReport } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { elementCount, type StoredDType } from '../base/tensor.ts';
import { openFolder } from './checkpoint/diffusers.ts';
import { openSingleFile } from './checkpoint/ldm.ts';
import type { NoiseScheduleSettings } from './checkpoint/scheduler-config.ts';
import { storedDTypes } from './checkpoint/stored-dtypes.ts';
import type { Checkpoint, Layout, PredictionType, Weights } from './checkpoint/types.ts';
import { FAMILY_TITLES, type Family } from './configs.ts';
import { guessKind, type KindName } from './kind.ts';
import { legacyHash } from './lora/hashes.ts';
import type { LoraPart } from './lora/names.ts';
import { loraOf, type LoraFile } from './lora/read.ts';
import { readHeader, type SafetensorsHeader } from './safetensors/header.ts';

export interface InspectReport {
  /** Absolute. */
  readonly path: string;
  readonly kind: KindName;
  /** "an SDXL checkpoint" */
  readonly title: string;
  readonly family?: Family;
  readonly layout?: Layout;
  readonly predictionType?: PredictionType;
  readonly noiseSchedule?: NoiseScheduleSettings;
  /** Most bytes first. */
  readonly dtypes: readonly StoredDType[];
  /** Bytes: of the file, or of all weights of a folder. */
  readonly size: number;
  readonly tensors: number;
  /** Numbers in all tensors. */
  readonly parameters: number;
  readonly parts?: readonly PartReport[];
  readonly lora?: LoraReport;
  readonly metadata: Readonly<Record<string, string>>;
  readonly hashes?: FileHashes;
  /** Why it cannot be used although its kind is known. */
  readonly problem?: ErrorReport;
}

export interface PartReport {
  readonly name: 'unet' | 'vae' | 'text_encoder' | 'text_encoder_2';
  readonly dtypes: readonly StoredDType[];
  readonly tensors: number;
  readonly parameters: number;
}

export interface LoraReport {
  readonly naming: LoraFile['naming'];
  readonly modules: Readonly<Partial<Record<LoraPart, number>>>;
  /** Modules with a kernel larger than 1x1. */
  readonly convolutions: number;
  /** Each pair that occurs, the most frequent first. */
  readonly sizes: readonly { readonly rank: number; readonly alpha: number; readonly modules: number }[];
}

export interface FileHashes {
  /** Of the whole file; its first ten digits are what A1111 shows. */
  readonly sha256: string;
  /** Of the tensors alone (`sshs_model_hash`), for LoRAs. */
  readonly tensors?: string;
  /** The old short hash of A1111. */
  readonly legacy: string;
}

export interface InspectOptions {
  /** Reads the whole file: seconds for a large one. */
  readonly hashes: boolean;
}

/** @throws {UserError} if it is no model file, or a damaged one */
export async function inspectFile(files: Files, path: string, options: InspectOptions): Promise<InspectReport> {
  const absolute = files.resolve(path);
  if ((await files.status(absolute))?.kind === 'folder') return inspectFolder(await openFolder(files, absolute));
  const header = await readHeader(files, absolute);
  const kind = guessKind(header);
  const tensors = [...header.tensors.values()];
  return {
    path: absolute,
    kind: kind.name,
    title: kind.title,
    dtypes: storedDTypes([header.tensors]),
    size: header.fileSize,
    tensors: tensors.length,
    parameters: tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    metadata: header.metadata,
    ...(await opened(files, header, kind.name)),
    ...(options.hashes && { hashes: await hashesOf(files, header, kind.name === 'lora' || kind.name === 'lycoris') }),
  };
}

type Opened = Partial<
  Pick<
    InspectReport,
    'family' | 'layout' | 'predictionType' | 'noiseSchedule' | 'dtypes' | 'parts' | 'lora' | 'problem'
  >
>;

async function opened(files: Files, header: SafetensorsHeader, kind: KindName): Promise<Opened> {
  try {
    if (kind === 'lora') {
      const lora = await loraOf(files, header);
      return { ...(lora.family && { family: lora.family }), dtypes: lora.dtypes, lora: loraReport(lora) };
    }
    if (kind === 'sd1' || kind === 'sd2' || kind === 'sdxl')
      return checkpointReport(await openSingleFile(files, header));
    return {};
  } catch (error) {
    if (error instanceof UserError) return { problem: error.report };
    throw error;
  }
}

function inspectFolder(checkpoint: Checkpoint): InspectReport {
  const parts = partReports(checkpoint);
  const total = (count: (part: PartReport) => number): number => parts.reduce((sum, part) => sum + count(part), 0);
  return {
    path: checkpoint.path,
    kind: checkpoint.family,
    title: `an ${FAMILY_TITLES[checkpoint.family]} checkpoint`,
    dtypes: checkpoint.dtypes,
    size: weightsOf(checkpoint).reduce((sum, [, weights]) => sum + bytesOf(weights), 0),
    tensors: total(({ tensors }) => tensors),
    parameters: total(({ parameters }) => parameters),
    metadata: {},
    ...checkpointReport(checkpoint),
  };
}

const checkpointReport = (checkpoint: Checkpoint): Opened => ({
  family: checkpoint.family,
  layout: checkpoint.layout,
  dtypes: checkpoint.dtypes,
  ...(checkpoint.predictionType && { predictionType: checkpoint.predictionType }),
  noiseSchedule: checkpoint.noiseSchedule,
  parts: partReports(checkpoint),
});

const weightsOf = ({ unet, vae, textEncoders }: Checkpoint): (readonly [PartReport['name'], Weights])[] => [
  ['unet', unet.weights],
  ['vae', vae.weights],
  ...textEncoders.map(({ weights }, index) => [index === 0 ? 'text_encoder' : 'text_encoder_2', weights] as const),
];

const bytesOf = (weights: Weights): number =>
  [...weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);

const partReports = (checkpoint: Checkpoint): PartReport[] =>
  weightsOf(checkpoint).map(([name, weights]) => ({
    name,
    dtypes: storedDTypes([weights]),
    tensors: weights.size,
    parameters: [...weights.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0),
  }));

function loraReport({ naming, modules }: LoraFile): LoraReport {
  const parts: Partial<Record<LoraPart, number>> = {};
  const sizes = new Map<string, LoraReport['sizes'][number]>();
  let convolutions = 0;
  for (const { part, rank, alpha, down } of modules.values()) {
    parts[part] = (parts[part] ?? 0) + 1;
    const key = `${rank}/${alpha}`;
    sizes.set(key, { rank, alpha, modules: (sizes.get(key)?.modules ?? 0) + 1 });
    if ((down.shape[2] ?? 1) > 1) convolutions++;
  }
  return { naming, modules: parts, convolutions, sizes: [...sizes.values()].sort((a, b) => b.modules - a.modules) };
}

const hashesOf = async (
  files: Files,
  { file, dataOffset }: SafetensorsHeader,
  ofTensors: boolean,
): Promise<FileHashes> => ({
  sha256: await files.sha256(file),
  ...(ofTensors && { tensors: await files.sha256(file, dataOffset) }),
  legacy: await legacyHash(files, file),
});
