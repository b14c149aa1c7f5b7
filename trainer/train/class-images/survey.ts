/**
 * Which class images a job wants, and which of them are there: what has to be known before any is drawn.
 */
import type { Job } from '../../api/job/index.ts';
import { UserError } from '../../base/errors.ts';
import type { PictureSize } from '../../base/ports.ts';
import { deriveSeed } from '../../base/random.ts';
import { requireImages, type DatasetImage } from '../../data/dataset.ts';
import { scanOptionsOf } from '../../data/options.ts';
import { scanDataset } from '../../data/scan.ts';
import type { Machine } from '../machine.ts';
import { openBase, type DiffusionBase } from '../methods/diffusion.ts';
import { fingerprint } from '../state.ts';
import {
  findClassFolder,
  pictureName,
  readClassFolder,
  type ClassFolder,
  type ClassFolderContents,
} from './class-folder.ts';
import { modelIdentity } from './model-identity.ts';
import { wantedCount, wantedSizes } from './wanted.ts';

export interface ClassImage extends PictureSize {
  readonly index: number;
  readonly seed: number;
}

export interface NamedImage extends ClassImage {
  readonly name: string;
  /** What its name stands for, as JSON. */
  readonly facts: string;
}

export interface ClassImageSurvey {
  readonly place: ClassFolder;
  readonly base: DiffusionBase;
  readonly contents: ClassFolderContents;
  /** One for each that is wanted. */
  readonly sizes: readonly PictureSize[];
  /** Wanted, and to be drawn. */
  readonly missing: readonly NamedImage[];
  /** Names of pictures that are wanted and there. */
  readonly there: ReadonlySet<string>;
}

/** What of the machine is needed to look: nothing computes. */
export type Looker = Pick<Machine, 'files' | 'pictures' | 'sha256'>;

/** @throws {UserError} classes/..., data/... of the subject's pictures, and what opening a checkpoint throws */
export async function surveyClassImages(machine: Looker, job: Job): Promise<ClassImageSurvey> {
  const { files } = machine;
  const place = await findClassFolder(files, job);
  const images = await subjectImages(machine, job);
  const base = await openDrawn(machine, job);
  const contents = await readClassFolder(files, place.folder);
  const sizes = wantedSizes(job, images, wantedCount(job, images, place.repeats));
  return { place, base, contents, sizes, ...(await compare(machine, job, base, sizes, contents)) };
}

export const promptOf = (job: Job): string => (job.class_prompt ?? '').trim();

/** @throws {UserError} data/... */
export async function subjectImages(
  { files, pictures }: Pick<Machine, 'files' | 'pictures'>,
  job: Job,
): Promise<readonly DatasetImage[]> {
  const dataset = await scanDataset(files, pictures, scanOptionsOf({ ...job, reg_data_dir: undefined }));
  requireImages(dataset, job.train_data_dir);
  return dataset.images;
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

const NUMBERS = 2 ** 20;

async function compare(
  { files, sha256 }: Looker,
  job: Job,
  { checkpoint, prediction }: DiffusionBase,
  sizes: readonly PictureSize[],
  { pictures, removed }: ClassFolderContents,
): Promise<Pick<ClassImageSurvey, 'missing' | 'there'>> {
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
  const imageOf = async (index: number, { width, height }: PictureSize, time: number): Promise<NamedImage> => {
    const seed = deriveSeed(job.class_seed, 'class images', time * NUMBERS + index);
    const facts = { ...settings, width, height, seed };
    const name = pictureName(index, await fingerprint(sha256, facts));
    return { index, seed, width, height, name, facts: JSON.stringify(facts) };
  };
  const missing: NamedImage[] = [];
  const there = new Set<string>();
  for (const [index, size] of sizes.entries()) {
    let image = await imageOf(index, size, 0);
    for (let time = 1; job.replace_removed_class_images && removed.has(image.name); time++) {
      image = await imageOf(index, size, time);
    }
    if (pictures.has(image.name)) there.add(image.name);
    else if (!removed.has(image.name)) missing.push(image);
  }
  return { missing, there };
}
