/**
 * Sample pictures of a run: the prompts of the user's file, drawn with what is trained as it is at that moment.
 *
 * The file is read again each time, so that prompts can be changed while a run goes on. Nothing here ends a run: what
 * fails is a warning. No random number of the training is drawn, and programs are given back before training goes on.
 * When pictures are due: sd-scripts, library/train_util.py, `sample_images_common`.
 */
import type { Report, StopRequest } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import { UserError } from '../base/errors.ts';
import type { Files, Pictures } from '../base/ports.ts';
import { deriveSeed } from '../base/random.ts';
import { VERSION } from '../base/version.ts';
import { PARAMETERS_KEYWORD, pictureParameters } from '../diffusion/png-parameters.ts';
import { readSamplePrompts, type SamplePrompt } from '../diffusion/sample-prompts.ts';
import type { SamplerName } from '../diffusion/samplers/index.ts';
import { drawPictures, type DrawRequest } from './generation/draw.ts';
import type { DrawingModel } from './generation/model.ts';
import type { SampleMoment } from './method.ts';

/** When pictures are due. */
export interface SampleTimes {
  readonly atFirst: boolean;
  readonly everySteps?: number;
  /** Wins over `everySteps`. */
  readonly everyEpochs?: number;
}

export interface PreviewSettings extends SampleTimes {
  /** Path of the file of prompts. */
  readonly prompts: string;
  /** A line of such a file, drawn instead of it; `index` tells its pictures from those of other prompts. */
  readonly line?: { readonly text: string; readonly index: number };
  /** Of prompts that name none. */
  readonly sampler: SamplerName;
  /** Where the pictures go. */
  readonly folder: string;
  /** Of the run: prompts without a seed get one from it, another each time. */
  readonly seed: number;
  /** What the pictures call what is trained. */
  readonly name: string;
}

/** @param folder where the pictures go; it is made when there are some */
export function previewSettings(job: Job, seed: number, folder: string): PreviewSettings | undefined {
  const { sample_prompts: prompts } = job;
  if (prompts === undefined) return undefined;
  return { ...sampleTimes(job), prompts, sampler: job.sample_sampler, folder, seed, name: job.output_name };
}

/** The settings for one prompt of somebody who watches. */
export const previewOfLine = (
  job: Job,
  seed: number,
  folder: string,
  line: NonNullable<PreviewSettings['line']>,
): PreviewSettings => ({
  ...sampleTimes(job),
  prompts: '',
  line,
  sampler: job.sample_sampler,
  folder,
  seed,
  name: job.output_name,
});

export function sampleTimes(job: Job): SampleTimes {
  const { sample_every_n_steps: steps, sample_every_n_epochs: epochs } = job;
  return {
    atFirst: job.sample_at_first,
    ...(steps === undefined ? {} : { everySteps: steps }),
    ...(epochs === undefined ? {} : { everyEpochs: epochs }),
  };
}

/** The moment before the first step is step 0. */
export function sampleIsDue(
  { atFirst, everySteps, everyEpochs }: SampleTimes,
  { step, epoch, endsEpoch, asked }: Pick<SampleMoment, 'step' | 'epoch' | 'endsEpoch' | 'asked'>,
): boolean {
  if (asked !== undefined) return true;
  if (step === 0) return atFirst;
  if (everyEpochs !== undefined) return endsEpoch && epoch % everyEpochs === 0;
  return everySteps !== undefined && step % everySteps === 0;
}

/**
 * Each time anew: prompts may be changed while the run goes on.
 *
 * @throws {UserError} prompts/..., or what reading the file throws
 */
export async function readPrompts(
  files: Files,
  { prompts, line, sampler }: Pick<PreviewSettings, 'prompts' | 'line' | 'sampler'>,
): Promise<readonly SamplePrompt[]> {
  if (line !== undefined) return readSamplePrompts(line.text, 'prompt.txt', sampler);
  return readSamplePrompts(new TextDecoder().decode(await files.read(prompts)), prompts, sampler);
}

export interface PreviewTools {
  readonly files: Files;
  readonly pictures: Pick<Pictures, 'encodePng'>;
  readonly report: Report;
  /** Anything but `no` ends the drawing before its next step. */
  readonly stop: StopRequest;
}

/** Draws and writes the pictures of this moment, and reports each; never throws. */
export async function drawPreview(
  model: DrawingModel,
  settings: PreviewSettings,
  step: number,
  tools: PreviewTools,
): Promise<void> {
  await withoutEnding(tools.report, () => drawAll(model, settings, step, tools));
}

/** Lets `draw` fail with a warning: nothing that is drawn is worth the end of a run. */
export async function withoutEnding(report: Report, draw: () => Promise<void>): Promise<void> {
  try {
    await draw();
  } catch (error) {
    const lost = 'The sample pictures of this step are left out';
    if (error instanceof UserError) {
      const { what, where, fix } = error.report;
      report({ kind: 'warning', what: `${lost}. ${what}`, ...(where === undefined ? {} : { where }), fix });
    } else {
      report({ kind: 'warning', what: `${lost}: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
}

async function drawAll(
  model: DrawingModel,
  settings: PreviewSettings,
  step: number,
  { files, pictures, report, stop }: PreviewTools,
): Promise<void> {
  const prompts = await readPrompts(files, settings);
  const first = settings.line?.index ?? 0;
  const requests = prompts.map((prompt, index) => ({ prompt, seed: seedOf(settings, prompt, step, first + index) }));
  const total = prompts.reduce((sum, { steps }) => sum + steps, 0);
  report({ kind: 'state', state: 'sampling', message: `Drawing ${countOf(prompts.length)}` });
  await files.makeFolder(settings.folder);

  let done = 0;
  const drawn = drawPictures(model, requests, {
    onStep: () => report({ kind: 'progress', state: 'sampling', done: ++done, total }),
    onWarning: (what) => report({ kind: 'warning', what, where: settings.prompts }),
    cancelled: () => stop.wanted !== 'no',
  });
  for await (const { request, index, picture } of drawn) {
    const promptIndex = first + index;
    const file = files.join(settings.folder, pictureName(step, promptIndex, request.seed));
    const origin = pictureParameters(originOf(model, settings, request, files));
    await files.write(file, await pictures.encodePng(picture, { [PARAMETERS_KEYWORD]: origin }));
    report({ kind: 'sample', file, step, promptIndex, prompt: request.prompt.prompt, seed: request.seed });
  }
}

const countOf = (pictures: number): string => (pictures === 1 ? 'a sample picture' : `${pictures} sample pictures`);

/** More prompts than anybody has, so that no two pictures of a run share their seed. */
const PROMPTS_OF_A_STEP = 4096;

const seedOf = ({ seed }: PreviewSettings, prompt: SamplePrompt, step: number, index: number): number =>
  prompt.seed ?? deriveSeed(seed, 'samples', step * PROMPTS_OF_A_STEP + index);

/** `000100_00_42.png`: step, prompt, seed. */
const pictureName = (step: number, index: number, seed: number): string =>
  `${String(step).padStart(6, '0')}_${String(index).padStart(2, '0')}_${seed}.png`;

function originOf(model: DrawingModel, { name }: PreviewSettings, { prompt, seed }: DrawRequest, files: Files) {
  const { checkpoint, clipSkip, loras, trained } = model;
  const ofCheckpoint = files.baseName(checkpoint.path).replace(/\.safetensors$/u, '');
  return {
    prompt,
    seed,
    model: trained === undefined ? ofCheckpoint : name,
    loras: loras.map(({ weight }) => ({ name, weight })),
    ...(checkpoint.family === 'sdxl' ? {} : { clipSkip }),
    version: `LoRA Loom ${VERSION}`,
  };
}
