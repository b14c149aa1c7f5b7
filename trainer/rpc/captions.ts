/**
 * Captions that are edited in the window: one, or the tags of many at once.
 */
import { basename, dirname, join } from 'node:path';
import type { CallInput, Handlers } from '../api/rpc/index.ts';
import { UserError } from '../base/errors.ts';
import type { Files } from '../base/ports.ts';
import { captionLength } from '../data/caption-length.ts';
import { captionFileNames, captionExtension, decodeCaption, stemOf } from '../data/captions.ts';
import type { Surroundings } from './surroundings.ts';

type Edit = CallInput<'captions.edit'>['edit'];

export function captionHandlers({
  machine,
  allowed,
  emit,
}: Surroundings): Pick<Handlers, 'caption.write' | 'captions.edit' | 'captions.count'> {
  const { files } = machine;
  return {
    'caption.write': async ({ image, extension, text }) => {
      const captionFile = await captionFileOf(files, await allowed.require(image), extension);
      await writeCaption(files, captionFile, text);
      emit('dataset.changed', { folders: [dirname(captionFile)] });
      return { captionFile };
    },
    'captions.edit': async ({ images, extension, separator, edit }) => {
      const folders = new Set<string>();
      let changed = 0;
      for (const image of images) {
        const file = await captionFileOf(files, await allowed.require(image), extension);
        const before = await readCaption(files, file);
        const after = editCaption(before, separator, edit);
        if (after === before) continue;
        await writeCaption(files, file, after);
        folders.add(dirname(file));
        changed += 1;
      }
      if (changed > 0) emit('dataset.changed', { folders: [...folders] });
      return { changed };
    },
    'captions.count': async ({ texts, limit }) => {
      const tokenizer = await machine.loadTokenizer();
      return { counts: texts.map((text) => captionLength(tokenizer, text, limit)) };
    },
  };
}

/** Where a picture's caption is, or would be. */
export async function captionFileOf(files: Files, image: string, setting: string): Promise<string> {
  const extension = captionExtension(setting);
  if (!/^\.[\w-]{1,20}$/.test(extension)) throw wrongExtension(setting);
  const folder = dirname(image);
  for (const name of captionFileNames(basename(image), extension)) {
    if ((await files.status(join(folder, name))) !== undefined) return join(folder, name);
  }
  return join(folder, stemOf(basename(image)) + extension);
}

const wrongExtension = (setting: string): UserError =>
  new UserError({
    code: 'job/out-of-range',
    what: `"${setting}" is no ending of a caption file`,
    fix: 'Use .txt, .caption or .cap.',
  });

export const writeCaption = (files: Files, path: string, text: string): Promise<void> =>
  files.write(path, new TextEncoder().encode(`${text.trim()}\n`));

async function readCaption(files: Files, path: string): Promise<string> {
  if ((await files.status(path)) === undefined) return '';
  const decoded = decodeCaption(await files.read(path));
  if (decoded.kind === 'text') return decoded.text.trim();
  throw new UserError({
    code: 'file/other-format',
    what: `The caption is not UTF-8 text; it looks like ${decoded.encoding}`,
    where: path,
    fix: 'Open the file in an editor and save it with encoding "UTF-8".',
  });
}

/** The caption with the edit; as it was where the edit changes nothing. */
export function editCaption(caption: string, separator: string, edit: Edit): string {
  const tags = caption
    .split(separator)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const joined = (list: readonly string[]): string => list.join(separator.trim() === '' ? separator : `${separator} `);
  switch (edit.kind) {
    case 'add': {
      const fresh = edit.tags.filter((tag) => !tags.includes(tag.trim())).map((tag) => tag.trim());
      if (fresh.length === 0) return caption;
      return joined(edit.where === 'start' ? [...fresh, ...tags] : [...tags, ...fresh]);
    }
    case 'remove': {
      const gone = edit.tags.map((tag) => tag.trim());
      const kept = tags.filter((tag) => !gone.includes(tag));
      return kept.length === tags.length ? caption : joined(kept);
    }
    case 'replace':
      return caption.replaceAll(edit.find, edit.replace);
  }
}
