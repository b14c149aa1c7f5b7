/**
 * A checkpoint as the files of a diffusers folder, for `Files.writeFolder`. The reverse of diffusers.ts.
 */
import { must } from '../../base/errors.ts';
import type { Chunks, FolderContents } from '../../base/ports.ts';
import type { Family } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import { streamSafetensors, type StreamedTensor } from '../safetensors/write.ts';
import { textEncoderWeights, unetWeights, vaeWeights } from './expected-weights.ts';
import { modelIndexJson, type FolderSettings } from './folder-configs.ts';
import { canonicalTensors, type TensorOptions } from './network-tensors.ts';
import { TEXT_ENCODER_PARTS, type Networks } from './networks.ts';
import { schedulerConfigJson, type SchedulerConfig } from './scheduler-config.ts';

export const MODEL_STEM = 'diffusion_pytorch_model';
export const ENCODER_STEM = 'model';

export interface FolderToWrite extends TensorOptions {
  readonly family: Family;
  readonly networks: Networks;
  readonly settings: FolderSettings;
  readonly scheduler: SchedulerConfig;
  readonly metadata: Readonly<Record<string, string>>;
  /** More files, by their names in the folder. */
  readonly more?: FolderContents;
}

export function folderContents(folder: FolderToWrite): FolderContents {
  const { family, networks, settings, more = [] } = folder;
  const contents = new Map<string, Chunks>();
  const add = (part: string, stem: string, json: JsonObject, tensors: readonly StreamedTensor[]): void => {
    for (const [name, chunks] of partContents(stem, json, tensors, folder.metadata)) {
      contents.set(`${part}/${name}`, chunks);
    }
  };
  add('unet', MODEL_STEM, settings.unet, canonicalTensors('unet', unetWeights(networks.unet), folder));
  add('vae', MODEL_STEM, settings.vae, canonicalTensors('vae', vaeWeights(networks.vae), folder));
  for (const [index, config] of networks.textEncoders.entries()) {
    const part = must(TEXT_ENCODER_PARTS[index], 'a text encoder');
    const json = must(settings.textEncoders[index], part);
    add(part, ENCODER_STEM, json, canonicalTensors(part, textEncoderWeights(config), folder));
  }
  const scheduler = schedulerConfigJson(folder.scheduler);
  contents.set('scheduler/scheduler_config.json', jsonBytes(scheduler));
  for (const [name, chunks] of more) contents.set(name, chunks);
  contents.set('model_index.json', jsonBytes(modelIndexJson(family, String(scheduler['_class_name']))));
  return contents;
}

/** The folder of one network. */
export const partContents = (
  stem: string,
  json: JsonObject,
  tensors: readonly StreamedTensor[],
  metadata: Readonly<Record<string, string>>,
): FolderContents =>
  new Map<string, Chunks>([
    ['config.json', jsonBytes(json)],
    [`${stem}.safetensors`, streamSafetensors(tensors, { format: 'pt', ...metadata })],
  ]);

export const jsonBytes = (json: JsonObject): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(json, undefined, 2)}\n`);
