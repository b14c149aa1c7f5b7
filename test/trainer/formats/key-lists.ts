/**
 * The published checkpoints as lists of names and shapes (test/golden/data), and files that have such a header and no data.
 */
import { readFileSync } from 'node:fs';
import { BYTES_PER_ELEMENT } from '../../../trainer/base/dtype.ts';
import { must } from '../../../trainer/base/errors.ts';
import type { Files } from '../../../trainer/base/ports.ts';
import { elementCount, type StoredDType } from '../../../trainer/base/tensor.ts';
import { memoryFiles, rawSafetensors } from './memory-files.ts';

const DATA = new URL('../../golden/data/', import.meta.url);

export const dataText = (path: string): string => readFileSync(new URL(path, DATA), 'utf8');

export interface Listed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: StoredDType;
}

const rows = (path: string): string[][] =>
  dataText(path)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));

/** `ldm/*.tsv` and `diffusers/*.tsv`: name, shape, dtype. */
export const keyList = (path: string): Listed[] =>
  rows(path).map(([name = '', shape = '', dtype = '']) => ({
    name,
    shape: JSON.parse(shape) as number[],
    dtype: dtype as StoredDType,
  }));

/** `mapping/*.tsv`: LDM name, canonical name, transform. */
export const pairList = (path: string): readonly (readonly [ldm: string, canonical: string, transform: string])[] =>
  rows(path).map(([ldm = '', canonical = '', transform = '']) => [ldm, canonical, transform]);

/** The JSON of a header that holds these tensors one after the other. */
function headerJson(tensors: readonly Listed[], metadata: Readonly<Record<string, string>>): [string, number] {
  let position = 0;
  const entries = tensors.map(({ name, shape, dtype }) => {
    const begin = position;
    position += elementCount(shape) * BYTES_PER_ELEMENT[dtype];
    return [name, { dtype, shape, data_offsets: [begin, position] }] as const;
  });
  return [JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }), position];
}

export interface HollowFile {
  readonly tensors: readonly Listed[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Files whose safetensors have a true header and a true size, but nothing behind it; `texts` are whole. */
export function hollowFiles(
  hollow: Readonly<Record<string, HollowFile>>,
  texts: Readonly<Record<string, string>> = {},
): Files {
  const sizes = new Map<string, number>();
  const contents: Record<string, Uint8Array | string> = { ...texts };
  for (const [path, { tensors, metadata = {} }] of Object.entries(hollow)) {
    const [json, dataBytes] = headerJson(tensors, metadata);
    const head = rawSafetensors(json, 0);
    contents[path] = head;
    sizes.set(path, head.length + dataBytes);
  }
  const files = memoryFiles(contents);
  return {
    ...files,
    status: async (path) => {
      const status = await files.status(path);
      return status && { ...status, size: sizes.get(path) ?? status.size };
    },
  };
}

/** A part of the vendored configs (test/golden/data/configs), as the text of the file. */
export function configText(model: 'sd15' | 'sd21' | 'sdxl_base', file: string): string {
  const all = JSON.parse(dataText(`configs/${model}.json`)) as Record<string, unknown>;
  return JSON.stringify(must(all[file], file));
}
