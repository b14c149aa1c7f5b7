/**
 * Writes a checkpoint of the true layout with random weights: for tests, measurements, and until a real base model is
 * at hand. Nothing is held in memory, so full size is fine.
 */
import type { FloatDType } from '../../base/dtype.ts';
import type { Files } from '../../base/ports.ts';
import { settingsOf } from '../checkpoint/folder-configs.ts';
import { folderContents } from '../checkpoint/folder-contents.ts';
import type { TensorOptions } from '../checkpoint/network-tensors.ts';
import { STABLE_DIFFUSION } from '../checkpoint/scheduler-config.ts';
import type { Layout } from '../checkpoint/types.ts';
import type { Family } from '../configs.ts';
import { streamSafetensors } from '../safetensors/write.ts';
import { networksOf, type CheckpointSize } from './sizes.ts';
import { publishedTensors } from './tensors.ts';
import { randomValues } from './values.ts';

export interface CheckpointRecipe {
  readonly family: Family;
  readonly size: CheckpointSize;
  readonly layout: Layout;
  readonly dtype: FloatDType;
  readonly seed: number;
}

/** @param path  of the file (layout `ldm`) or the folder (layout `diffusers`) */
export async function writeRandomCheckpoint(files: Files, path: string, recipe: CheckpointRecipe): Promise<void> {
  const { family, size, layout, dtype, seed } = recipe;
  const networks = networksOf(family, size);
  const options: TensorOptions = { dtype, values: (name, shape) => randomValues(seed, name, shape) };
  await files.makeFolder(files.folderOf(files.resolve(path)));
  if (layout === 'ldm') {
    return files.write(path, streamSafetensors(publishedTensors(family, networks, options), { format: 'pt' }));
  }
  const scheduler = { noiseSchedule: STABLE_DIFFUSION, predictionType: 'epsilon' } as const;
  const folder = { ...options, family, networks, settings: settingsOf(networks), scheduler, metadata: {} };
  return files.writeFolder(path, folderContents(folder));
}
