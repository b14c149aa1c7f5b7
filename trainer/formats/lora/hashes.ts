/**
 * The hashes by which A1111, Civitai and Kohya's tools recognise models and LoRAs.
 *
 * Source: test/golden/data/lora/metadata.json ("hashes"), from sd-scripts library/train_util.py.
 */
import type { Files } from '../../base/ports.ts';
import type { EncodedSafetensors } from '../safetensors/write.ts';

/** SHA-256 of the bytes in order, as lower-case hex. */
export type Sha256 = (chunks: Iterable<Uint8Array>) => Promise<string>;

/** The legacy hash looks at 64 KiB at 1 MiB; a shorter file gives the hash of what there is, at worst of nothing. */
const LEGACY_OFFSET = 0x100000;
const LEGACY_LENGTH = 0x10000;
const LEGACY_DIGITS = 8;

export interface LoraHashes {
  readonly sshs_model_hash: string;
  readonly sshs_legacy_hash: string;
}

/**
 * @param encoded  the LoRA with its `ss_*` metadata alone. The first hash covers the tensor bytes; the second a range of
 *                 the whole file, so it also depends on the order of the metadata, which every writer chooses for itself
 */
export async function loraHashes(encoded: EncodedSafetensors, sha256: Sha256): Promise<LoraHashes> {
  const whole = function* (): Iterable<Uint8Array> {
    yield encoded.header;
    yield* encoded.chunks();
  };
  const legacy = await sha256(range(whole(), LEGACY_OFFSET, LEGACY_LENGTH));
  return { sshs_model_hash: await sha256(encoded.chunks()), sshs_legacy_hash: legacy.slice(0, LEGACY_DIGITS) };
}

function* range(chunks: Iterable<Uint8Array>, offset: number, length: number): Iterable<Uint8Array> {
  let position = 0;
  for (const chunk of chunks) {
    if (position >= offset + length) return;
    const from = Math.max(0, offset - position);
    const to = Math.min(chunk.length, offset + length - position);
    if (from < to) yield chunk.subarray(from, to);
    position += chunk.length;
  }
}

export interface ModelHashes {
  /** `sd_model_hash`: eight digits. */
  readonly legacy: string;
  /** `new_sd_model_hash`: of the whole file. */
  readonly full: string;
}

/** Of a model file. Reads all of it. */
export async function modelHashes(files: Files, path: string): Promise<ModelHashes> {
  return { legacy: await legacyHash(files, path), full: await files.sha256(path) };
}

export async function legacyHash(files: Files, path: string): Promise<string> {
  const size = (await files.status(path))?.size ?? 0;
  const offset = Math.min(size, LEGACY_OFFSET);
  return (await files.sha256(path, offset, Math.min(LEGACY_LENGTH, size - offset))).slice(0, LEGACY_DIGITS);
}
