/**
 * Writes a checkpoint: the trained weights, and the source's own where nothing was trained, in either layout. Weights
 * stream from the user's files; what is written appears whole or not at all.
 */
import type { FloatDType } from '../../base/dtype.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import type { Family, VaeConfig } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import { streamSafetensors, type StreamedTensor } from '../safetensors/write.ts';
import { readSettings } from './diffusers-config.ts';
import { vaeWeights } from './expected-weights.ts';
import { settingsOf, vaeJson, type FolderSettings } from './folder-configs.ts';
import { folderContents, MODEL_STEM, partContents } from './folder-contents.ts';
import { checkSingleFile, checkSingleVae } from './layout.ts';
import { canonicalTensors, ldmVaeTensors, singleFileTensors, type WeightValues } from './network-tensors.ts';
import { networksIn, partsIn, TEXT_ENCODER_PARTS, type PartName } from './networks.ts';
import { SCHEDULER_METADATA, schedulerConfigJson, type SchedulerConfig } from './scheduler-config.ts';
import { storedWeights } from './stored-values.ts';
import { checkFileTarget, checkFolderTarget } from './target.ts';
import { tokenizerContents } from './tokenizer-files.ts';
import type { Checkpoint, Layout } from './types.ts';

export interface CheckpointToWrite {
  readonly source: Checkpoint;
  /** By name with part (`unet/conv_in.weight`), row-major in the network's shape; undefined: as in the source. */
  readonly trained: (name: string) => Float32Array | undefined;
  readonly layout: Layout;
  readonly dtype: FloatDType;
  /** The noise schedule that the networks know now. */
  readonly scheduler: SchedulerConfig;
  /** Of each safetensors file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** `vocab.json` and `merges.txt`, which diffusers wants in a folder; without them, those of a source that is a folder. */
  readonly tokenizerFiles?: ReadonlyMap<string, Uint8Array>;
}

/**
 * @param path  of the file (layout `ldm`) or of the folder (layout `diffusers`); the folder around it is made. A file, or
 *              a folder with a model inside, of that name is replaced.
 * @throws {UserError} as `checkTarget`, and `file/*`; what was there before is then still there
 */
export async function writeCheckpoint(files: Files, path: string, checkpoint: CheckpointToWrite): Promise<void> {
  const { source, trained, layout, dtype, scheduler, metadata = {} } = checkpoint;
  await checkTarget(files, path, checkpoint);
  const networks = networksIn(source);
  const stored = storedWeights(files, partsIn(source));
  const values: WeightValues = (name) => {
    const own = trained(name);
    return own === undefined ? stored(name) : [own];
  };
  const options = { dtype, values };
  await files.makeFolder(files.folderOf(files.resolve(path)));
  if (layout === 'ldm') {
    const tensors = [...singleFileTensors(source.family, networks, options), ...marks(scheduler)];
    return files.write(path, streamSafetensors(tensors, { ...told(scheduler), ...metadata }));
  }
  const folder = {
    ...options,
    family: source.family,
    networks,
    settings: await settingsFor(files, source),
    scheduler,
    metadata,
    more: await tokenizerContents(files, source, checkpoint.tokenizerFiles),
  };
  return files.writeFolder(path, folderContents(folder));
}

/**
 * Whether `writeCheckpoint` would write to `path`; to be asked before hours of training.
 *
 * @throws {UserError} `checkpoint/layout` if a single file cannot tell all about these networks;
 *                     `checkpoint/overwrites-source`; `checkpoint/target-taken`
 */
export async function checkTarget(
  files: Files,
  path: string,
  { source, layout }: Pick<CheckpointToWrite, 'source' | 'layout'>,
): Promise<void> {
  const weightFiles = [...partsIn(source).values()].flatMap((weights) => [...weights.values()].map(({ file }) => file));
  const own = source.vaePath === undefined ? [source.path] : [source.path, source.vaePath];
  const madeFrom = { sources: [...own, ...new Set(weightFiles)], closed: own };
  if (layout === 'diffusers') return checkFolderTarget(files, path, madeFrom);
  await checkFileTarget(files, path, madeFrom);
  checkSingleFile(path, source.family, networksIn(source));
}

export interface VaeToWrite {
  readonly config: VaeConfig;
  /** By name with part: `vae/quant_conv.weight`. */
  readonly weights: (name: string) => Float32Array;
  readonly layout: Layout;
  readonly dtype: FloatDType;
  /** A single file does not tell the scale of its latents: it is the family's. */
  readonly family: Family;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A VAE alone, as the job's setting `vae` takes it: a folder with config.json, or a single file.
 * @throws {UserError} as `checkVaeTarget`, and `file/*`
 */
export async function writeVae(files: Files, path: string, vae: VaeToWrite): Promise<void> {
  const { config, weights, layout, dtype, metadata = {} } = vae;
  await checkVaeTarget(files, path, vae);
  const options = { dtype, values: (name: string) => [weights(name)] };
  await files.makeFolder(files.folderOf(files.resolve(path)));
  if (layout === 'ldm') {
    return files.write(path, streamSafetensors(ldmVaeTensors(config, '', options), { format: 'pt', ...metadata }));
  }
  const tensors = canonicalTensors('vae', vaeWeights(config), options);
  return files.writeFolder(path, partContents(MODEL_STEM, vaeJson(config), tensors, metadata));
}

/**
 * Whether `writeVae` would write to `path`; to be asked before hours of training.
 *
 * @throws {UserError} `checkpoint/layout` if a single file cannot tell all about this VAE; `checkpoint/target-taken`
 */
export async function checkVaeTarget(
  files: Files,
  path: string,
  { config, layout, family }: Pick<VaeToWrite, 'config' | 'layout' | 'family'>,
): Promise<void> {
  if (layout === 'diffusers') return checkFolderTarget(files, path, { sources: [] });
  await checkFileTarget(files, path, { sources: [] });
  checkSingleVae(path, family, config);
}

/** Empty tensors by whose names other programs know a model (ComfyUI, supported_models.py). */
function marks({ predictionType, noiseSchedule }: SchedulerConfig): StreamedTensor[] {
  const names = [
    ...(predictionType === 'v_prediction' ? ['v_pred'] : []),
    ...(noiseSchedule.zeroTerminalSnr ? ['ztsnr'] : []),
  ];
  return names.map((name) => ({ name, dtype: 'F32', shape: [0], data: new Float32Array(0) }));
}

const told = (scheduler: SchedulerConfig): Record<string, string> => ({
  format: 'pt',
  [SCHEDULER_METADATA]: JSON.stringify(schedulerConfigJson(scheduler)),
});

/** Sides of the latents that a family was trained for: what diffusers draws when no size is asked for. */
const SAMPLE_SIZES: Readonly<Record<Family, number>> = { sd1: 64, sd2: 96, sdxl: 128 };

/** The config.json files. Those of a source that is a folder may say more than we read: that stays. */
async function settingsFor(files: Files, source: Checkpoint): Promise<FolderSettings> {
  const { layout, path, family, vaePath } = source;
  const made = settingsOf(networksIn(source));
  if (layout === 'ldm') return { ...made, unet: { ...made.unet, sample_size: SAMPLE_SIZES[family] } };
  const read = (part: PartName): Promise<JsonObject> => readSettings(files, files.join(path, part, 'config.json'));
  const textEncoders: JsonObject[] = [];
  for (const [index, json] of made.textEncoders.entries()) {
    textEncoders.push({ ...json, ...(await read(must(TEXT_ENCODER_PARTS[index], 'a text encoder'))) });
  }
  return {
    unet: { ...made.unet, ...(await read('unet')) },
    vae: vaePath === undefined ? { ...made.vae, ...(await read('vae')) } : made.vae,
    textEncoders,
  };
}
