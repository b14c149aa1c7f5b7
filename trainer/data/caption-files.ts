/**
 * The caption files of one folder: which picture each belongs to, what it says, and what is odd about them.
 */
import { CAPTION_EXTENSIONS } from '../api/dataset-files.ts';
import type { FileEntry, Files } from '../base/ports.ts';
import {
  captionExtension,
  captionFileNames,
  captionInText,
  decodeCaption,
  MAX_CAPTION_BYTES,
  stemOf,
} from './captions.ts';
import type { SubsetFolder } from './dataset.ts';
import type { Finding, FindingCode } from './findings.ts';
import { finding } from './findings.ts';

export interface CaptionFolder {
  /** With its dot. */
  readonly extension: string;
  /** Of each picture, as far as it has one: the name of its caption file. */
  readonly fileOf: ReadonlyMap<string, string>;
  readonly pictures: readonly string[];
  /** Caption files that belong to no picture. */
  readonly unused: readonly string[];
  /** Captions with another extension than asked for, beside pictures that have no other. */
  readonly otherExtensions: readonly { readonly extension: string; readonly count: number }[];
}

/** Pairs pictures and captions by the names in a folder. */
export function captionFolder(
  entries: readonly FileEntry[],
  pictures: readonly string[],
  extensionSetting: string,
): CaptionFolder {
  const extension = captionExtension(extensionSetting);
  const texts = entries.filter((entry) => entry.kind === 'file').map((entry) => entry.name);
  const exact = new Set(texts);
  // Where the file system ignores case, sd-scripts finds "cat.TXT" for "cat.png"; here that works everywhere.
  const folded = new Map(texts.map((name) => [name.toLowerCase(), name]));
  const find = (name: string): string | undefined => (exact.has(name) ? name : folded.get(name.toLowerCase()));

  const fileOf = new Map<string, string>();
  for (const picture of pictures) {
    const file = captionFileNames(picture, extension)
      .map(find)
      .find((name) => name !== undefined);
    if (file !== undefined) fileOf.set(picture, file);
  }
  const used = new Set(fileOf.values());
  const unused = texts.filter((name) => name.toLowerCase().endsWith(extension.toLowerCase()) && !used.has(name));
  const bare = pictures.filter((picture) => !fileOf.has(picture));
  const otherExtensions = CAPTION_EXTENSIONS.filter((other) => other !== extension)
    .map((other) => ({
      extension: other,
      count: bare.filter((name) => find(stemOf(name) + other) !== undefined).length,
    }))
    .filter(({ count }) => count > 0);
  return { extension, fileOf, pictures, unused, otherExtensions };
}

/** What is odd about a folder's captions as a whole. */
export function folderCaptionFindings(subset: SubsetFolder, captions: CaptionFolder): Finding[] {
  const found: Finding[] = [];
  const say = (code: FindingCode, sentence: string, fix: string): unknown =>
    found.push(finding(code, subset.folder, sentence, fix));
  const { extension, fileOf, pictures, unused, otherExtensions } = captions;

  for (const other of otherExtensions) {
    const none =
      fileOf.size === 0 ? `there are no ${extension} captions here` : `some pictures have no ${extension} caption`;
    found.push({
      ...finding(
        'captions/other-extension',
        subset.folder,
        `caption_extension is ${extension}, and ${none}, but ${countOf(other.count, `${other.extension} file`)} beside pictures`,
        `Set caption_extension to ${other.extension}, or rename the files.`,
      ),
      remedy: { label: `Use ${other.extension}`, set: { caption_extension: other.extension } },
    });
  }
  const missing = pictures.length - fileOf.size;
  if (missing > 0) {
    const who =
      missing === pictures.length ? 'No picture has' : `${countOf(missing, 'picture')} of ${pictures.length} without`;
    const own = missing === 1 || missing === pictures.length ? 'its own' : 'their own';
    if (subset.classTokens === '') {
      say(
        'captions/missing',
        `${who} a caption, and the folder's name gives none`,
        `Write captions (${extension}), or rename the folder, for example to "${subset.repeats}_sks cat".`,
      );
    } else {
      say(
        'folders/from-name',
        `${who} a caption of ${own}: "${subset.classTokens}" is used`,
        `To say more about a picture, put a ${extension} file with the same name beside it.`,
      );
    }
  }
  if (unused.length > 0) {
    const shown = unused.slice(0, 3).join(', ');
    say(
      'captions/no-picture',
      `${countOf(unused.length, 'caption')} without a picture: ${shown}`,
      'Give each caption the name of its picture, or delete it.',
    );
  }
  for (const [file, sharing] of sharedCaptions(fileOf)) {
    say(
      'captions/shared',
      `The pictures ${sharing.join(', ')} share one caption, ${file}`,
      'Rename all but one of them, and give each a caption, if they show different things.',
    );
  }
  return found;
}

const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function sharedCaptions(fileOf: ReadonlyMap<string, string>): [string, string[]][] {
  const sharing = new Map<string, string[]>();
  for (const [picture, file] of fileOf) sharing.set(file, [...(sharing.get(file) ?? []), picture]);
  return [...sharing].filter(([, pictures]) => pictures.length > 1);
}

export interface CaptionReading {
  readonly text: string;
  readonly from: 'file' | 'folder' | 'nothing';
  readonly findings: readonly Finding[];
  /** The picture must be left out: what its caption says can not be known. */
  readonly unusable: boolean;
}

/** A picture's caption: that of its file, else the folder's class tokens. */
export async function readCaption(
  files: Files,
  subset: SubsetFolder,
  captions: CaptionFolder,
  picture: string,
  wildcards: boolean,
): Promise<CaptionReading> {
  const name = captions.fileOf.get(picture);
  if (name === undefined) {
    const text = subset.classTokens;
    return { text, from: text === '' ? 'nothing' : 'folder', findings: [], unusable: false };
  }
  const path = files.join(subset.folder, name);
  const bytes = (await files.status(path))?.size ?? 0;
  if (bytes > MAX_CAPTION_BYTES) {
    const what = `The caption file has ${bytes.toLocaleString('en')} bytes; a caption has a few hundred`;
    return unusable(
      finding(
        'captions/too-long',
        path,
        what,
        `Its picture ${picture} is left out. Put the caption alone into the file.`,
      ),
    );
  }
  const decoded = decodeCaption(await files.read(path));
  if (decoded.kind === 'not-utf8') {
    const what = `The caption is not UTF-8 text; it looks like ${decoded.encoding}`;
    return unusable(
      finding(
        'captions/encoding',
        path,
        what,
        `Its picture ${picture} is left out. Open the file in an editor and save it with encoding "UTF-8".`,
      ),
    );
  }
  const text = captionInText(decoded.text, wildcards);
  if (text !== '') return { text, from: 'file', findings: [], unusable: false };
  const instead =
    subset.classTokens === ''
      ? 'Write a caption'
      : `Write a caption, or delete the file to use "${subset.classTokens}"`;
  const empty = finding(
    'captions/empty',
    path,
    `The caption is empty, so ${picture} is trained without any`,
    `${instead}.`,
  );
  return { text, from: 'file', findings: [empty], unusable: false };
}

const unusable = (found: Finding): CaptionReading => ({ text: '', from: 'nothing', findings: [found], unusable: true });
