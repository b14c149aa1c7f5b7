/**
 * Draws the class images that a job wants and that are not there yet, with the model that the job trains against.
 *
 * Each picture follows from its size, its number among those of this size, and the settings alone. So the drawing may end
 * anywhere: what is missing is drawn the next time, and is the same picture but for f32 rounding, which depends on the
 * size of a batch.
 */
import type { Report, StopRequest } from '../../api/events.ts';
import type { Job } from '../../api/job/index.ts';
import type { PictureSize } from '../../base/ports.ts';
import { VERSION } from '../../base/version.ts';
import { captionFileNames } from '../../data/captions.ts';
import { PARAMETERS_KEYWORD, pictureParameters } from '../../diffusion/png-parameters.ts';
import type { SamplePrompt } from '../../diffusion/sample-prompts.ts';
import { drawPictures, picturesAtOnce } from '../generation/draw.ts';
import type { DrawingModel } from '../generation/model.ts';
import { requireMemory } from '../generation/picture-size.ts';
import type { Machine } from '../machine.ts';
import type { DiffusionBase } from '../methods/diffusion.ts';
import { tryFolder } from '../run-folder.ts';
import { rememberMade, type ClassFolder } from './class-folder.ts';
import { requireRoom } from './room.ts';
import { otherEvents, settledEvents, settleFolder, type Settled } from './settle.ts';
import { promptOf, surveyClassImages, type ClassImage, type ClassImageSurvey, type NamedImage } from './survey.ts';

export interface ClassImagesOptions {
  readonly report: Report;
  /** Anything but `no` ends the drawing before its next step. */
  readonly stop: StopRequest;
  /** After each picture was written. */
  readonly onPicture?: (picture: ClassImage & { readonly file: string }) => void;
}

export interface ClassImagesOutcome extends Settled {
  readonly kind: 'done' | 'stopped';
  readonly folder: string;
  readonly wanted: number;
  /** Drawn this time. */
  readonly drawn: number;
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
  return drawClassImages(machine, job, await surveyClassImages(machine, job), options);
}

/**
 * Leaves in the folder what the job wants, and nothing else that was made here.
 *
 * @param survey of this job
 * @throws {UserError} file/unwritable, file/no-space, and what drawing throws
 */
export async function drawClassImages(
  machine: Machine,
  job: Job,
  { place, base, sizes, foreign, ...found }: ClassImageSurvey,
  options: ClassImagesOptions,
): Promise<ClassImagesOutcome> {
  const { files } = machine;
  const { report, stop, onPicture } = options;
  const { missing } = found;
  const model = drawingModel(machine, job, base);
  const wanted = sizes.length;
  if (missing.length > 0) await requireRoom(files, place.folder, missing);
  const settled = await settleFolder(files, place, found, job.caption_extension);
  for (const event of [...settledEvents(settled, place), ...otherEvents(place, foreign, wanted)]) report(event);

  const outcome = { folder: place.folder, wanted, drawn: 0, ...settled };
  if (missing.length === 0) return { kind: 'done', ...outcome };
  await tryFolder(files, place.folder);
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

/** As the checkpoint was trained: what the job changes of the noise schedule is for what learns. */
function drawingModel(
  { executor, tokenizer }: Machine,
  { clip_skip: clipSkip }: Job,
  { checkpoint, prediction }: DiffusionBase,
): DrawingModel {
  return { executor, checkpoint, tokenizer, prediction, noiseSchedule: checkpoint.noiseSchedule, clipSkip, loras: [] };
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
  await rememberMade(files, folder, [name]);
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
