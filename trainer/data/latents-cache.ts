/**
 * What the VAE encoder makes of each picture, kept on disk.
 *
 * An entry is found by content: the picture's bytes, how it was resized, cut and mirrored, and the VAE. Edit the picture, change
 * the resolution or take another VAE, and the old entry is simply not found. Kept are mean and log-variance, not a sample: the
 * sample then follows from the seed of the job (docs/decisions/0010-latents-cache.md).
 *
 * On disk: one safetensors file an entry, tensors `mean` and `logvar` (f32 [C, h, w]), the key as metadata.
 */
import { assert, UserError } from '../base/errors.ts';
import type { Crop, Files, PictureSize } from '../base/ports.ts';
import { createGenerator, deriveSeed, type Generator } from '../base/random.ts';
import type { F32Tensor } from '../base/tensor.ts';
import { f32 } from '../base/tensor.ts';
import { CELL } from '../formats/configs.ts';
import { readHeader } from '../formats/safetensors/header.ts';
import { readTensor } from '../formats/safetensors/read.ts';
import { encodeSafetensors, fileChunks } from '../formats/safetensors/write.ts';
import type { Augmentation } from './augment.ts';
import type { DatasetImage } from './dataset.ts';

export interface LatentKey {
  /** SHA-256 of the picture's file, in hex. */
  readonly content: string;
  /** Size of the whole picture before cutting. */
  readonly resized: PictureSize;
  readonly crop: Crop;
  readonly flipped: boolean;
  /** SHA-256 that stands for the VAE's weights, in hex. */
  readonly vae: string;
}

/** @param content SHA-256 of the picture's file */
export function latentKey(
  content: string,
  { placement }: DatasetImage,
  { crop, flipped }: Augmentation,
  vae: string,
): LatentKey {
  return { content, resized: placement.resized, crop, flipped, vae };
}

/** The posterior of the latents, before the scale factor. Axes: C channels, h w latent rows and columns. */
export interface LatentMoments {
  /** f32 [C, h, w] */
  readonly mean: F32Tensor;
  /** f32 [C, h, w] */
  readonly logvar: F32Tensor;
}

export interface LatentsCache {
  get(key: LatentKey): Promise<LatentMoments | undefined>;
  /** @throws {UserError} `file/...` if the entry can not be written */
  put(key: LatentKey, moments: LatentMoments): Promise<void>;
}

/** Also the file name: nothing in it depends on where the picture lies or what it is called. */
function keyText({ content, resized, crop, flipped, vae }: LatentKey): string {
  const cut = `${crop.width}x${crop.height}+${crop.left}+${crop.top}`;
  const parts = [content.slice(0, 40), `${resized.width}x${resized.height}`, cut, vae.slice(0, 16)];
  return [...parts, ...(flipped ? ['flipped'] : [])].join('_');
}

/** @param folder made when first written to */
export function diskLatentsCache(files: Files, folder: string): LatentsCache {
  const pathOf = (key: LatentKey): string => files.join(folder, `${keyText(key)}.safetensors`);
  return {
    get: (key) => readEntry(files, pathOf(key), key),
    async put(key, moments) {
      await files.makeFolder(folder);
      await files.write(pathOf(key), fileChunks(encodeEntry(key, moments)));
    },
  };
}

/** The full hashes, of which the file name holds only the beginnings. */
const metadataOf = (key: LatentKey): Record<string, string> => ({ content: key.content, vae: key.vae });

function encodeEntry(key: LatentKey, { mean, logvar }: LatentMoments): ReturnType<typeof encodeSafetensors> {
  return encodeSafetensors(
    [
      { name: 'logvar', dtype: 'F32', shape: logvar.shape, data: logvar.data },
      { name: 'mean', dtype: 'F32', shape: mean.shape, data: mean.data },
    ],
    metadataOf(key),
  );
}

/** A file that is broken, or not what its name says, counts as missing: it is then written anew. */
async function readEntry(files: Files, path: string, key: LatentKey): Promise<LatentMoments | undefined> {
  if ((await files.status(path))?.kind !== 'file') return undefined;
  try {
    const { metadata, tensors } = await readHeader(files, path);
    const [mean, logvar] = [tensors.get('mean'), tensors.get('logvar')];
    if (mean === undefined || logvar === undefined) return undefined;
    if (metadata['content'] !== key.content || metadata['vae'] !== key.vae) return undefined;
    const latentOfPicture = (shape: readonly number[]): boolean =>
      shape.length === 3 && shape[1] === key.crop.height / CELL && shape[2] === key.crop.width / CELL;
    if (!latentOfPicture(mean.shape) || mean.shape.join() !== logvar.shape.join()) return undefined;
    const moments = {
      mean: f32(mean.shape, await readTensor(files, mean)),
      logvar: f32(logvar.shape, await readTensor(files, logvar)),
    };
    return isFinite(moments) ? moments : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const isFinite = ({ mean, logvar }: LatentMoments): boolean =>
  mean.data.every(Number.isFinite) && logvar.data.every(Number.isFinite);

/** diffusers' bounds: beyond them the exponential overflows or vanishes. */
const MIN_LOG_VARIANCE = -30;
const MAX_LOG_VARIANCE = 20;

/**
 * The latents that a run trains on: one draw from the posterior, the same each time the picture comes up.
 *
 *     z = mean + exp(logvar / 2) · ε,   ε from stream 'latents' at an index taken from the picture's content
 *
 * @returns f32 [C, h, w], before the scale factor
 * @see diffusers, `DiagonalGaussianDistribution`
 */
export function sampleLatents(moments: LatentMoments, key: LatentKey, seed: number): F32Tensor {
  const index = Number.parseInt(key.content.slice(0, 8), 16) * 2 + (key.flipped ? 1 : 0);
  return drawLatents(moments, createGenerator(deriveSeed(seed, 'latents', index)));
}

/** One draw from the posterior: f32 [C, h, w]. */
export function drawLatents({ mean, logvar }: LatentMoments, generator: Generator): F32Tensor {
  assert(mean.data.length === logvar.data.length, 'mean and logvar differ in size');
  const noise = generator.normals(mean.data.length);
  const latents = mean.data.map((value, i) => {
    const bounded = Math.min(MAX_LOG_VARIANCE, Math.max(MIN_LOG_VARIANCE, logvar.data[i] ?? 0));
    return value + Math.exp(bounded / 2) * (noise[i] ?? 0);
  });
  return f32(mean.shape, latents);
}
