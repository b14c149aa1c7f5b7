/**
 * The folder of class images: a subset of reg_data_dir as Kohya has them, `<repeats>_<class>`, in which each picture's name
 * tells what it was made from.
 *
 *     class-000012-0123456789.png   number 12, and the first digits of the SHA-256 of its settings
 *     .made                         the names of all that were ever made here, one a line
 *
 * A name in `.made` without its picture is one that the user removed.
 */
import type { Job } from '../../api/job/index.ts';
import { must, UserError } from '../../base/errors.ts';
import type { FileEntry, Files } from '../../base/ports.ts';
import { parseFolderName } from '../../api/dataset-files.ts';
import { isImage } from '../../data/folders.ts';

export interface ClassFolder {
  readonly folder: string;
  readonly repeats: number;
  /** Where the folder's name cannot say it. */
  readonly caption?: string;
}

const PICTURE = /^class-\d{6}-[0-9a-f]{10}\.png$/;
const HASH_DIGITS = 10;

/** @param hash of the picture's settings, in hex */
export const pictureName = (index: number, hash: string): string =>
  `class-${String(index).padStart(6, '0')}-${hash.slice(0, HASH_DIGITS)}.png`;

export const isClassPicture = (name: string): boolean => PICTURE.test(name);

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
    repeats: must(parseFolderName(found), 'repeats').repeats,
    ...(name === caption ? {} : { caption }),
  };
}

function isOfClass({ name, kind }: FileEntry, className: string): boolean {
  const parsed = parseFolderName(name);
  return kind === 'folder' && parsed !== undefined && parsed.repeats >= 1 && parsed.classTokens === className;
}

export interface ClassFolderContents {
  /** Pictures that were made here. */
  readonly pictures: ReadonlySet<string>;
  /** Made once, and gone. */
  readonly removed: ReadonlySet<string>;
  /** Pictures that came from elsewhere. */
  readonly foreign: readonly string[];
}

export async function readClassFolder(files: Files, folder: string): Promise<ClassFolderContents> {
  const isThere = (await files.status(folder)) !== undefined;
  const names = isThere ? (await files.list(folder)).filter(isImage).map(({ name }) => name) : [];
  const pictures = new Set(names.filter(isClassPicture));
  const list = files.join(folder, MADE);
  const made = (await files.status(list)) === undefined ? '' : new TextDecoder().decode(await files.read(list));
  return {
    pictures,
    removed: new Set(made.split('\n').filter((name) => isClassPicture(name) && !pictures.has(name))),
    foreign: names.filter((name) => !isClassPicture(name)),
  };
}

const MADE = '.made';

/** After the picture is there, so that an end in between does not make it a removed one. */
export const rememberMade = (files: Files, folder: string, name: string): Promise<void> =>
  files.append(files.join(folder, MADE), `${name}\n`);

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
