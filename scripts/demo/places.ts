/**
 * What scripts start from: the bundled model and pictures, and a folder of their own.
 */
import { existsSync } from 'node:fs';
import { must } from '../../trainer/base/errors.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { findAsset } from '../../trainer/platform/assets.ts';
import { bundledPath } from '../../trainer/platform/bundled.ts';
import { tell, terminal } from '../terminal.ts';

export const BUNDLED_MODEL = 'bundled:model';
export const DATASET = 'bundled:sample-dataset';

const RANDOM_MODEL = { family: 'sd1', size: 'tiny', layout: 'ldm', dtype: 'F32', seed: 1 } as const;

const { files } = terminal;

/** Nothing that an earlier start left is written over. */
export function freeFolder(wanted: string): string {
  let folder = wanted;
  for (let number = 2; existsSync(folder); number++) folder = `${wanted}-${number}`;
  return folder;
}

/** Until the trained model is in the repository, a copy without it makes an untrained one: all works, but pictures are noise. */
export async function modelOrUntrained(model: string, folder: string): Promise<string> {
  if (model !== BUNDLED_MODEL || findAsset('base-model') !== undefined) return model;
  const untrained = files.join(folder, 'untrained-model.safetensors');
  await files.makeFolder(folder);
  await writeRandomCheckpoint(files, untrained, RANDOM_MODEL);
  tell(
    'The base model is not in this copy ("npm run base:build" trains it). One of random numbers is taken instead:',
    'everything runs as it would, but the pictures are noise.',
  );
  return untrained;
}

/** The folder of the sample dataset that holds the pictures. */
export async function datasetFolder(): Promise<string> {
  const entries = await files.list(bundledPath(DATASET));
  const folder = must(
    entries.find(({ kind }) => kind === 'folder'),
    'the folder of pictures',
  );
  return files.join(bundledPath(DATASET), folder.name);
}

export async function datasetFiles(): Promise<readonly string[]> {
  const place = await datasetFolder();
  const names = (await files.list(place)).map(({ name }) => name).filter((name) => name.endsWith('.png'));
  return names.map((name) => files.join(place, name));
}
