/**
 * Reads LoRA files: which modules they have, of which rank and alpha, and where the matrices lie.
 *
 * Kohya's names are understood, SDXL modules under diffusers' names too, and files of diffusers and peft
 * (`unet.….lora_A.weight`); everything comes out under Kohya's names. A missing alpha means alpha = rank, so does 0
 * (sd-scripts networks/lora.py).
 */
import { UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Files } from '../../base/ports.ts';
import { elementCount, type StoredDType } from '../../base/tensor.ts';
import { FAMILY_TITLES, type Family } from '../configs.ts';
import { guessKind } from '../kind.ts';
import { readHeader, type SafetensorsHeader, type StoredTensor } from '../safetensors/header.ts';
import { readTensor } from '../safetensors/read.ts';
import { kohyaName, loraPartOf, toStabilityName, type LoraPart } from './names.ts';

export interface LoraFileModule {
  /** Kohya's name. */
  readonly name: string;
  readonly part: LoraPart;
  readonly rank: number;
  readonly alpha: number;
  /** [rank, in] or [rank, in, k, k] */
  readonly down: StoredTensor;
  /** [out, rank] or [out, rank, 1, 1] */
  readonly up: StoredTensor;
}

export interface LoraFile {
  readonly path: string;
  /** Where names or shapes tell. */
  readonly family?: Family;
  /** `translated`: the file uses the names of diffusers or peft. */
  readonly naming: 'kohya' | 'translated';
  readonly dtypes: readonly StoredDType[];
  readonly metadata: Readonly<Record<string, string>>;
  /** By Kohya's name, in the order of the file. */
  readonly modules: ReadonlyMap<string, LoraFileModule>;
}

type Piece = 'down' | 'up' | 'alpha';

type Pieces = { -readonly [P in Piece]?: StoredTensor };

/**
 * @param family  of the base model that the LoRA is for; without it, it is told from the file
 * @throws {UserError} `lora/*` if it is no LoRA, one of a kind that we cannot apply, incomplete, or of another family
 */
export async function openLora(files: Files, path: string, family?: Family): Promise<LoraFile> {
  return loraOf(files, await readHeader(files, files.resolve(path)), family);
}

export async function loraOf(files: Files, header: SafetensorsHeader, family?: Family): Promise<LoraFile> {
  const path = header.file;
  checkKind(header);
  const found = familyOf(header);
  if (family !== undefined && found !== undefined && found !== family) throw familyError(path, found, family);
  const known = family ?? found;
  const { modules: pieces, translated } = collect(header, known);
  const modules = new Map<string, LoraFileModule>();
  for (const [name, module] of pieces) modules.set(name, await complete(files, path, name, module));
  return {
    path,
    ...(known !== undefined && { family: known }),
    naming: translated ? 'translated' : 'kohya',
    dtypes: [...new Set([...modules.values()].flatMap(({ down, up }) => [down.dtype, up.dtype]))],
    metadata: header.metadata,
    modules,
  };
}

function checkKind(header: SafetensorsHeader): void {
  const kind = guessKind(header);
  if (kind.name === 'lora') return;
  if (kind.name === 'lycoris') {
    throw unsupported(
      header.file,
      `It is ${kind.title}, not a plain LoRA`,
      'Use a LoRA with lora_up and lora_down matrices.',
    );
  }
  throw new UserError({
    code: 'lora/not-a-lora',
    what: `This is ${kind.title}, not a LoRA`,
    where: header.file,
    fix: 'Choose a LoRA file; a base model goes in pretrained_model_name_or_path (or --model).',
    details: { guess: kind.name },
  });
}

const unsupported = (path: string, what: string, fix: string, details: Record<string, string> = {}): UserError =>
  new UserError({ code: 'lora/unsupported', what, where: path, fix, details });

const familyError = (path: string, found: Family, wanted: Family): UserError =>
  new UserError({
    code: 'lora/family',
    what: `The LoRA was made for ${FAMILY_TITLES[found]}, but the base model is ${FAMILY_TITLES[wanted]}`,
    where: path,
    fix: `Choose a LoRA for ${FAMILY_TITLES[wanted]}, or another base model.`,
    details: { found, wanted },
  });

/** Width of the text that cross attention takes, as published. */
const CONTEXT_FAMILIES: ReadonlyMap<number, Family> = new Map([
  [768, 'sd1'],
  [1024, 'sd2'],
  [2048, 'sdxl'],
]);

/** By names that only SDXL has, by what the metadata says, or by the width of the text. */
function familyOf({ tensors, metadata }: SafetensorsHeader): Family | undefined {
  const base = metadata['ss_base_model_version'] ?? '';
  let family: Family | undefined;
  if (base.startsWith('sdxl')) family = 'sdxl';
  else if (base.startsWith('sd_v1')) family = 'sd1';
  else if (base.startsWith('sd_v2')) family = 'sd2';
  for (const [name, { shape }] of tensors) {
    if (/^(lora_te[12]_|lora_unet_(input|output)_blocks_|text_encoder_2\.)/.test(name)) return 'sdxl';
    if (/attn2[._]to_k.*(lora_down|lora_A|lora\.down)/.test(name)) family ??= CONTEXT_FAMILIES.get(shape[1] ?? 0);
  }
  return family;
}

interface Collected {
  readonly modules: ReadonlyMap<string, Pieces>;
  readonly translated: boolean;
}

const KOHYA_TENSOR = /^(lora_[^.]+)\.(?:lora_(up|down)\.weight|(alpha))$/;
/** diffusers and peft: the part, the module's path, and the piece. */
const DIFFUSERS_TENSOR =
  /^(unet|text_encoder|text_encoder_2)\.(.+?)(?:\.processor\.(to_\w+?)_lora)?\.(?:lora_([AB])(?:\.default)?\.weight|lora(?:_linear_layer)?\.(up|down)\.weight|(?:lora\.)?(up|down)\.weight|(alpha))$/;

function collect({ file, tensors }: SafetensorsHeader, family: Family | undefined): Collected {
  const modules = new Map<string, Pieces>();
  let translated = false;
  for (const [key, tensor] of tensors) {
    const place = kohyaPlace(key, family) ?? diffusersPlace(key, family);
    if (place === undefined) {
      const fix = 'Use a LoRA made by Kohya’s tools, LoRA Loom or diffusers for SD 1.x, SD 2.x or SDXL.';
      throw unsupported(file, `The LoRA has a tensor of a kind that LoRA Loom does not know: "${excerpt(key)}"`, fix, {
        key: excerpt(key),
      });
    }
    if (!key.startsWith(`${place.name}.`)) translated = true;
    const pieces = modules.get(place.name) ?? {};
    pieces[place.piece] = tensor;
    modules.set(place.name, pieces);
  }
  return { modules, translated };
}

interface Place {
  readonly name: string;
  readonly piece: Piece;
}

function kohyaPlace(key: string, family: Family | undefined): Place | undefined {
  const [, name, matrix, alpha] = KOHYA_TENSOR.exec(key) ?? [];
  if (name === undefined || loraPartOf(name) === undefined) return undefined;
  return { name: family === 'sdxl' ? toStabilityName(name) : name, piece: (matrix ?? alpha) as Piece };
}

function diffusersPlace(key: string, family: Family | undefined): Place | undefined {
  const [, part, stem, attention, peft, linear, short, alpha] = DIFFUSERS_TENSOR.exec(key) ?? [];
  if (part === undefined || stem === undefined) return undefined;
  const matrix = linear ?? short;
  const piece = alpha ?? matrix ?? (peft === 'A' ? 'down' : 'up');
  const path = attention === undefined ? stem : `${stem}.${attention === 'to_out' ? 'to_out.0' : attention}`;
  return { name: kohyaName(family ?? 'sd1', part as LoraPart, path), piece: piece as Piece };
}

async function complete(
  files: Files,
  path: string,
  name: string,
  { down, up, alpha }: Pieces,
): Promise<LoraFileModule> {
  const fail = (reason: string): UserError =>
    new UserError({
      code: 'lora/incomplete',
      what: `The LoRA's module "${excerpt(name)}" ${reason}`,
      where: path,
      fix: 'The file is damaged or was made by a tool that writes something else: get it again, or another version.',
      details: { name: excerpt(name) },
    });
  if (down === undefined || up === undefined) throw fail(`has no ${down === undefined ? 'down' : 'up'} matrix`);
  const [rank = 0, , ...kernel] = down.shape;
  const fits =
    up.shape[1] === rank && up.shape.length === down.shape.length && up.shape.slice(2).every((side) => side === 1);
  const plain = (down.shape.length === 2 || kernel.length === 2) && rank > 0;
  if (!fits || !plain)
    throw fail(`has matrices that do not fit: [${down.shape.join(', ')}] and [${up.shape.join(', ')}]`);
  const value = alpha === undefined ? 0 : await readAlpha(files, alpha);
  if (!Number.isFinite(value)) throw fail('has an alpha that is not one number');
  const part = loraPartOf(name);
  if (part === undefined) throw fail('belongs to no part of the model');
  return { name, part, rank, alpha: value === 0 ? rank : value, down, up };
}

/** A tensor without dimensions; some tools write a list of one. */
async function readAlpha(files: Files, alpha: StoredTensor): Promise<number> {
  if (elementCount(alpha.shape) !== 1) return Number.NaN;
  const [value = Number.NaN] = await readTensor(files, alpha);
  return value;
}
