/**
 * Which class images a job wants, and which of them are there: what has to be known before any is drawn.
 */
import { classImageCount, type Job } from '../../api/job/index.ts';
import { UserError } from '../../base/errors.ts';
import type { PictureSize } from '../../base/ports.ts';
import { deriveSeed } from '../../base/random.ts';
import { requireImages, type Dataset } from '../../data/dataset.ts';
import { scanOptionsOf } from '../../data/options.ts';
import { scanDataset } from '../../data/scan.ts';
import type { Machine } from '../machine.ts';
import { openBase, type DiffusionBase } from '../methods/diffusion.ts';
import { fingerprint } from '../state.ts';
import {
  digestOf,
  findClassFolder,
  pictureName,
  readClassFolder,
  type ClassFolder,
  type ClassFolderContents,
  type ClassPicture,
} from './class-folder.ts';
import { modelIdentity } from './model-identity.ts';
import { othersInWalk } from './walk.ts';
import { wantedCount, wantedSizes } from './wanted.ts';

export interface ClassImage extends PictureSize {
  /** Its place among all that are wanted. */
  readonly index: number;
  readonly seed: number;
}

export interface NamedImage extends ClassImage {
  readonly name: string;
  /** What its name stands for, as JSON. */
  readonly facts: string;
}

export type PresentImage = ClassPicture & PictureSize;

export interface ClassImageSurvey {
  readonly place: ClassFolder;
  readonly base: DiffusionBase;
  /** One for each that is wanted. */
  readonly sizes: readonly PictureSize[];
  /** Wanted, and to be drawn. */
  readonly missing: readonly NamedImage[];
  /** Wanted and there, in the folder or aside. */
  readonly present: readonly PresentImage[];
  /** In the folder and not wanted: of other settings, or more than wanted. */
  readonly surplus: readonly ClassPicture[];
  /** Names of pictures in the folder that came from elsewhere. */
  readonly foreign: readonly string[];
}

/** What of the machine is needed to look: nothing computes. */
export type Looker = Pick<Machine, 'files' | 'pictures' | 'sha256'>;

/** Whether a run begins with its class images. An autoencoder has no classes. */
export const drawsClassImages = (job: Job): boolean => job.with_prior_preservation && job.method !== 'autoencoder';

/** @throws {UserError} classes/..., data/... of the subject's pictures, and what opening a checkpoint throws */
export async function surveyClassImages(machine: Looker, job: Job): Promise<ClassImageSurvey> {
  const { files } = machine;
  const place = await findClassFolder(files, job);
  const dataset = await scanBeside(machine, job);
  const images = dataset.images.filter(({ isRegularisation }) => !isRegularisation);
  const { before } = othersInWalk(dataset, place);
  const base = await openDrawn(machine, job);
  const contents = await readClassFolder(files, place.folder);
  const sizes = wantedSizes(job, images, wantedCount(job, images, { repeats: place.repeats, before }));
  const found = await compare(machine, job, base, sizes, contents);
  return { place, base, sizes, foreign: contents.foreign, ...found };
}

export const promptOf = (job: Job): string => (job.class_prompt ?? '').trim();

/** The subject's pictures and, where these count, the regularisation images that are there. */
async function scanBeside({ files, pictures }: Looker, job: Job): Promise<Dataset> {
  const asUsed = classImageCount(job.num_class_images)?.kind === 'as used';
  const { regularisation, ...subject } = scanOptionsOf(job);
  const withOthers =
    asUsed && regularisation !== undefined ? { regularisation: { ...regularisation, mayBeEmpty: true } as const } : {};
  const dataset = await scanDataset(files, pictures, { ...subject, ...withOthers });
  requireImages(dataset, job.train_data_dir);
  return dataset;
}

async function openDrawn(machine: Looker, job: Job): Promise<DiffusionBase> {
  const path = job.pretrained_model_name_or_path;
  if (path === undefined || job.method === 'autoencoder') throw noModel();
  return openBase(machine, job, path);
}

const noModel = (): UserError =>
  new UserError({
    code: 'classes/model',
    what: 'There is no trained model that could draw class images: the job starts from scratch, or trains an autoencoder',
    where: 'pretrained_model_name_or_path',
    fix: 'Set pretrained_model_name_or_path to a checkpoint, or train without class images.',
  });

/**
 * Each size counts its own pictures, so that pictures of the subject that come or go change how many there are of a size,
 * and none of those that are there.
 *
 *     seed of the i-th of w x h, drawn for the n-th time     stream 'class images' of s, index n · 2^20 + i
 *     (n counts what the user removed)                       where s is stream 'class images', index w · 2^14 + h
 */
function seedOf(classSeed: number, { width, height }: PictureSize, ofSize: number, time: number): number {
  return deriveSeed(deriveSeed(classSeed, STREAM, width * SIDES + height), STREAM, time * NUMBERS + ofSize);
}

const STREAM = 'class images';
const SIDES = 2 ** 14;
const NUMBERS = 2 ** 20;

async function compare(
  { files, sha256 }: Looker,
  job: Job,
  { checkpoint, prediction }: DiffusionBase,
  sizes: readonly PictureSize[],
  { pictures, removed }: ClassFolderContents,
): Promise<Pick<ClassImageSurvey, 'missing' | 'present' | 'surplus'>> {
  const settings = {
    model: await modelIdentity(files, sha256, checkpoint),
    prediction,
    noiseSchedule: checkpoint.noiseSchedule,
    clipSkip: job.clip_skip,
    prompt: promptOf(job),
    negativePrompt: job.class_negative_prompt,
    sampler: job.class_sampler,
    steps: job.class_steps,
    scale: job.class_guidance_scale,
  };
  const drawn = async (index: number, size: PictureSize, ofSize: number, time: number) => {
    const { width, height } = size;
    const seed = seedOf(job.class_seed, size, ofSize, time);
    const facts = { ...settings, width, height, seed };
    const digest = digestOf(await fingerprint(sha256, facts));
    const name = pictureName(index, digest);
    const image: NamedImage = { index, seed, width, height, name, facts: JSON.stringify(facts) };
    return { digest, image };
  };
  // Those in the folder come last, and so count rather than copies of them aside.
  const byDigest = new Map(pictures.map((picture) => [picture.digest, picture]));
  const counts = new Map<string, number>();
  const missing: NamedImage[] = [];
  const present: PresentImage[] = [];
  for (const [index, size] of sizes.entries()) {
    const { width, height } = size;
    const key = `${width}x${height}`;
    const ofSize = counts.get(key) ?? 0;
    counts.set(key, ofSize + 1);
    let { digest, image } = await drawn(index, size, ofSize, 0);
    for (let time = 1; job.replace_removed_class_images && removed.has(digest); time++) {
      ({ digest, image } = await drawn(index, size, ofSize, time));
    }
    const picture = byDigest.get(digest);
    if (picture !== undefined) present.push({ ...picture, width, height });
    else if (!removed.has(digest)) missing.push(image);
  }
  const kept = new Set(present.map(({ file }) => file));
  const surplus = pictures.filter(({ file, isAside }) => !isAside && !kept.has(file));
  return { missing, present, surplus };
}
