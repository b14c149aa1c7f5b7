/**
 * One part of a diffusers folder: config.json and the weights beside it, in one file or in several with an index.
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Files } from '../../base/ports.ts';
import { foreignFile } from '../foreign-files.ts';
import { isObject, type JsonObject } from '../safetensors/header-json.ts';
import { readHeader, type StoredTensor } from '../safetensors/header.ts';
import { readSettings } from './diffusers-config.ts';
import type { Shapes } from './expected-weights.ts';
import type { Tensors } from './match.ts';

export interface PartFolder {
  readonly json: JsonObject;
  readonly tensors: Tensors;
}

export const shapesOf = (tensors: Tensors): Shapes => new Map([...tensors].map(([name, { shape }]) => [name, shape]));

export const folderError = (path: string, what: string, fix: string): UserError =>
  new UserError({ code: 'checkpoint/folder', what, where: path, fix });

/**
 * @param stem  of the weights' file: `diffusion_pytorch_model`, or `model` for text encoders
 * @throws {UserError} if something is missing or broken
 */
export async function openPartFolder(files: Files, folder: string, stem: string): Promise<PartFolder> {
  const names = (await files.list(folder)).filter(({ kind }) => kind === 'file').map(({ name }) => name);
  if (!names.includes('config.json')) {
    throw folderError(
      folder,
      'The folder has no config.json',
      'Get the complete folder of the model, with every config.json.',
    );
  }
  const json = await readSettings(files, files.join(folder, 'config.json'));
  const tensors = new Map<string, StoredTensor>();
  for (const name of await weightFiles(files, folder, names, stem)) {
    const header = await readHeader(files, files.join(folder, name));
    for (const [key, tensor] of header.tensors) {
      if (tensors.has(key))
        throw folderError(folder, `Two files hold the weight "${excerpt(key)}"`, 'Get the folder again.');
      tensors.set(key, tensor);
    }
  }
  return { json, tensors };
}

/** The whole file before shards, full precision before a variant such as `fp16`. */
async function weightFiles(
  files: Files,
  folder: string,
  names: readonly string[],
  stem: string,
): Promise<readonly string[]> {
  const whole = names.filter((name) => new RegExp(`^${stem}(\\.[\\w-]+)?\\.safetensors$`).test(name));
  const plain = whole.find((name) => name === `${stem}.safetensors`);
  const indexes = names.filter((name) => new RegExp(`^${stem}\\.safetensors\\.index(\\.[\\w-]+)?\\.json$`).test(name));
  if (plain !== undefined) return [plain];
  const [index] = indexes;
  if (index !== undefined) return shards(files, folder, names, index);
  const variant = whole.find((name) => name.includes('.fp32.')) ?? whole[0];
  if (variant !== undefined) return [variant];
  const pickle = names.find((name) => /\.(bin|ckpt|pt)$/.test(name));
  const refused = pickle === undefined ? undefined : foreignFile(files.join(folder, pickle), Uint8Array.of(0));
  throw (
    refused ??
    folderError(
      folder,
      `The folder has no weights (${stem}.safetensors)`,
      'Get the complete folder, with the .safetensors files.',
    )
  );
}

async function shards(
  files: Files,
  folder: string,
  names: readonly string[],
  index: string,
): Promise<readonly string[]> {
  const map = (await readSettings(files, files.join(folder, index)))['weight_map'];
  const listed = new Set(isObject(map) ? Object.values(map) : []);
  const found = names.filter((name) => listed.has(name));
  if (found.length > 0 && found.length === listed.size) return found;
  throw folderError(
    folder,
    `The folder has ${found.length} of the ${listed.size} files that ${index} lists`,
    'Get the complete folder.',
  );
}
