/**
 * Puts the trained base model into `assets/base-model`, as it is shipped: a diffusers folder in half precision with the
 * tokenizer's files and the model card. `npm run base:install -- [--from FOLDER] [--vae FOLDER]`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { must } from '../../trainer/base/errors.ts';
import type { Files } from '../../trainer/base/ports.ts';
import { VERSION } from '../../trainer/base/version.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { Checkpoint } from '../../trainer/formats/checkpoint/types.ts';
import { checkTarget, writeCheckpoint } from '../../trainer/formats/checkpoint/write.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { modelspecMetadata } from '../../trainer/formats/lora/modelspec.ts';
import type { Tokenizer } from '../../trainer/models/clip/tokenizer.ts';
import { loadTokenizer } from '../../trainer/platform/assets.ts';
import { machineClock } from '../../trainer/platform/clock.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { TOKEN_TABLE, usedTokens, withNeutralRows } from './token-rows.ts';

export const TRAINED = '.cache/base-model/diffusion/diffusion';
export const TRAINED_VAE = '.cache/base-model/colours/colours';
export const INSTALLED = 'assets/base-model';
const CAPTIONED = '.cache/base-model/dataset/diffusion/1_emoji';
const CARD = fileURLToPath(new URL('model-card.md', import.meta.url));

/** Bytes that the whole folder may have. */
export const LARGEST_FOLDER = 40e6;

export interface Installation {
  readonly files: Files;
  /** The folder that training wrote. */
  readonly from: string;
  /** Its autoencoder. */
  readonly vae: string;
  /** A model that lies there is replaced. */
  readonly to: string;
  readonly card: string;
  readonly tokenizer: Tokenizer;
  /** All that the model was trained with. */
  readonly captions: readonly string[];
  /** Milliseconds since 1970, for the metadata. */
  readonly now: number;
}

/**
 * The model that lies there goes only when the new one was looked at.
 *
 * @returns bytes of the folder
 */
export async function installBaseModel(installation: Installation): Promise<number> {
  const { files, to, card } = installation;
  const trial = `${to}.new`;
  await writeModel(installation, trial);
  try {
    await files.write(files.join(trial, 'README.md'), new TextEncoder().encode(card));
    await openCheckpoint(files, trial);
    const bytes = await folderBytes(files, trial);
    if (bytes > LARGEST_FOLDER) {
      throw new Error(`The model has ${bytes} bytes, more than ${LARGEST_FOLDER}: it was not put into ${to}`);
    }
    await files.writeFolder(to, await contentsOf(files, trial));
    return bytes;
  } finally {
    await files.removeFolder(trial);
  }
}

async function writeModel(installation: Installation, trial: string): Promise<void> {
  const { files, from, vae, to, tokenizer, captions, now } = installation;
  const source = await openCheckpoint(files, from, { vae });
  await checkTarget(files, to, { source, layout: 'diffusers' });
  const predictionType = must(source.predictionType, 'what the model predicts');
  const table = await neutralTable(files, source, usedTokens(tokenizer, captions));
  await writeCheckpoint(files, trial, {
    source,
    trained: (name) => (name === TOKEN_TABLE ? table : undefined),
    layout: 'diffusers',
    dtype: 'F16',
    scheduler: { noiseSchedule: source.noiseSchedule, predictionType },
    metadata: metadataOf(source, predictionType, now),
    tokenizerFiles: tokenizer.vocabularyFiles(),
  });
}

/** @returns the bytes of each file, by its path below the folder with "/" in it */
async function contentsOf(files: Files, folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  for (const { name, kind } of await files.list(folder)) {
    const path = files.join(folder, name);
    if (kind === 'file') contents.set(name, await files.read(path));
    else for (const [below, bytes] of await contentsOf(files, path)) contents.set(`${name}/${below}`, bytes);
  }
  return contents;
}

async function neutralTable(
  files: Files,
  { textEncoders: [encoder] }: Checkpoint,
  used: ReadonlySet<number>,
): Promise<Float32Array> {
  const { config, weights } = must(encoder, 'a text encoder');
  const table = must(weights.get(TOKEN_TABLE.slice(TOKEN_TABLE.indexOf('/') + 1)), TOKEN_TABLE);
  return withNeutralRows(await readTensor(files, table), config.hiddenSize, used);
}

function metadataOf({ family, side = 0 }: Checkpoint, predictionType: 'epsilon' | 'v_prediction', now: number) {
  return modelspecMetadata(
    {
      family,
      predictionType,
      resolution: { width: side, height: side },
      title: 'LoRA Loom base model',
      date: new Date(now).toISOString().slice(0, 19),
      version: VERSION,
      author: 'LoRA Loom',
      license: 'MIT',
    },
    'checkpoint',
  );
}

export async function folderBytes(files: Files, folder: string): Promise<number> {
  let bytes = 0;
  for (const { name, kind } of await files.list(folder)) {
    const path = files.join(folder, name);
    bytes += kind === 'folder' ? await folderBytes(files, path) : must(await files.status(path), path).size;
  }
  return bytes;
}

/** The captions of a Kohya folder's text files. */
async function captionsIn(files: Files, folder: string): Promise<readonly string[]> {
  const captions: string[] = [];
  for (const { name } of await files.list(folder)) {
    if (name.endsWith('.txt')) captions.push(new TextDecoder().decode(await files.read(files.join(folder, name))));
  }
  return captions;
}

/** Installs what training left. */
export async function installTrained(from: string, vae: string): Promise<void> {
  const files = machineFiles();
  const card = readFileSync(CARD, 'utf8');
  const tokenizer = await loadTokenizer(files);
  const captions = await captionsIn(files, CAPTIONED);
  const bytes = await installBaseModel({
    files,
    from,
    vae,
    to: INSTALLED,
    card,
    tokenizer,
    captions,
    now: machineClock.now(),
  });
  console.log(`${INSTALLED}: ${(bytes / 1e6).toFixed(1)} MB`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { from: { type: 'string', default: TRAINED }, vae: { type: 'string', default: TRAINED_VAE } },
  });
  await installTrained(values.from, values.vae);
}
