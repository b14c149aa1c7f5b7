/**
 * How well a model draws what it was trained on: its pictures of every prompt beside the training pictures.
 */
import { UserError } from '../../base/errors.ts';
import type { Files, Picture, Pictures } from '../../base/ports.ts';
import type { SamplerName } from '../../diffusion/samplers/index.ts';
import { openCheckpoint } from '../../formats/checkpoint/open.ts';
import type { SafetensorsHeader } from '../../formats/safetensors/header.ts';
import { drawPictures, picturesAtOnce, type DrawnPicture, type DrawRequest } from '../generation/draw.ts';
import type { DrawingModel } from '../generation/model.ts';
import { shownSize } from './contact-sheet.ts';
import { scoresOf, type Drawn, type Known, type Scores } from './scores.ts';
import { openFeatures, type FeatureMaker } from './picture-features.ts';
import { sheetFiles, type SheetFiles } from './sheet-files.ts';
import { spreadPrompts, type KnownPicture, type LabelledPrompt, type TrainingSet } from './training-set.ts';

export interface EvaluationSettings {
  /** Pictures of each prompt, each with a seed of its own. */
  readonly seeds: number;
  readonly steps: number;
  readonly scale: number;
  readonly sampler: SamplerName;
  /** Rows and columns of the pictures in pixels, a multiple of 8. */
  readonly side: number;
  /** Prompts that are drawn at most. */
  readonly limit: number;
  /** Prompts of things never seen together, for the eye to judge. */
  readonly composition: readonly string[];
  /** Folder of the contact sheets; without one, none is written and `composition` is not drawn. */
  readonly out?: string;
  /** Weights for Fréchet inception distance and inception score, as `openInception` gave them. */
  readonly inception?: SafetensorsHeader;
}

export type EvaluationStage = 'training pictures' | 'drawing' | 'composition';

export interface EvaluationTools {
  readonly files: Files;
  readonly pictures: Pictures;
  readonly model: DrawingModel;
  /**
   * Path of a checkpoint whose autoencoder describes the pictures, whatever model draws them: only numbers of one
   * autoencoder compare. Left out, the model's own.
   */
  readonly describedBy?: string;
  /** `done` grows in fractions of a picture. */
  readonly onProgress: (stage: EvaluationStage, done: number, total: number) => void;
  readonly onWarning: (what: string) => void;
  /** Asked before each step. */
  readonly cancelled: () => boolean;
}

export interface Evaluation extends Scores {
  /** Path of the checkpoint whose autoencoder made latents and features of the pictures. */
  readonly autoencoder: string;
  /** Different ones in the training set. */
  readonly concepts: number;
  readonly prompts: number;
  /** That were drawn for the prompts. */
  readonly pictures: number;
  /** Training pictures that each was compared with. */
  readonly candidates: number;
  /** Files of the contact sheets. */
  readonly sheets: readonly string[];
  /** Each with the sheet that shows it. */
  readonly composition: readonly { readonly prompt: string; readonly file: string }[];
}

/**
 * @returns undefined if it was cancelled; sheets that are written stay
 * @throws {UserError} `evaluate/too-few`; `checkpoint/*`, `generate/*`, `images/*`, `engine/*`
 */
export async function evaluateModel(
  tools: EvaluationTools,
  set: TrainingSet,
  settings: EvaluationSettings,
): Promise<Evaluation | undefined> {
  requireEnough(set);
  const { side, out, inception } = settings;
  const atOnce = picturesAtOnce(side, side);
  const work: Work = { tools, settings, atOnce };
  const prompts = spreadPrompts(set.prompts, settings.limit);
  const { files, model, describedBy } = tools;
  const describing = describedBy === undefined ? model.checkpoint : await openCheckpoint(files, describedBy);
  let scores: Scores | undefined;
  let sheets: readonly string[] = [];
  {
    await using features = await openFeatures({
      executor: model.executor,
      checkpoint: describing,
      side,
      atOnce,
      ...(inception === undefined ? {} : { inception }),
    });
    const known = await describeKnown(work, features, set.pictures);
    if (known === undefined) return undefined;
    const book = out === undefined ? undefined : bookOf(work, 'sheet', prompts.length, out);
    const drawn = await drawPrompts(work, features, prompts, book);
    if (drawn === undefined) return undefined;
    sheets = (await book?.finish()) ?? [];
    scores = scoresOf(known, drawn);
  }
  const composition = await drawComposition(work);
  if (composition === undefined) return undefined;
  return {
    concepts: set.concepts,
    prompts: prompts.length,
    pictures: prompts.length * settings.seeds,
    candidates: set.pictures.length,
    ...scores,
    autoencoder: describing.path,
    sheets,
    composition,
  };
}

interface Work {
  readonly tools: EvaluationTools;
  readonly settings: EvaluationSettings;
  readonly atOnce: number;
}

function requireEnough({ concepts, pictures }: TrainingSet): void {
  if (concepts >= 2 && pictures.length >= 2) return;
  throw new UserError({
    code: 'evaluate/too-few',
    what: 'There is but one concept (one caption) among the pictures, so every picture would be nearest to it',
    fix: 'Give pictures of two things or more, each with a caption that says what it shows.',
    details: { concepts, pictures: pictures.length },
  });
}

async function describeKnown(
  { tools, settings: { side }, atOnce }: Work,
  features: FeatureMaker,
  pictures: readonly KnownPicture[],
): Promise<readonly Known[] | undefined> {
  const known: Known[] = [];
  const report = (): void => tools.onProgress('training pictures', known.length, pictures.length);
  for (let start = 0; start < pictures.length; start += atOnce) {
    if (tools.cancelled()) return undefined;
    report();
    const some = pictures.slice(start, start + atOnce);
    const loaded = await Promise.all(some.map(({ path }) => loadWhole(tools, path, side)));
    const described = await features.describe(loaded);
    known.push(...described.map((own, index) => ({ ...own, label: some[index] as KnownPicture })));
  }
  report();
  return known;
}

const loadWhole = ({ pictures }: EvaluationTools, path: string, side: number): Promise<Picture> =>
  pictures.load(path, { width: side, height: side }, { left: 0, top: 0, width: side, height: side });

/** Each prompt's seeds follow each other, and no two prompts share one: common noise would make them alike. */
const seedOf = (prompt: number, seeds: number, index: number): number => prompt * seeds + index;

function requestsFor({ settings }: Work, prompts: readonly string[]): readonly DrawRequest[] {
  const { seeds, steps, scale, sampler, side } = settings;
  return prompts.flatMap((prompt, place) =>
    Array.from({ length: seeds }, (_, index) => ({
      prompt: { prompt, negativePrompt: '', width: side, height: side, steps, scale, sampler },
      seed: seedOf(place, seeds, index),
    })),
  );
}

/** Pictures as they are drawn; says how many steps are done. */
function drawing(
  { tools, atOnce }: Work,
  stage: EvaluationStage,
  requests: readonly DrawRequest[],
): AsyncGenerator<DrawnPicture, void> {
  const total = requests.length;
  tools.onProgress(stage, 0, total);
  return drawPictures(
    tools.model,
    requests,
    {
      onStep: (first, done, steps) =>
        tools.onProgress(stage, first + (Math.min(atOnce, total - first) * done) / steps, total),
      onWarning: tools.onWarning,
      cancelled: tools.cancelled,
    },
    atOnce,
  );
}

async function drawPrompts(
  work: Work,
  features: FeatureMaker,
  prompts: readonly LabelledPrompt[],
  book: SheetFiles | undefined,
): Promise<readonly Drawn[] | undefined> {
  const { seeds, side } = work.settings;
  const requests = requestsFor(
    work,
    prompts.map(({ prompt }) => prompt),
  );
  const drawn: Drawn[] = [];
  const page = pageOf(book, seeds, async (place) => {
    const label = prompts[place] as LabelledPrompt;
    return { first: await loadWhole(work.tools, label.example, side), caption: label.prompt };
  });
  let waiting: DrawnPicture[] = [];
  const flush = async (): Promise<void> => {
    const described = await features.describe(waiting.map(({ picture }) => picture));
    for (const [index, { request, index: place, picture }] of waiting.entries()) {
      const label = prompts[Math.floor(place / seeds)] as LabelledPrompt;
      drawn.push({ ...(described[index] as Drawn), picture: shownSize(picture), label, seed: request.seed });
      await page(place, picture, request.seed);
    }
    waiting = [];
  };
  for await (const picture of drawing(work, 'drawing', requests)) {
    waiting.push(picture);
    if (waiting.length === work.atOnce) await flush();
  }
  if (waiting.length > 0) await flush();
  return drawn.length === requests.length ? drawn : undefined;
}

function bookOf({ tools }: Work, name: string, entries: number, folder: string): SheetFiles {
  return sheetFiles({ files: tools.files, pictures: tools.pictures, folder, name, entries });
}

type PlacePicture = (place: number, picture: Picture, seed: number) => Promise<string | undefined>;

/** Collects a prompt's pictures, which come one after the other; the last of them completes the entry of the sheet. */
function pageOf(
  book: SheetFiles | undefined,
  seeds: number,
  entryOf: (prompt: number) => Promise<{ readonly first?: Picture; readonly caption: string }>,
): PlacePicture {
  let row: { readonly picture: Picture; readonly seed: number }[] = [];
  return async (place, picture, seed) => {
    if (book === undefined) return undefined;
    row.push({ picture: shownSize(picture), seed });
    if (row.length < seeds) return undefined;
    const { first, caption } = await entryOf(Math.floor(place / seeds));
    const numbers = row.map((each) => each.seed).join(', ');
    const drawn = row.map((each) => each.picture);
    row = [];
    return book.add({
      pictures: first === undefined ? drawn : [shownSize(first), ...drawn],
      caption,
      remark: `${first === undefined ? '' : 'training picture, '}seed ${numbers}`,
    });
  };
}

async function drawComposition(work: Work): Promise<Evaluation['composition'] | undefined> {
  const { composition, out, seeds } = work.settings;
  if (out === undefined || composition.length === 0) return [];
  const requests = requestsFor(work, composition);
  const book = bookOf(work, 'composition', composition.length, out);
  const page = pageOf(book, seeds, (place) => Promise.resolve({ caption: composition[place] as string }));
  const shown: { prompt: string; file: string }[] = [];
  for await (const { index, picture, request } of drawing(work, 'composition', requests)) {
    const file = await page(index, picture, request.seed);
    if (file !== undefined) shown.push({ prompt: request.prompt.prompt, file });
  }
  await book.finish();
  return shown.length === composition.length ? shown : undefined;
}
