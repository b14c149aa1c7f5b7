/**
 * What a model was trained on, as far as an evaluation needs it: the pictures to compare with, and the prompts to draw.
 *
 * Two sources: the list that scripts/base-model writes beside its pictures (`concepts.json`), with concepts and styles; or
 * any folder in Kohya's layout, where each caption is a concept of its own.
 */
import { must, UserError } from '../../base/errors.ts';
import { excerpt } from '../../base/excerpt.ts';
import type { Files, Pictures } from '../../base/ports.ts';
import { requireImages } from '../../data/dataset.ts';
import { scanDataset } from '../../data/scan.ts';

/** What a picture shows, or is to show. Two things are the same concept, or the same style, where the words are equal. */
export interface Label {
  readonly concept: string;
  readonly style?: string;
}

export interface KnownPicture extends Label {
  readonly path: string;
}

export interface LabelledPrompt extends Label {
  readonly prompt: string;
  /** A picture of the training set that shows the same, for the contact sheet. */
  readonly example: string;
}

export interface TrainingSet {
  /** How many different ones there are. */
  readonly concepts: number;
  /** Of `concepts.json` those that show one thing as it is on white. */
  readonly pictures: readonly KnownPicture[];
  readonly prompts: readonly LabelledPrompt[];
}

/** One entry of `concepts.json`. */
interface ListedConcept {
  readonly concept: string;
  readonly styles: readonly string[];
  readonly pictures: readonly ListedPicture[];
}

interface ListedPicture {
  readonly file: string;
  readonly style: string;
  readonly variant: string;
  readonly caption: string;
}

/**
 * @param path of the list; the pictures lie in its folder, or one or two folders below
 * @throws {UserError} `evaluate/concepts` if it is no such list; `evaluate/pictures` if the pictures are not there
 */
export async function readConceptList(files: Files, path: string): Promise<TrainingSet> {
  const place = files.resolve(path);
  const list = parseList(new TextDecoder().decode(await files.read(place)), place);
  const plain = list.map(({ concept, pictures }) => ({
    concept,
    pictures: pictures.filter(({ variant }) => variant === 'plain'),
  }));
  const first = plain.flatMap(({ pictures }) => pictures)[0];
  if (first === undefined) throw badList(place, 'it lists no picture of the variant "plain"');
  const folder = await folderOf(files, files.folderOf(place), first.file);
  const pathOf = ({ file }: ListedPicture): string => files.join(folder, file);
  return {
    concepts: list.length,
    pictures: plain.flatMap(({ concept, pictures }) =>
      pictures.map((picture) => ({ concept, style: picture.style, path: pathOf(picture) })),
    ),
    prompts: plain.flatMap(({ concept, pictures }) =>
      [...new Set(pictures.map(({ style }) => style))].map((style) => {
        const drawn = plainest(
          pictures.filter((picture) => picture.style === style),
          concept,
        );
        return { concept, style, prompt: drawn.caption, example: pathOf(drawn) };
      }),
    ),
  };
}

/** The picture whose caption is the concept's name and its style, `a cat, flat style`, or comes nearest to that. */
function plainest(pictures: readonly ListedPicture[], concept: string): ListedPicture {
  const named = pictures.filter(({ caption, style }) => caption.includes(concept) && caption.includes(style));
  const plain = named.filter(({ caption, style }) => caption.endsWith(`${concept}, ${style} style`));
  const [first, ...rest] = [plain, named, pictures].find((some) => some.length > 0) ?? [];
  return rest.reduce(
    (best, picture) => (picture.caption.length < best.caption.length ? picture : best),
    must(first, 'a picture'),
  );
}

function parseList(text: string, path: string): readonly ListedConcept[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw badList(path, 'it is no JSON');
  }
  if (!Array.isArray(list) || list.length === 0) throw badList(path, 'it is no list of concepts, or an empty one');
  return list.map((entry: unknown, index) => {
    if (isListedConcept(entry)) return entry;
    throw badList(path, `its entry ${index + 1} is no concept with pictures`);
  });
}

function isListedConcept(value: unknown): value is ListedConcept {
  if (typeof value !== 'object' || value === null) return false;
  const { concept, pictures } = value as Partial<Record<keyof ListedConcept, unknown>>;
  return typeof concept === 'string' && Array.isArray(pictures) && pictures.every(isListedPicture);
}

function isListedPicture(value: unknown): value is ListedPicture {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<Record<keyof ListedPicture, unknown>>;
  return [fields.file, fields.style, fields.variant, fields.caption].every((field) => typeof field === 'string');
}

const badList = (path: string, why: string): UserError =>
  new UserError({
    code: 'evaluate/concepts',
    what: `The file is no list of concepts: ${why}`,
    where: path,
    fix: 'Give the concepts.json that "npm run base:dataset" writes beside its pictures, or a folder of pictures with --data.',
  });

/** Where the list's pictures are: looked for by the name of the first. */
async function folderOf(files: Files, root: string, picture: string): Promise<string> {
  let level = [root];
  for (let depth = 0; depth <= 2; depth++) {
    for (const folder of level) {
      if ((await files.status(files.join(folder, picture)))?.kind === 'file') return folder;
    }
    const inner = await Promise.all(
      level.map(async (folder) =>
        (await files.list(folder)).filter(({ kind }) => kind === 'folder').map(({ name }) => files.join(folder, name)),
      ),
    );
    level = inner.flat();
  }
  throw new UserError({
    code: 'evaluate/pictures',
    what: `The pictures of the list are not here: there is no ${excerpt(picture)} in its folder or two folders below`,
    where: root,
    fix: 'Move the list back beside the pictures that it was written with, or write both anew.',
  });
}

/**
 * @param folder the parent of `<repeats>_<name>` folders
 * @throws {UserError} `data/...` if there are no pictures
 */
export async function readPictureFolder(files: Files, pictures: Pictures, folder: string): Promise<TrainingSet> {
  const path = files.resolve(folder);
  const side = 512;
  const dataset = await scanDataset(files, pictures, {
    train: { folder: path },
    captionExtension: '.txt',
    wildcards: false,
    // Pictures are compared whole; buckets play no part, and none is left out for its shape.
    buckets: {
      resolution: { width: side, height: side },
      enabled: false,
      minimum: side,
      maximum: side,
      step: 64,
      noUpscale: false,
    },
  });
  requireImages(dataset, path);
  const captioned = dataset.images.map((image) => ({ concept: image.caption, path: image.path }));
  const byConcept = new Map(captioned.toReversed().map((picture) => [picture.concept, picture.path]));
  return {
    concepts: byConcept.size,
    pictures: captioned,
    prompts: [...byConcept].toReversed().map(([concept, example]) => ({ concept, prompt: concept, example })),
  };
}

/** So many prompts, spread over all; all where there are no more. */
export function spreadPrompts(prompts: readonly LabelledPrompt[], limit: number): readonly LabelledPrompt[] {
  if (prompts.length <= limit) return prompts;
  return Array.from(
    { length: limit },
    (_, index) => prompts[Math.floor((index * prompts.length) / limit)] as LabelledPrompt,
  );
}
