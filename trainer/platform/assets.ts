/**
 * The files that come with LoRA Loom: found beside the sources, and beside the bundle in `dist`.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { createTokenizer, type Tokenizer } from '../models/clip/tokenizer.ts';

/** The absolute path of a file or folder below `assets`, if this copy has it. */
export function findAsset(...parts: readonly string[]): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, 'assets', ...parts);
    if (existsSync(path)) return path;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** The folder of the built window, if this copy has it. */
export function findWindow(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const place = join(folder, 'dist', 'renderer');
    if (existsSync(join(place, 'index.html'))) return place;
    if (folder === dirname(folder)) return undefined;
  }
}

/** As `findAsset`, of what every copy has. */
export function assetPath(...parts: readonly string[]): string {
  const path = findAsset(...parts);
  if (path === undefined) throw new InternalError(`the file assets/${parts.join('/')} does not come with this copy`);
  return path;
}

/** The tokenizer of every Stable Diffusion model. */
export const loadTokenizer = async (files: Files): Promise<Tokenizer> =>
  createTokenizer(new TextDecoder().decode(await files.read(assetPath('tokenizer', 'merges.txt'))));
