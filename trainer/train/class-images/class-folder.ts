/**
 * The folder of class images: a subset of reg_data_dir as Kohya has them, `<repeats>_<class>`, in which each picture's name
 * tells what it was made from.
 *
 *     class-000012-0123456789abcdef.png   its place in the walk of an epoch, and its digest: the first digits of the
 *                                         SHA-256 of its settings, which alone say whether it is wanted
 *     .aside                              those that other settings wanted, and that come back with them
 *     .made                               the names of all that were ever made here, one a line
 *
 * A digest in `.made` without its picture is that of one that the user removed.
 */
import type { Job } from '../../api/job/index.ts';
import { must, UserError } from '../../base/errors.ts';
import type { FileEntry, Files } from '../../base/ports.ts';
import { parseFolderName } from '../../api/dataset-files.ts';
import { captionFileNames } from '../../data/captions.ts';
import { isImage } from '../../data/folders.ts';

export interface ClassFolder {
  readonly folder: string;
  /** The folder's own, `1_a dog`. */
  readonly name: string;
  readonly repeats: number;
  /** Where the folder's name cannot say it. */
  readonly caption?: string;
}

const PICTURE = /^class-\d{6,}-([0-9a-f]{16})\.png$/;
const DIGEST_DIGITS = 16;
/** What the names of class images begin with, and so where they stand among others. */
export const NAMES_BEGIN = 'class-';

/** @param hash of the picture's settings, in hex */
export const digestOf = (hash: string): string => hash.slice(0, DIGEST_DIGITS);

export const pictureName = (place: number, digest: string): string =>
  `${NAMES_BEGIN}${String(place).padStart(6, '0')}-${digest}.png`;

/** @returns undefined if the name is not that of a class image */
export const digestIn = (name: string): string | undefined => PICTURE.exec(name)?.[1];

/** Names of folders have at most 255 bytes, of which a character can take four. */
const LONGEST_NAME = 60;

/** The class as the name of a folder can have it. */
const nameOfClass = (prompt: string): string =>
  Array.from(prompt.replaceAll(/[\p{Cc}<>:"/\\|?*]+/gu, ' ').replaceAll(/\s+/g, ' '))
    .slice(0, LONGEST_NAME)
    .join('')
    .replace(/[. ]+$/, '')
    .trim();

/**
 * The folder of this class in reg_data_dir, with whatever repeats; `1_<class>` where there is none.
 *
 * @throws {UserError} classes/folder, classes/prompt
 */
export async function findClassFolder(files: Files, job: Job): Promise<ClassFolder> {
  const { reg_data_dir: parent, class_prompt: prompt = '' } = job;
  if (parent === undefined) throw noFolder();
  const name = nameOfClass(prompt);
  if (!/[\p{L}\p{N}]/u.test(name)) throw noPrompt(prompt);
  const status = await files.status(parent);
  if (status?.kind === 'file') throw fileInTheWay(parent);
  const entries = status === undefined ? [] : await files.list(parent);
  const found = entries.find((entry) => isOfClass(entry, name))?.name ?? `1_${name}`;
  const caption = prompt.trim();
  return {
    folder: files.join(files.resolve(parent), found),
    name: found,
    repeats: must(parseFolderName(found), 'repeats').repeats,
    ...(name === caption ? {} : { caption }),
  };
}

function isOfClass({ name, kind }: FileEntry, className: string): boolean {
  const parsed = parseFolderName(name);
  return kind === 'folder' && parsed !== undefined && parsed.repeats >= 1 && parsed.classTokens === className;
}

export interface ClassPicture {
  readonly digest: string;
  readonly name: string;
  readonly file: string;
  /** It lies in `.aside`, where no scan looks. */
  readonly isAside: boolean;
}

export interface ClassFolderContents {
  /** That were made here: those aside first, each by name. */
  readonly pictures: readonly ClassPicture[];
  /** Digests of those that were made once, and are gone. */
  readonly removed: ReadonlySet<string>;
  /** Names of pictures that came from elsewhere. */
  readonly foreign: readonly string[];
}

export async function readClassFolder(files: Files, folder: string): Promise<ClassFolderContents> {
  const names = await imagesIn(files, folder);
  const aside = files.join(folder, ASIDE);
  const pictures = [
    ...picturesOf(files, aside, await imagesIn(files, aside), true),
    ...picturesOf(files, folder, names, false),
  ];
  const there = new Set(pictures.map(({ digest }) => digest));
  const made = await digestsMade(files, folder);
  // The trainer ended after it wrote the picture and before it noted it: unless it is noted now, its removal would not tell.
  const unknown = pictures.filter(({ digest }) => !made.has(digest)).map(({ name }) => name);
  // An empty line first: the last one may have been cut off.
  if (unknown.length > 0) await rememberMade(files, folder, ['', ...unknown]);
  return {
    pictures,
    removed: new Set([...made].filter((digest) => !there.has(digest))),
    foreign: names.filter((name) => digestIn(name) === undefined),
  };
}

export const ASIDE = '.aside';
const MADE = '.made';

async function imagesIn(files: Files, folder: string): Promise<readonly string[]> {
  const isThere = (await files.status(folder))?.kind === 'folder';
  return isThere ? (await files.list(folder)).filter(isImage).map(({ name }) => name) : [];
}

const picturesOf = (
  files: Files,
  folder: string,
  names: readonly string[],
  isAside: boolean,
): readonly ClassPicture[] =>
  names.flatMap((name) => {
    const digest = digestIn(name);
    return digest === undefined ? [] : [{ digest, name, file: files.join(folder, name), isAside }];
  });

async function digestsMade(files: Files, folder: string): Promise<ReadonlySet<string>> {
  const list = files.join(folder, MADE);
  if ((await files.status(list)) === undefined) return new Set();
  const names = new TextDecoder().decode(await files.read(list)).split('\n');
  return new Set(names.flatMap((name) => digestIn(name) ?? []));
}

/** After the pictures are there, so that an end in between does not make them removed ones. */
export const rememberMade = (files: Files, folder: string, names: readonly string[]): Promise<void> =>
  files.append(files.join(folder, MADE), names.map((name) => `${name}\n`).join(''));

/** With its caption, which goes first: a picture that is where it belongs is complete. */
export async function movePicture(
  files: Files,
  { folder }: ClassFolder,
  { name, file, isAside }: ClassPicture,
  captionExtension: string,
): Promise<void> {
  const from = files.folderOf(file);
  const to = isAside ? folder : files.join(folder, ASIDE);
  await files.makeFolder(to);
  for (const part of [...captionFileNames(name, captionExtension), name]) {
    const path = files.join(from, part);
    if ((await files.status(path)) !== undefined) await files.move(path, files.join(to, part));
  }
}

const noFolder = (): UserError =>
  new UserError({
    code: 'classes/folder',
    what: 'The job does not say where class images lie',
    where: 'reg_data_dir',
    fix: 'Set reg_data_dir to a folder, which is made if there is none.',
  });

const fileInTheWay = (where: string): UserError =>
  new UserError({
    code: 'classes/folder',
    what: 'reg_data_dir names a file, where a folder for class images is expected',
    where,
    fix: 'Choose a folder.',
  });

const noPrompt = (prompt: string): UserError =>
  new UserError({
    code: 'classes/prompt',
    what:
      prompt.trim() === ''
        ? 'The job does not say what class images show'
        : `The class prompt "${prompt}" has no letter that could name a folder`,
    where: 'class_prompt',
    fix: 'Set class_prompt to the class of the subject, such as "a dog".',
  });
