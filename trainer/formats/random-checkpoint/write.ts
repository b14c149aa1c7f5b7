/**
 * Writes a checkpoint of the true layout with random weights: for tests, measurements, and until a real base model is
 * at hand. Nothing is held in memory, so full size is fine.
 */
import type { FloatDType } from '../../base/dtype.ts';
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { textEncoderWeights, unetWeights, vaeWeights, type Shapes } from '../checkpoint/expected-weights.ts';
import type { Layout } from '../checkpoint/types.ts';
import type { Family } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import { encodeSafetensors, fileChunks } from '../safetensors/write.ts';
import { modelIndexJson, schedulerJson, textEncoderJson, unetJson, vaeJson } from './folder-configs.ts';
import { networksOf, type CheckpointSize } from './sizes.ts';
import { canonicalTensors, singleFileTensors } from './tensors.ts';

export interface CheckpointRecipe {
  readonly family: Family;
  readonly size: CheckpointSize;
  readonly layout: Layout;
  readonly dtype: FloatDType;
  readonly seed: number;
}

const METADATA = { format: 'pt' };

/** @param path  of the file (layout `ldm`) or the folder (layout `diffusers`) */
export async function writeRandomCheckpoint(files: Files, path: string, recipe: CheckpointRecipe): Promise<void> {
  if (recipe.layout === 'diffusers') return writeFolder(files, path, recipe);
  const tensors = singleFileTensors(recipe.family, networksOf(recipe.family, recipe.size), recipe);
  await files.makeFolder(files.folderOf(files.resolve(path)));
  await files.write(path, fileChunks(encodeSafetensors(tensors, METADATA)));
}

async function writeFolder(files: Files, path: string, recipe: CheckpointRecipe): Promise<void> {
  const { unet, vae, textEncoders } = networksOf(recipe.family, recipe.size);
  const writeJson = async (folder: string, name: string, json: JsonObject): Promise<void> => {
    await files.makeFolder(folder);
    await files.write(files.join(folder, name), new TextEncoder().encode(`${JSON.stringify(json, undefined, 2)}\n`));
  };
  const writePart = async (part: string, stem: string, json: JsonObject, shapes: Shapes): Promise<void> => {
    const folder = files.join(path, part);
    await writeJson(folder, 'config.json', json);
    const encoded = encodeSafetensors(canonicalTensors(part, shapes, recipe), METADATA);
    await files.write(files.join(folder, `${stem}.safetensors`), fileChunks(encoded));
  };
  await writePart('unet', 'diffusion_pytorch_model', unetJson(unet), unetWeights(unet));
  await writePart('vae', 'diffusion_pytorch_model', vaeJson(vae), vaeWeights(vae));
  for (const [index, config] of textEncoders.entries()) {
    const part = must(['text_encoder', 'text_encoder_2'][index], 'a text encoder');
    await writePart(part, 'model', textEncoderJson(config), textEncoderWeights(config));
  }
  await writeJson(files.join(path, 'scheduler'), 'scheduler_config.json', schedulerJson());
  await writeJson(path, 'model_index.json', modelIndexJson(recipe.family));
}
