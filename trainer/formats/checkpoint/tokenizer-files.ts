/**
 * The files of the tokenizers in a diffusers folder. We have a tokenizer of our own; diffusers reads these.
 *
 * Source: transformers' CLIPTokenizer (vocab.json, merges.txt, tokenizer_config.json).
 */
import type { Chunks, Files, FolderContents } from '../../base/ports.ts';
import type { TextEncoderConfig } from '../configs.ts';
import type { JsonObject } from '../safetensors/header-json.ts';
import { OPEN_CLIP_PAD_TOKEN } from './derive-config.ts';
import { jsonBytes } from './folder-contents.ts';
import type { Checkpoint } from './types.ts';

const FOLDERS = ['tokenizer', 'tokenizer_2'] as const;
/** What a tokenizer's folder has, in the versions that were published. */
const KNOWN = ['vocab.json', 'merges.txt', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/** @param given  `vocab.json` and `merges.txt`; without them, what the source's folder has, if it is one */
export async function tokenizerContents(
  files: Files,
  source: Checkpoint,
  given?: ReadonlyMap<string, Uint8Array>,
): Promise<FolderContents> {
  const contents = new Map<string, Chunks>();
  for (const [index, { config }] of source.textEncoders.entries()) {
    const folder = FOLDERS[index] ?? '';
    if (given === undefined) await copy(files, source, folder, contents);
    else {
      for (const [name, bytes] of given) contents.set(`${folder}/${name}`, bytes);
      contents.set(`${folder}/tokenizer_config.json`, jsonBytes(tokenizerJson(config)));
    }
  }
  return contents;
}

async function copy(
  files: Files,
  { layout, path }: Checkpoint,
  folder: string,
  contents: Map<string, Chunks>,
): Promise<void> {
  const place = files.join(path, folder);
  if (layout === 'ldm' || (await files.status(place))?.kind !== 'folder') return;
  for (const { name, kind } of await files.list(place)) {
    if (kind === 'file' && KNOWN.includes(name))
      contents.set(`${folder}/${name}`, await files.read(files.join(place, name)));
  }
}

const tokenizerJson = ({ maxPositionEmbeddings, padTokenId }: TextEncoderConfig): JsonObject => ({
  add_prefix_space: false,
  bos_token: '<|startoftext|>',
  do_lower_case: true,
  eos_token: '<|endoftext|>',
  errors: 'replace',
  model_max_length: maxPositionEmbeddings,
  // The token of id 0 is "!".
  pad_token: padTokenId === OPEN_CLIP_PAD_TOKEN ? '!' : '<|endoftext|>',
  tokenizer_class: 'CLIPTokenizer',
  unk_token: '<|endoftext|>',
});
