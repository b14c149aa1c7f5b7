/**
 * From the folder that the user chose to the folders of pictures in it, by Kohya's rule: each direct sub-folder named
 * `<repeats>_<name>` is one subset. Where the rule finds nothing, the error says what was probably meant.
 */
import { isHidden, isPictureName, parseFolderName, PICTURE_EXTENSIONS, type FolderName } from '../api/dataset-files.ts';
import { UserError } from '../base/errors.ts';
import type { FileEntry, Files } from '../base/ports.ts';
import type { ImageSource, SubsetFolder } from './dataset.ts';
import type { Finding } from './findings.ts';
import { finding } from './findings.ts';

/** The format that each extension stands for. */
export const FORMAT_OF_EXTENSION: ReadonlyMap<string, string> = new Map(
  PICTURE_EXTENSIONS.map((extension) => [extension, extension === '.jpg' ? 'jpeg' : extension.slice(1)]),
);
/** More repeats than anyone means: the number is probably a year or part of a date. */
const SUSPICIOUS_REPEATS = 500;
/** An epoch lists each picture as often as this: "20240131_cat" would be a list that no memory holds. */
export const MOST_REPEATS = 100_000;

export function isImage({ name, kind }: FileEntry): boolean {
  return kind === 'file' && isPictureName(name);
}

export interface FoundSubsets {
  readonly subsets: readonly SubsetFolder[];
  readonly findings: readonly Finding[];
}

/** @throws {UserError} `data/...` if the folder can not be what was meant */
export async function findSubsets(files: Files, source: ImageSource, isRegularisation: boolean): Promise<FoundSubsets> {
  const { folder, plain, mayBeEmpty = false } = source;
  const status = await files.status(folder);
  if (status === undefined && mayBeEmpty) return { subsets: [], findings: [] };
  if (status === undefined) {
    throw new UserError({
      code: 'data/folder-missing',
      what: 'There is no such folder',
      where: folder,
      fix: `Check the name in ${keyOf(isRegularisation)}, and whether the disk is connected.`,
    });
  }
  if (status.kind === 'file') {
    throw new UserError({
      code: 'data/not-a-folder',
      what: `${keyOf(isRegularisation)} names a file, not a folder`,
      where: folder,
      fix: 'Choose the folder that holds the folders of pictures.',
    });
  }
  const entries = await files.list(folder);
  if (plain !== undefined) return plainSubset(files, source, plain, entries, isRegularisation);
  const found = subsetsInside(files, folder, entries, isRegularisation);
  if (found.subsets.length === 0 && !mayBeEmpty) throw await noSubsets(files, folder, entries);
  return found;
}

const keyOf = (isRegularisation: boolean): string => (isRegularisation ? 'reg_data_dir' : 'train_data_dir');

function plainSubset(
  files: Files,
  { folder }: ImageSource,
  plain: NonNullable<ImageSource['plain']>,
  entries: readonly FileEntry[],
  isRegularisation: boolean,
): FoundSubsets {
  const named = entries.find((entry) => entry.kind === 'folder' && parseFolderName(entry.name) !== undefined);
  if (!entries.some(isImage)) {
    if (named === undefined) throw noImages(folder);
    throw new UserError({
      code: 'data/parent-folder-given',
      what: `instance_prompt asks for one plain folder of pictures, but this one has none, only folders such as "${named.name}"`,
      where: folder,
      fix: `Remove instance_prompt, so that the folder names count; or choose "${named.name}" itself.`,
    });
  }
  const name = files.baseName(folder);
  const subset = { folder, name, repeats: plain.repeats, classTokens: plain.prompt, isRegularisation };
  return { subsets: [subset], findings: [] };
}

function subsetsInside(
  files: Files,
  folder: string,
  entries: readonly FileEntry[],
  isRegularisation: boolean,
): FoundSubsets {
  const subsets: SubsetFolder[] = [];
  const findings: Finding[] = [];
  for (const { name, kind } of entries) {
    if (kind !== 'folder' || isHidden(name)) continue;
    const parsed = parseFolderName(name);
    const path = files.join(folder, name);
    if (parsed === undefined || !canRepeat(parsed)) {
      findings.push(skippedFolder(path, name, parsed));
      continue;
    }
    if (parsed.repeats > SUSPICIOUS_REPEATS) findings.push(manyRepeats(path, parsed));
    subsets.push({ folder: path, name, ...parsed, isRegularisation });
  }
  const loose = entries.filter(isImage).length;
  if (loose > 0) {
    const what = `${pictures(loose)} beside the folders with repeats, and not used`;
    const into = subsets[0] === undefined ? 'a folder with repeats' : 'one of the folders';
    const move = `Move ${loose === 1 ? 'it' : 'them'} into ${into}, such as "${subsets[0]?.name ?? '1_dog'}".`;
    findings.push(finding('folders/loose-images', folder, what, move));
  }
  return { subsets, findings };
}

const canRepeat = ({ repeats }: FolderName): boolean => repeats >= 1 && repeats <= MOST_REPEATS;

const pictures = (count: number): string => (count === 1 ? '1 picture lies' : `${count} pictures lie`);

function skippedFolder(path: string, name: string, parsed: FolderName | undefined): Finding {
  const why =
    parsed === undefined
      ? 'does not start with a number of repeats'
      : `asks for ${parsed.repeats} repeats (1 to ${MOST_REPEATS} can be)`;
  const shown = parsed === undefined ? name : parsed.classTokens;
  return finding(
    'folders/no-repeats',
    path,
    `The folder's name ${why}, so it is not used`,
    `Rename it to "10_${shown}" to use it.`,
  );
}

function manyRepeats(path: string, { repeats, classTokens }: FolderName): Finding {
  return finding(
    'folders/many-repeats',
    path,
    `The folder's name says that each picture is shown ${repeats} times an epoch`,
    `If the number is a date, rename the folder, for example to "10_${classTokens}".`,
  );
}

/** Nothing in the folder counts: find out what the user meant by it. */
async function noSubsets(files: Files, folder: string, entries: readonly FileEntry[]): Promise<UserError> {
  const name = files.baseName(folder);
  const loose = entries.filter(isImage).length;
  if (loose > 0) {
    const parent = files.folderOf(folder);
    return new UserError({
      code: 'data/image-folder-given',
      what: `The folder holds ${loose === 1 ? 'a picture' : `${loose} pictures`} itself, where folders named "<repeats>_<name>" are expected`,
      where: folder,
      fix:
        parseFolderName(name) === undefined
          ? `Set instance_prompt (and num_repeats) to use the folder as it is, or move the pictures into a folder inside it named for example "10_${name}".`
          : `Choose the folder around it, ${parent}, or set instance_prompt to use this one alone.`,
      details: { images: loose },
    });
  }
  const folders = entries.filter((entry) => entry.kind === 'folder' && !isHidden(entry.name));
  if (folders.length === 0) return noImages(folder);
  for (const { name: inner } of folders) {
    const innerPath = files.join(folder, inner);
    const below = (await files.list(innerPath)).find((entry) => entry.kind === 'folder' && isUsable(entry.name));
    if (below === undefined) continue;
    return new UserError({
      code: 'data/no-repeats-folder',
      what: `No folder in here is named "<repeats>_<name>", but "${inner}" holds "${below.name}"`,
      where: folder,
      fix: `Choose ${innerPath} instead.`,
    });
  }
  const shown = folders.slice(0, 3).map((entry) => `"${entry.name}"`);
  const range = folders.some((entry) => parseFolderName(entry.name)) ? ` with 1 to ${MOST_REPEATS} repeats` : '';
  const [first = 'name'] = folders.map((entry) => parseFolderName(entry.name)?.classTokens ?? entry.name);
  return new UserError({
    code: 'data/no-repeats-folder',
    what: `None of the folders in here is named "<repeats>_<name>"${range}: ${shown.join(', ')}`,
    where: folder,
    fix: `Rename them, for example to "10_${first}", where 10 is how often an epoch shows each picture.`,
    details: { folders: folders.map((entry) => entry.name) },
  });
}

function isUsable(name: string): boolean {
  const parsed = parseFolderName(name);
  return parsed !== undefined && canRepeat(parsed);
}

function noImages(folder: string): UserError {
  return new UserError({
    code: 'data/no-images',
    what: 'The folder holds no pictures',
    where: folder,
    fix: `Put pictures (${[...FORMAT_OF_EXTENSION.keys()].map((extension) => extension.slice(1)).join(', ')}) into a folder inside it named "10_" and what they show, or choose another folder.`,
  });
}
