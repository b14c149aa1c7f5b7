/**
 * Starts from a LoRA that already exists: its values in the layout that a run uses.
 */
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import type { LoraFile } from '../formats/lora/read.ts';
import type { StoredTensor } from '../formats/safetensors/header.ts';
import { readTensor } from '../formats/safetensors/read.ts';
import type { LoraEntry, LoraLayout } from './layout.ts';
import { viewOf } from '../optim/parameters.ts';
import type { LoraSizes } from './modules.ts';

/** The file's own ranks and alphas: dim_from_weights, and what `generate` uses. */
export const sizesIn = (file: LoraFile): LoraSizes => ({ kind: 'listed', modules: file.modules });

export interface TakenModules {
  /** Modules of the layout that the file does not have; they are left as they were. */
  readonly missing: readonly string[];
  /** Modules of the file that the layout has no place for. */
  readonly unused: readonly string[];
}

/**
 * Copies the file's matrices into `values`. Alphas are the layout's, whatever the file says (as sd-scripts does).
 *
 * @throws {UserError} `lora/other-rank` where a rank differs, `lora/other-model` where a matrix is of another width or
 *   no module fits
 */
export async function takeLora(
  files: Files,
  file: LoraFile,
  layout: LoraLayout,
  values: Float32Array,
): Promise<TakenModules> {
  const known = new Set(layout.modules.map(({ name }) => name));
  const missing = [...known].filter((name) => !file.modules.has(name));
  if (missing.length === known.size)
    throw otherModel(file, "None of the LoRA's modules belongs to a layer of this model");
  for (const entry of layout.entries) {
    const stored = file.modules.get(entry.module.name)?.[entry.kind];
    if (stored === undefined) continue;
    checkShape(file, entry, stored);
    viewOf(values, entry).set(await readTensor(files, stored));
  }
  return { missing, unused: [...file.modules.keys()].filter((name) => !known.has(name)) };
}

/** Files differ in whether the sides of a 1x1 kernel are written down. */
const core = (shape: readonly number[]): string => shape.join(', ').replace(/(, 1)+$/, '');

function checkShape(file: LoraFile, entry: LoraEntry, { shape }: StoredTensor): void {
  if (core(shape) === core(entry.shape)) return;
  const { name, rank } = entry.module;
  const found = file.modules.get(name)?.rank ?? 0;
  if (found === rank) {
    const expected = entry.shape.join(', ');
    throw otherModel(file, `The LoRA's "${entry.name}" is [${shape.join(', ')}], this model needs [${expected}]`);
  }
  throw new UserError({
    code: 'lora/other-rank',
    what: `The LoRA has rank ${found} in "${name}", the job asks for rank ${rank}`,
    where: file.path,
    fix: `Set dim_from_weights = true to take the ranks from the file, or set the rank to ${found}.`,
    details: { module: name, expected: rank, found },
  });
}

const otherModel = (file: LoraFile, what: string): UserError =>
  new UserError({
    code: 'lora/other-model',
    what,
    where: file.path,
    fix: 'The LoRA was trained for another kind of model: choose a LoRA and a model of the same family.',
  });
