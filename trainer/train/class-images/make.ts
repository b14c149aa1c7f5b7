/**
 * Draws the class images that a job wants and that are not there yet, with the model that the job trains against.
 *
 * Each picture follows from its number, its seed and the settings alone. So the drawing may end anywhere: what is
 * missing is drawn the next time, and is the same picture but for f32 rounding, which depends on the size of a batch.
 *
 *     seed of number i, drawn for the n-th time (n counts what the user removed)   stream 'class images', n · 2^20 + i
 */
import type { Report, StopRequest } from '../../api/events.ts';
import type { Job } from '../../api/job/index.ts';
import { UserError } from '../../base/errors.ts';
import type { Files, PictureSize } from '../../base/ports.ts';
import { deriveSeed } from '../../base/random.ts';
import { VERSION } from '../../base/version.ts';
import { requireImages, type DatasetImage } from '../../data/dataset.ts';
import { scanOptionsOf } from '../../data/options.ts';
import { scanDataset } from '../../data/scan.ts';
import { captionFileNames } from '../../data/captions.ts';
import { PARAMETERS_KEYWORD, pictureParameters } from '../../diffusion/png-parameters.ts';
import type { SamplePrompt } from '../../diffusion/sample-prompts.ts';
import { drawPictures, picturesAtOnce } from '../generation/draw.ts';
import type { DrawingModel } from '../generation/model.ts';
import { requireMemory } from '../generation/picture-size.ts';
import type { Machine } from '../machine.ts';
import { openBase } from '../methods/diffusion.ts';
import { megabytes, tryFolder } from '../run-folder.ts';
import { fingerprint } from '../state.ts';
import {
  findClassFolder,
  pictureName,
  readClassFolder,
  rememberMade,
  type ClassFolder,
  type ClassFolderContents,
} from './class-folder.ts';
import { modelIdentity } from './model-identity.ts';
import { wantedCount, wantedSizes } from './wanted.ts';

export interface ClassImagesOptions {
  readonly report: Report;
  /** Anything but `no` ends the drawing before its next step. */
  readonly stop: StopRequest;
  /** After each picture was written. */
  readonly onPicture?: (picture: ClassImage & { readonly file: string }) => void;
}

export interface ClassImagesOutcome {
  readonly kind: 'done' | 'stopped';
  readonly folder: string;
  readonly wanted: number;
  /** Drawn this time. */
  readonly drawn: number;
}

export interface ClassImage extends PictureSize {
  readonly index: number;
  readonly seed: number;
}

interface NamedImage extends ClassImage {
  readonly name: string;
  /** What its name stands for, as JSON. */
  readonly facts: string;
}

/**
 * @throws {UserError} classes/..., data/... of the subject's pictures, file/unwritable, file/no-space, and what opening a
 * checkpoint and drawing throw
 */
export async function makeClassImages(
  machine: Machine,
  job: Job,
  options: ClassImagesOptions,
): Promise<ClassImagesOutcome> {
  const { files } = machine;
  const { report, stop, onPicture } = options;
  const place = await findClassFolder(files, job);
  const images = await subjectImages(machine, job);
  const model = await openModel(machine, job);
  const contents = await readClassFolder(files, place.folder);
  const wanted = wantedCount(job, images, place.repeats);
  const sizes = wantedSizes(job, images, wanted);
  const { missing, there } = await compare(machine, job, model, sizes, contents);
  warnOfOthers(report, place, contents, there.size);

  const outcome = { folder: place.folder, wanted, drawn: 0 };
  if (missing.length === 0) return { kind: 'done', ...outcome };
  await tryFolder(files, place.folder);
  await requireRoom(files, place.folder, missing);
  if (job.engine === 'cpu' && machine.memory !== undefined) {
    for (const { width, height } of sizes) requireMemory(model.checkpoint, width, height, machine.memory);
  }
  report({
    kind: 'state',
    state: 'class-images',
    message: `Drawing ${missing.length === 1 ? 'a class image' : `${missing.length} class images`}, "${promptOf(job)}"`,
  });
  const progress = progressOf(machine, report, missing, wanted);
  for await (const image of drawMissing(job, model, missing, options, progress.onStep)) {
    const file = await write(machine, job, model, place, image);
    outcome.drawn += 1;
    progress.onPicture(image);
    const { index, seed, width, height } = image;
    onPicture?.({ file, index, seed, width, height });
  }
  return { kind: stop.wanted === 'no' ? 'done' : 'stopped', ...outcome };
}

const promptOf = (job: Job): string => (job.class_prompt ?? '').trim();

/** @throws {UserError} data/... */
export async function subjectImages(
  { files, pictures }: Pick<Machine, 'files' | 'pictures'>,
  job: Job,
): Promise<readonly DatasetImage[]> {
  const dataset = await scanDataset(files, pictures, scanOptionsOf({ ...job, reg_data_dir: undefined }));
  requireImages(dataset, job.train_data_dir);
  return dataset.images;
}

/** As the checkpoint was trained: what the job changes of the noise schedule is for what learns. */
async function openModel(machine: Machine, job: Job): Promise<DrawingModel> {
  const { executor, tokenizer } = machine;
  const path = job.pretrained_model_name_or_path;
  if (path === undefined || job.method === 'autoencoder') throw noModel();
  const { checkpoint, prediction } = await openBase(machine, job, path);
  const { noiseSchedule } = checkpoint;
  return { executor, checkpoint, tokenizer, prediction, noiseSchedule, clipSkip: job.clip_skip, loras: [] };
}

const noModel = (): UserError =>
  new UserError({
    code: 'classes/model',
    what: 'There is no trained model that could draw class images: the job starts from scratch, or trains an autoencoder',
    where: 'pretrained_model_name_or_path',
    fix: 'Set pretrained_model_name_or_path to a checkpoint, or train without class images.',
  });

interface Comparison {
  readonly missing: readonly NamedImage[];
  /** Names of pictures that are wanted and there. */
  readonly there: ReadonlySet<string>;
}

const NUMBERS = 2 ** 20;

async function compare(
  { files, sha256 }: Machine,
  job: Job,
  model: DrawingModel,
  sizes: readonly PictureSize[],
  { pictures, removed }: ClassFolderContents,
): Promise<Comparison> {
  const settings = {
    model: await modelIdentity(files, sha256, model.checkpoint),
    prediction: model.prediction,
    noiseSchedule: model.noiseSchedule,
    clipSkip: model.clipSkip,
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

function warnOfOthers(
  report: Report,
  { folder: where }: ClassFolder,
  { pictures, foreign }: ClassFolderContents,
  there: number,
): void {
  const others = pictures.size - there;
  const fix = 'They stay, and are trained on too: move them away if you do not want that.';
  if (others > 0) {
    const what = `${others} of the class images here were made with other settings, or are more than wanted`;
    report({ kind: 'warning', what, where, fix });
  }
  if (foreign.length > 0) {
    const what = `${foreign.length} of the pictures in the folder of class images are from elsewhere (${foreign.slice(0, 3).join(', ')})`;
    report({ kind: 'warning', what, where, fix });
  }
}

/** A PNG of noise is no smaller than its pixels. */
const BYTES_OF_PIXEL = 3;
const BYTES_BESIDE = 8192;

async function requireRoom(files: Files, folder: string, missing: readonly PictureSize[]): Promise<void> {
  const free = await files.freeSpace(folder);
  const needed = missing.reduce((sum, { width, height }) => sum + BYTES_OF_PIXEL * width * height + BYTES_BESIDE, 0);
  if (free === undefined || free >= needed) return;
  throw new UserError({
    code: 'file/no-space',
    what: `${missing.length} class images take up to ${megabytes(needed)}, but the disk has only ${megabytes(free, Math.floor)} left`,
    where: folder,
    fix: 'Free some space, choose another reg_data_dir, or ask for fewer with num_class_images.',
    details: { needed, free },
  });
}

interface Drawn extends NamedImage {
  readonly picture: { readonly data: Uint8Array } & PictureSize;
}

type OnStep = (image: PictureSize, atOnce: number, part: number) => void;

/** Size by size, since each needs a graph of its own. */
async function* drawMissing(
  job: Job,
  model: DrawingModel,
  missing: readonly NamedImage[],
  { report, stop }: ClassImagesOptions,
  onStep: OnStep,
): AsyncGenerator<Drawn, void> {
  for (const images of bySize(missing)) {
    const [first] = images;
    if (first === undefined || stop.wanted !== 'no') return;
    const atOnce = job.sample_batch_size ?? picturesAtOnce(first.width, first.height);
    const requests = images.map(({ width, height, seed }) => ({ prompt: promptFor(job, { width, height }), seed }));
    const drawn = drawPictures(
      model,
      requests,
      {
        onStep: (request, done, steps) => onStep(first, Math.min(atOnce, images.length - request), done / steps),
        onWarning: (what) => report({ kind: 'warning', what, where: 'class_prompt' }),
        cancelled: () => stop.wanted !== 'no',
      },
      atOnce,
    );
    for await (const { index, picture } of drawn) {
      const image = images[index];
      if (image !== undefined) yield { ...image, picture };
    }
  }
}

function bySize(images: readonly NamedImage[]): readonly (readonly NamedImage[])[] {
  const groups = new Map<string, NamedImage[]>();
  for (const image of images) {
    const key = `${image.width}x${image.height}`;
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  return [...groups.values()];
}

const promptFor = (job: Job, { width, height }: PictureSize): SamplePrompt => ({
  prompt: promptOf(job),
  negativePrompt: job.class_negative_prompt,
  width,
  height,
  steps: job.class_steps,
  scale: job.class_guidance_scale,
  sampler: job.class_sampler,
});

const SETTINGS_KEYWORD = 'lora-loom class image';

/** The caption first: a picture that is there is finished. */
async function write(
  { files, pictures }: Machine,
  job: Job,
  { checkpoint, clipSkip }: DrawingModel,
  { folder, caption }: ClassFolder,
  { name, facts, seed, picture }: Drawn,
): Promise<string> {
  const file = files.join(folder, name);
  const [captionName] = captionFileNames(name, job.caption_extension);
  if (caption !== undefined && captionName !== undefined) {
    await files.write(files.join(folder, captionName), new TextEncoder().encode(`${caption}\n`));
  }
  const origin = pictureParameters({
    prompt: promptFor(job, picture),
    seed,
    model: files.baseName(checkpoint.path).replace(/\.safetensors$/u, ''),
    ...(checkpoint.family === 'sdxl' ? {} : { clipSkip }),
    version: `LoRA Loom ${VERSION}`,
  });
  const text = { [PARAMETERS_KEYWORD]: origin, [SETTINGS_KEYWORD]: facts };
  await files.write(file, await pictures.encodePng(picture, text));
  await rememberMade(files, folder, name);
  return file;
}

/** Time goes with pixels. */
function progressOf({ clock }: Machine, report: Report, missing: readonly PictureSize[], wanted: number) {
  const pixels = ({ width, height }: PictureSize): number => width * height;
  const all = missing.reduce((sum, image) => sum + pixels(image), 0);
  const began = clock.seconds();
  let done = wanted - missing.length;
  let finished = 0;
  const tell = (worked: number): void => {
    const etaSeconds = worked === 0 ? undefined : ((clock.seconds() - began) / worked) * (all - worked);
    const eta = etaSeconds === undefined ? {} : { etaSeconds };
    report({ kind: 'progress', state: 'class-images', done, total: wanted, ...eta });
  };
  tell(0);
  return {
    onStep: (image: PictureSize, atOnce: number, part: number) => tell(finished + pixels(image) * atOnce * part),
    onPicture: (image: PictureSize) => {
      done += 1;
      finished += pixels(image);
      tell(finished);
    },
  };
}
