/** The captioned set: what the UNet and the text encoder learn from, and the list of what is in it. */
import { writeFileSync } from 'node:fs';
import { inBatches } from './batches.ts';
import type { CaptionedPicture, Variant } from './captioned-picture.ts';
import { assertUnseen, forbidder, type ProbePrompt } from './composition.ts';
import { CAPTIONED_STYLES, type CaptionedStyle, type Concept } from './concepts.ts';
import { attached, sideBySide } from './pair-pictures.ts';
import { singlePictures } from './single-pictures.ts';
import { createFolder } from './writer.ts';

/** One concept in `concepts.json`, the file that `lora-loom evaluate` reads beside the captioned folder. */
export interface ListedConcept {
  /** What most captions call it, without an article: `hot dog`. Unique. */
  readonly concept: string;
  /** The concept's name and its synonyms; no other concept has any of them. */
  readonly words: readonly string[];
  /** The style words it is drawn in; a caption says `<style> style`. */
  readonly styles: readonly CaptionedStyle[];
  /** Every picture that shows it. A pair is listed under both of its concepts. */
  readonly pictures: readonly ListedPicture[];
}

export interface ListedPicture {
  /** Inside `diffusion/1_emoji`, with its ending. */
  readonly file: string;
  readonly style: CaptionedStyle;
  /**
   * `plain`: alone on white; `background`: alone on a coloured background; `hue`: alone on white, recoloured; `pair`:
   * with another concept, beside it, worn by it or painted on it.
   */
  readonly variant: Variant;
  /** The same as in the .txt file. */
  readonly caption: string;
}

export interface DiffusionSetOptions {
  readonly concepts: readonly Concept[];
  readonly probe: readonly ProbePrompt[];
  readonly folder: string;
  /** Where those pictures are once more that show shapes and nothing else, for the first stage. */
  readonly outlines: string;
  /** Where `concepts.json` goes. */
  readonly list: string;
  /** Tokens of a caption, without those of start and end. */
  readonly countTokens: (caption: string) => number;
  readonly seed: number;
}

const PAIR_ROUNDS = 2;
const MOST_TOKENS = 20;

/** @returns every picture written */
export async function writeDiffusionSet(options: DiffusionSetOptions): Promise<readonly CaptionedPicture[]> {
  const { concepts, probe, seed } = options;
  const forbidden = forbidder(probe, concepts);
  const isForbidden = (caption: string): boolean => forbidden(caption) !== undefined;
  const each = concepts.flatMap((concept) => CAPTIONED_STYLES.map((style) => ({ concept, style, seed, isForbidden })));
  const singles = (await inBatches(each, singlePictures)).flat();
  const pairsOptions = { concepts, seed, rounds: PAIR_ROUNDS, isForbidden };
  const pictures = [...singles, ...sideBySide(pairsOptions), ...attached(pairsOptions)];
  assertUnseen(
    probe,
    concepts,
    pictures.map(({ caption }) => caption),
  );

  for (const { caption } of pictures) {
    const tokens = options.countTokens(caption);
    if (tokens > MOST_TOKENS)
      throw new Error(`the caption "${caption}" has ${tokens} tokens, more than ${MOST_TOKENS}`);
  }

  const outlines = pictures.filter(({ isOutline }) => isOutline);
  await writePictures(options.outlines, outlines);
  await writePictures(options.folder, pictures);
  writeFileSync(options.list, `${JSON.stringify(listConcepts(concepts, pictures), null, 1)}\n`);
  return pictures;
}

async function writePictures(folder: string, pictures: readonly CaptionedPicture[]): Promise<void> {
  const writer = createFolder(folder, '1_emoji');
  await inBatches(pictures, async ({ name, caption, paint }) => writer.add(name, await paint(), caption));
  writer.finish();
}

export function listConcepts(
  concepts: readonly Concept[],
  pictures: readonly CaptionedPicture[],
): readonly ListedConcept[] {
  const shown = new Map<string, ListedPicture[]>(concepts.map(({ name }) => [name, []]));
  for (const { name, style, variant, caption, concepts: shows } of pictures) {
    for (const concept of shows) shown.get(concept)?.push({ file: `${name}.png`, style, variant, caption });
  }
  return concepts.map(({ name, synonyms }) => ({
    concept: name,
    words: [name, ...synonyms],
    styles: CAPTIONED_STYLES,
    pictures: shown.get(name) ?? [],
  }));
}
