/**
 * What tests of fine-tuning and of autoencoder training share: settings of a small model to start from scratch with, and
 * the weights of what a run has saved.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../../trainer/api/job/index.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { Checkpoint } from '../../trainer/formats/checkpoint/types.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { valuesOf } from '../trainer/formats/checkpoint/checkpoints-to-compare.ts';
import { smallModel } from '../trainer/formats/checkpoint/model-settings.ts';
import { NEVER_STOP, tinyJob, type Playground } from './tiny-run.ts';

const files = machineFiles();

export const QUIET = { report: () => undefined, stop: NEVER_STOP };

/** A job that starts from the settings of a small model, which it writes. */
export async function scratchJob(place: Playground, settings: Readonly<Record<string, unknown>> = {}): Promise<Job> {
  const model_config = join(place.folder, 'config');
  for (const [path, json] of Object.entries(smallModel())) {
    const file = join(model_config, path);
    await files.makeFolder(files.folderOf(file));
    await files.write(file, new TextEncoder().encode(JSON.stringify(json)));
  }
  const scratch = { method: 'finetune', pretrained_model_name_or_path: undefined, model_config };
  return tinyJob(place, { ...scratch, ...settings });
}

/** The path of what a run of that name has saved. */
export const savedAt = ({ folder }: Playground, name: string): string => join(folder, 'output', 'tiny', name);

export interface OpenedModel {
  readonly checkpoint: Checkpoint;
  /** By name with part. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

export async function openModel(path: string): Promise<OpenedModel> {
  const checkpoint = await openCheckpoint(files, path);
  return { checkpoint, values: await valuesOf(files, checkpoint) };
}

/** Parts of the names, each once. */
export const partsIn = (names: readonly string[]): readonly string[] =>
  [...new Set(names.map((name) => name.slice(0, name.indexOf('/'))))].sort();

/**
 * The SHA-256 of the named files of a run's folder, which hold the same bytes where two runs did the same. (To compare
 * millions of bytes one by one takes minutes.)
 */
export const digestsOf = (outputFolder: string, names: readonly string[]): Promise<readonly string[]> =>
  Promise.all(names.map(async (name) => digest(await readFile(join(outputFolder, 'tiny', name)))));

/** Of safetensors files, without their headers. */
export const tensorDigestsOf = (outputFolder: string, names: readonly string[]): Promise<readonly string[]> =>
  Promise.all(
    names.map(async (name) => {
      const file = await readFile(join(outputFolder, 'tiny', name));
      return digest(file.subarray(8 + Number(file.readBigUInt64LE(0))));
    }),
  );

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
