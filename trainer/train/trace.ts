/**
 * Training traces: what sd-scripts did in a few steps, recorded to be done again (test/golden/traces/<case>/).
 *
 * trace.json: `case`, `family` (the folder of its model), `settings` (sd-scripts' option names), `steps`, `input_ids` (of
 * each caption, whole windows of 77, filled with the end token), `losses` of every pass. batches.safetensors: per pass
 * `<pass>.latents`, `.noise`, `.timesteps`, `.caption` (index into captions), for SDXL `.time_ids`. Three LoRA files
 * under Kohya's keys: lora_init, lora_first_grads, lora_final.
 */
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import { isObject, type JsonObject } from '../formats/safetensors/header-json.ts';
import { readHeader } from '../formats/safetensors/header.ts';
import { readTensor } from '../formats/safetensors/read.ts';

export type Tensors = ReadonlyMap<string, F32Tensor>;

export interface Trace {
  readonly folder: string;
  readonly name: string;
  /** The folder of its model. */
  readonly family: string;
  readonly settings: JsonObject;
  readonly steps: number;
  /** Of each caption: n · 77 token ids. */
  readonly ids: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly batches: Tensors;
  readonly initial: Tensors;
  readonly firstGradients: Tensors;
  readonly final: Tensors;
}

const TENSORS = ['batches', 'lora_init', 'lora_first_grads', 'lora_final'] as const;
const MARKS: readonly string[] = ['trace.json', ...TENSORS.map((name) => `${name}.safetensors`)];

/**
 * The folders of all cases, by name. A folder that has lost a file is still one.
 *
 * @throws {UserError} trace/none if there is none
 */
export async function listTraces(files: Files, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, kind } of await files.list(folder)) {
    const path = files.join(folder, name);
    if (kind === 'folder' && (await files.list(path)).some((entry) => MARKS.includes(entry.name))) found.push(path);
  }
  if (found.length > 0) return found;
  throw new UserError({
    code: 'trace/none',
    what: 'There are no traces: no folder here has a trace.json',
    where: folder,
    fix: 'Give the folder that holds one folder for each case.',
  });
}

/** @throws {UserError} trace/broken if a field is missing, or what reading a file throws */
export async function readTrace(files: Files, folder: string): Promise<Trace> {
  const place = files.join(folder, 'trace.json');
  const fields = parse(place, await files.read(place));
  const tensors = (name: (typeof TENSORS)[number]): Promise<Tensors> =>
    readTensors(files, files.join(folder, `${name}.safetensors`));
  return {
    folder,
    name: typeof fields['case'] === 'string' ? fields['case'] : files.baseName(folder),
    family: text(place, fields, 'family'),
    settings: isObject(fields['settings']) ? fields['settings'] : broken(place, 'settings'),
    steps: count(place, 'steps', fields['steps']),
    ids: list(place, 'input_ids', fields['input_ids']).map((ids) =>
      numbers(place, 'input_ids', list(place, 'input_ids', ids).flat()),
    ),
    losses: numbers(place, 'losses', list(place, 'losses', fields['losses'])),
    batches: await tensors('batches'),
    initial: await tensors('lora_init'),
    firstGradients: await tensors('lora_first_grads'),
    final: await tensors('lora_final'),
  };
}

async function readTensors(files: Files, path: string): Promise<Tensors> {
  const { tensors } = await readHeader(files, files.resolve(path));
  const read = new Map<string, F32Tensor>();
  for (const [name, place] of tensors) read.set(name, f32(place.shape, await readTensor(files, place)));
  return read;
}

function parse(place: string, bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return broken(place, 'JSON object');
}

const text = (place: string, fields: JsonObject, key: string): string => {
  const value = fields[key];
  return typeof value === 'string' ? value : broken(place, key);
};

const list = (place: string, key: string, value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : broken(place, key);

const numbers = (place: string, key: string, values: readonly unknown[]): readonly number[] =>
  values.map((value) => (typeof value === 'number' ? value : broken(place, key)));

const count = (place: string, key: string, value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : broken(place, key);

function broken(place: string, key: string): never {
  throw brokenTrace(place, key);
}

export const brokenTrace = (where: string, what: string): UserError =>
  new UserError({
    code: 'trace/broken',
    what: `The trace has no valid ${what}`,
    where,
    fix: 'Record it again, or leave its folder out.',
  });
