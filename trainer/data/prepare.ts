/**
 * Kohya's "Dreambooth/LoRA Folder preparation": copies pictures into folders whose names say how often and as what they
 * are trained.
 *
 *     <destination>/img/<repeats>_<instance prompt> <class prompt>     the training images, whole folder
 *     <destination>/reg/<repeats>_<class prompt>                       the regularisation images, if there are any
 *     <destination>/model, <destination>/log                           empty
 *     <destination>/backup/...                                         what a copy took the place of
 *
 * Nothing is moved and nothing of the user's is deleted: a folder of the same name that holds anything the new copy does
 * not is kept under backup.
 *
 * Source: kohya_ss 45088f0, dreambooth_folder_creation_gui.py. Its copies overwrite; the three refused shapes are its own.
 */
import type { ErrorCode } from '../base/error-codes.ts';
import { UserError } from '../base/errors.ts';
import type { Chunks, Files, FolderContents } from '../base/ports.ts';
import { isImage, MOST_REPEATS } from './folders.ts';

export interface PreparationOrder {
  readonly instancePrompt: string;
  readonly classPrompt: string;
  /** Holds the training images themselves. */
  readonly trainingImages: string;
  readonly repeats: number;
  /** Holds class images themselves; empty is none. */
  readonly regularisationImages: string;
  /** 0 or less: no regularisation, as in Kohya. */
  readonly regularisationRepeats: number;
  readonly destination: string;
}

export interface PreparedFolder {
  readonly folder: string;
  readonly pictures: number;
  readonly files: number;
  /** Where the folder went that was there before and held more or something else. */
  readonly backup?: string;
}

export interface Preparation {
  readonly image: PreparedFolder;
  readonly regularisation?: PreparedFolder;
  /** Other folders of pictures beside the new ones, which a training would use too. */
  readonly others: readonly string[];
  /** What the job must say to train on them: train_data_dir, output_dir, and reg_data_dir if <destination>/reg is there. */
  readonly settings: Readonly<Record<string, string>>;
}

interface Copy {
  /** How the window and the command line call the source. */
  readonly label: string;
  readonly source: string;
  readonly target: string;
}

/** A file below a source, with "/" between the folders. */
interface SourceFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

interface CountedCopy extends Copy {
  readonly files: readonly SourceFile[];
  readonly pictures: number;
}

/**
 * @param stopped asked between pieces of files; a folder that is not complete by then is not there at all
 * @throws {UserError} prepare/..., data/..., file/..., before anything is written where that can be known
 */
export async function prepareFolders(
  files: Files,
  order: PreparationOrder,
  stopped: () => boolean = () => false,
): Promise<Preparation> {
  const copies = plannedCopies(files, order);
  for (const copy of copies) await requireSource(files, copy);
  await requireApart(files, copies);
  const counted: CountedCopy[] = [];
  for (const copy of copies) counted.push(await countCopy(files, copy));
  const root = files.resolve(order.destination.trim());
  await requireSpace(files, root, counted);

  const places = { image: files.join(root, 'img'), regularisation: files.join(root, 'reg') };
  for (const name of ['img', 'model', 'log']) await files.makeFolder(files.join(root, name));
  const prepared: PreparedFolder[] = [];
  for (const copy of counted) prepared.push(await copyFolder(files, root, copy, stopped));
  const [image, regularisation] = prepared as [PreparedFolder, PreparedFolder?];
  const others = [
    ...(await foldersBeside(files, places.image, image)),
    ...(await foldersBeside(files, places.regularisation, regularisation)),
  ];
  const hasRegularisation = (await files.status(places.regularisation))?.kind === 'folder';
  return {
    image,
    ...(regularisation === undefined ? {} : { regularisation }),
    others,
    settings: {
      train_data_dir: places.image,
      ...(hasRegularisation ? { reg_data_dir: places.regularisation } : {}),
      output_dir: files.join(root, 'model'),
    },
  };
}

function plannedCopies(files: Files, order: PreparationOrder): readonly Copy[] {
  const { instancePrompt, classPrompt, trainingImages, repeats, regularisationRepeats, destination } = order;
  const missing = [
    { label: 'the instance prompt', value: instancePrompt },
    { label: 'the class prompt', value: classPrompt },
    { label: 'the folder of training images', value: trainingImages },
    { label: 'the destination', value: destination },
  ].filter(({ value }) => value.trim() === '');
  if (missing.length > 0) throw missingInputs(missing.map(({ label }) => label));
  const [instance, kind] = [inName('instance prompt', instancePrompt), inName('class prompt', classPrompt)];
  if (!isRepeats(repeats)) throw wrongRepeats(repeats);

  const root = files.resolve(destination.trim());
  const image = {
    label: 'training images',
    source: files.resolve(trainingImages.trim()),
    target: files.join(root, 'img', `${repeats}_${instance} ${kind}`),
  };
  const regularisationImages = order.regularisationImages.trim();
  if (regularisationImages === '' || regularisationRepeats <= 0) return [image];
  if (!isRepeats(regularisationRepeats)) throw wrongRepeats(regularisationRepeats);
  const regularisation = {
    label: 'regularisation images',
    source: files.resolve(regularisationImages),
    target: files.join(root, 'reg', `${regularisationRepeats}_${kind}`),
  };
  return [image, regularisation];
}

const isRepeats = (repeats: number): boolean => Number.isInteger(repeats) && repeats >= 1 && repeats <= MOST_REPEATS;

/** What no system takes in the name of a folder becomes a space; a dot at the end is taken by Windows. */
function inName(label: string, prompt: string): string {
  const name = prompt
    .replaceAll(/[\p{Cc}<>:"/\\|?*]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[. ]+$/, '');
  if (name !== '') return name;
  throw new UserError({
    code: 'prepare/prompt',
    what: `The ${label} "${prompt.trim()}" has nothing in it that a folder can be named after`,
    fix: 'Give words, such as "sks" for the instance and "dog" for the class.',
  });
}

async function requireSource(files: Files, { label, source }: Copy): Promise<void> {
  const kind = (await files.status(source))?.kind;
  if (kind === 'folder' && (await files.list(source)).some(isImage)) return;
  const wrong: { readonly code: ErrorCode; readonly what: string } =
    kind === undefined
      ? { code: 'data/folder-missing', what: `There is no such folder of ${label}` }
      : kind === 'file'
        ? { code: 'data/not-a-folder', what: `A folder of ${label} is needed here, but this is a file` }
        : { code: 'data/no-images', what: `The folder of ${label} holds no pictures` };
  throw new UserError({
    ...wrong,
    where: source,
    fix: 'Choose the folder with the pictures themselves (PNG, JPEG, WebP, BMP or AVIF).',
  });
}

const OVERLAPS = {
  same: 'is the very folder that the copy would replace',
  inside: 'lies inside the folder that the copy would replace',
  around: 'holds the folder that the copy would go to',
} as const;

/** A copy over, into or around its own source would grow without end or eat what it copies. */
async function requireApart(files: Files, copies: readonly Copy[]): Promise<void> {
  for (const { label, source } of copies) {
    for (const { target } of copies) {
      const relation = await files.relation(source, target);
      if (relation === 'apart') continue;
      throw new UserError({
        code: 'prepare/overlap',
        what: `The folder of ${label} ${OVERLAPS[relation]}, ${target}`,
        where: source,
        fix: 'Choose a destination outside of your own folders of pictures. Nothing was copied or changed.',
        details: { relation, target },
      });
    }
  }
}

async function countCopy(files: Files, copy: Copy): Promise<CountedCopy> {
  const found = await filesBelow(files, copy.source);
  const pictures = (await files.list(copy.source)).filter(isImage).length;
  return { ...copy, files: found, pictures };
}

/** Of folders that links lead to, those inside of the folder they stand in: others could lead in a circle. */
async function filesBelow(files: Files, folder: string, before = ''): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  for (const { name, kind } of await files.list(folder)) {
    const path = files.join(folder, name);
    if (kind === 'file') {
      found.push({ name: before + name, path, bytes: (await files.status(path))?.size ?? 0 });
    } else if ((await files.relation(path, folder)) === 'inside') {
      found.push(...(await filesBelow(files, path, `${before}${name}/`)));
    }
  }
  return found;
}

async function requireSpace(files: Files, root: string, copies: readonly CountedCopy[]): Promise<void> {
  const needed = copies.flatMap((copy) => copy.files).reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await files.freeSpace(root);
  if (free === undefined || free >= needed) return;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  throw new UserError({
    code: 'file/no-space',
    what: `The copies need ${megabytes(needed)}, but the disk has only ${megabytes(free)} left`,
    where: root,
    fix: 'Free some space or choose a destination on another disk. Nothing was copied.',
    details: { needed, free },
  });
}

async function copyFolder(
  files: Files,
  root: string,
  { source, target, files: found, pictures }: CountedCopy,
  stopped: () => boolean,
): Promise<PreparedFolder> {
  await files.makeFolder(files.folderOf(target));
  const contents: FolderContents = new Map(
    found.map(({ name, path, bytes }): [string, Chunks] => [
      name,
      piecesOf(files, path, bytes, () => stopIf(stopped, source)),
    ]),
  );
  const facts = { folder: target, pictures, files: found.length };
  const isReplaced = (await files.status(target)) !== undefined;
  if (!isReplaced || (await holdsNothingElse(files, target, found))) {
    await files.writeFolder(target, contents);
    return facts;
  }
  const backups = files.join(root, 'backup');
  await files.makeFolder(backups);
  const backup = await freeName(files, files.join(backups, files.baseName(target)));
  await files.writeFolder(target, contents, backup);
  return { ...facts, backup };
}

const PIECE = 2 ** 22;

async function* piecesOf(files: Files, path: string, bytes: number, check: () => void): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes; offset += PIECE) {
    check();
    yield await files.readRange(path, offset, Math.min(PIECE, bytes - offset));
  }
}

function stopIf(stopped: () => boolean, source: string): void {
  if (!stopped()) return;
  throw new UserError({
    code: 'prepare/stopped',
    what: 'The copying was stopped before this folder was complete',
    where: source,
    fix: 'Nothing of it was left behind. Prepare again to copy it.',
  });
}

/** Every file of the folder is in the new copy too, byte for byte. */
async function holdsNothingElse(files: Files, target: string, copied: readonly SourceFile[]): Promise<boolean> {
  const byName = new Map(copied.map((file) => [file.name, file]));
  for (const { name, path, bytes } of await filesBelow(files, target)) {
    const same = byName.get(name);
    if (same?.bytes !== bytes || (await files.sha256(same.path)) !== (await files.sha256(path))) return false;
  }
  return true;
}

async function freeName(files: Files, path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? path : `${path} (${number})`;
    if ((await files.status(name)) === undefined) return name;
  }
}

async function foldersBeside(
  files: Files,
  parent: string,
  own: PreparedFolder | undefined,
): Promise<readonly string[]> {
  if ((await files.status(parent))?.kind !== 'folder') return [];
  const folders = (await files.list(parent)).filter(({ name, kind }) => kind === 'folder' && !name.startsWith('.'));
  return folders.map(({ name }) => files.join(parent, name)).filter((folder) => folder !== own?.folder);
}

function missingInputs(labels: readonly string[]): UserError {
  const last = labels.at(-1) ?? '';
  const named = labels.length === 1 ? last : `${labels.slice(0, -1).join(', ')} and ${last}`;
  return new UserError({
    code: 'prepare/missing',
    what: `Missing: ${named}`,
    fix: 'Give it: an instance prompt such as "sks", a class prompt such as "dog", the folder with your pictures, and a folder for the copies.',
    details: { missing: labels },
  });
}

const wrongRepeats = (repeats: number): UserError =>
  new UserError({
    code: 'prepare/repeats',
    what: `${repeats} is no number of repeats`,
    fix: `Repeats say how often an epoch shows each picture: a whole number from 1 to ${MOST_REPEATS}, such as 40.`,
  });
