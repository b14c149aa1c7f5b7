/**
 * Writes what training from scratch starts from: a checkpoint, or a VAE, of random weights, as a diffusers folder.
 */
import type { Files } from '../../base/ports.ts';
import { elementCount } from '../../base/tensor.ts';
import { textEncoderWeights, unetWeights, vaeWeights, type Shapes } from './expected-weights.ts';
import { folderContents, MODEL_STEM, partContents } from './folder-contents.ts';
import { initialValues } from './initial-weights.ts';
import { readModelConfig, readVaeConfig } from './model-config.ts';
import { canonicalTensors, type WeightValues } from './network-tensors.ts';
import { openVae } from './separate-vae.ts';
import { storedWeights } from './stored-values.ts';
import { checkFolderTarget } from './target.ts';
import type { Checkpoint } from './types.ts';

export interface InitialVae {
  /** Holds config.json files in the layout of diffusers, and no weights. */
  readonly configFolder: string;
  readonly seed: number;
  /** Hears how many bytes there will be, before the first is written; where it throws, none is. */
  readonly claim?: (bytes: number) => Promise<void>;
}

export interface InitialCheckpoint extends InitialVae {
  /** File or folder of a VAE that is copied; without one it is made of random weights too. */
  readonly vae?: string;
}

/**
 * @param path  of the folder; the one around it is made. An older checkpoint of that name is replaced.
 * @throws {UserError} `model/config`, `checkpoint/target-taken`, `checkpoint/overwrites-source`, `file/*`; what `claim` throws
 */
export async function writeInitialCheckpoint(
  files: Files,
  path: string,
  { configFolder, vae: vaePath, seed, claim }: InitialCheckpoint,
): Promise<void> {
  const folder = files.resolve(configFolder);
  const closed = vaePath === undefined ? [] : [files.resolve(vaePath)];
  await checkFolderTarget(files, path, { sources: [folder, ...closed], closed });
  let vae: Checkpoint['vae'] | undefined;
  const config = await readModelConfig(
    files,
    folder,
    vaePath === undefined
      ? undefined
      : async (family) => (vae = await openVae(files, files.resolve(vaePath), family)).config,
  );
  const made = initialValues(seed, config.networks);
  const copied = vae === undefined ? undefined : storedWeights(files, new Map([['vae', vae.weights]]));
  const values: WeightValues = (name, shape) =>
    copied !== undefined && name.startsWith('vae/') ? copied(name) : made(name, shape);
  const { unet, textEncoders } = config.networks;
  const shapes = [unetWeights(unet), vaeWeights(config.networks.vae), ...textEncoders.map(textEncoderWeights)];
  await claim?.(bytesOf(shapes));
  await files.makeFolder(files.folderOf(files.resolve(path)));
  await files.writeFolder(path, folderContents({ ...config, dtype: 'F32', values, metadata: {} }));
}

/** @throws {UserError} as `writeInitialCheckpoint` */
export async function writeInitialVae(
  files: Files,
  path: string,
  { configFolder, seed, claim }: InitialVae,
): Promise<void> {
  const folder = files.resolve(configFolder);
  await checkFolderTarget(files, path, { sources: [folder] });
  const { vae, settings } = await readVaeConfig(files, folder);
  const options = { dtype: 'F32', values: initialValues(seed, { vae }) } as const;
  const weights = vaeWeights(vae);
  await claim?.(bytesOf([weights]));
  const tensors = canonicalTensors('vae', weights, options);
  await files.makeFolder(files.folderOf(files.resolve(path)));
  await files.writeFolder(path, partContents(MODEL_STEM, settings, tensors, {}));
}

/** Of the weights in f32; headers and settings beside them are small. */
const bytesOf = (networks: readonly Shapes[]): number =>
  networks.flatMap((shapes) => [...shapes.values()]).reduce((bytes, shape) => bytes + 4 * elementCount(shape), 0);
