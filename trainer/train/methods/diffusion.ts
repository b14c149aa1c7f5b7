/**
 * What LoRA and fine-tuning have in common: a checkpoint, latents and captions, the step of diffusion training, sample
 * pictures.
 */
import type { WarningEvent } from '../../api/events.ts';
import type { Job } from '../../api/job/index.ts';
import { elementCount } from '../../base/tensor.ts';
import type { DatasetImage } from '../../data/dataset.ts';
import { partsIn } from '../../formats/checkpoint/networks.ts';
import { openCheckpoint } from '../../formats/checkpoint/open.ts';
import type { NoiseScheduleSettings } from '../../formats/checkpoint/scheduler-config.ts';
import type { Checkpoint, PredictionType } from '../../formats/checkpoint/types.ts';
import { dropoutOf, feedsOfBatch } from '../batch-pass.ts';
import { checkAgainstCheckpoint, checkpointWarnings, predictionOf } from '../family-rules.ts';
import type { DrawingModel } from '../generation/model.ts';
import { openLatents } from '../latents.ts';
import type { Machine } from '../machine.ts';
import type { MethodStep, OpenMethod, RunContext, SampleMoment } from '../method.ts';
import { timestepTables } from '../noise-and-loss.ts';
import { hasFrozenTarget } from '../preservation.ts';
import { drawPreview, previewOfLine, previewSettings, readPrompts, sampleIsDue } from '../preview.ts';
import { noiseScheduleOf } from '../schedule-of-job.ts';
import { compileStep, type StepChoices } from '../step-program.ts';
import { tokensOf } from '../text-encoder-run.ts';
import { openText } from '../text-source.ts';

/** The base of a run: what is trained against. */
export interface DiffusionBase {
  readonly checkpoint: Checkpoint;
  readonly prediction: PredictionType;
  /** The checkpoint's, with what the job changes. */
  readonly noiseSchedule: NoiseScheduleSettings;
  readonly warnings: readonly WarningEvent[];
}

/** @throws {UserError} if the checkpoint does not open or does not fit the job */
export async function openBase({ files }: Pick<Machine, 'files'>, job: Job, path: string): Promise<DiffusionBase> {
  const { vae, sample_prompts: prompts, sample_sampler: sampler } = job;
  // Later, while the run goes on, wrong prompts are a warning; now they can still be mended.
  if (prompts !== undefined) await readPrompts(files, { prompts, sampler });
  const checkpoint = await openCheckpoint(files, path, vae === undefined ? {} : { vae });
  checkAgainstCheckpoint(job, checkpoint);
  return {
    checkpoint,
    prediction: predictionOf(job, checkpoint),
    noiseSchedule: noiseScheduleOf(job, checkpoint),
    warnings: checkpointWarnings(job, checkpoint),
  };
}

/** What trains, and how it shows in sample pictures. */
export interface Trainee {
  readonly choices: Pick<StepChoices, 'modules' | 'trained' | 'textInside'>;
  readonly drawnWith: (values: Float32Array) => Pick<DrawingModel, 'loras' | 'trained'>;
  readonly write: OpenMethod['write'];
  readonly afterStep?: OpenMethod['afterStep'];
}

/** @param trainee from the pictures that can be used */
export async function openDiffusion(
  context: RunContext,
  base: DiffusionBase,
  trainee: (images: readonly DatasetImage[]) => Trainee,
): Promise<OpenMethod> {
  const { machine, job, seed, dataset, report, stop } = context;
  const stopped = (): boolean => stop.wanted !== 'no';
  const latents = await openLatents({
    machine,
    job,
    seed,
    checkpoint: base.checkpoint,
    images: dataset.images,
    report,
    stopped,
  });
  const { images } = latents;
  const { choices, drawnWith, write, afterStep } = trainee(images);
  return {
    images,
    compile: async (largest, stopped): Promise<MethodStep> => {
      const chosen = { ...stepChoices(job, base, choices), stopped };
      const step = await compileStep(machine.executor, base.checkpoint, chosen, largest);
      const { max_token_length: limit, clip_skip: clipSkip } = job;
      const { tokenizer, executor } = machine;
      const { textInside: inside } = choices;
      const text = openText({ tokenizer, executor, checkpoint: base.checkpoint, limit, clipSkip, inside });
      const sources = {
        job,
        seed,
        images,
        latents,
        text,
        tables: timestepTables(job, base.prediction, base.noiseSchedule),
      };
      return {
        parameters: step.parameters,
        learning: step.learning,
        feeds: (batch, place) => feedsOfBatch(sources, step, batch, place),
        run: (feeds) => step.run(feeds),
        [Symbol.asyncDispose]: async () => {
          await text[Symbol.asyncDispose]();
          await step[Symbol.asyncDispose]();
        },
      };
    },
    write,
    ...(afterStep === undefined ? {} : { afterStep }),
    drawSamples: sampleDrawer(context, base, drawnWith),
    [Symbol.asyncDispose]: async () => latents[Symbol.asyncDispose](),
  };
}

const WINDOW_TOKENS = 75;

const stepChoices = (job: Job, { prediction }: DiffusionBase, choices: Trainee['choices']): StepChoices => ({
  ...choices,
  prediction,
  windows: job.max_token_length / WINDOW_TOKENS,
  clipSkip: job.clip_skip,
  dropout: dropoutOf(job),
  gradientCheckpointing: job.gradient_checkpointing,
  inputPerturbation: job.ip_noise_gamma !== undefined,
  frozenTarget: hasFrozenTarget(job),
});

/** Numbers of prompts that are asked for while a run goes on: beyond those of any file. */
const ASKED_FROM = 1000;

function sampleDrawer(
  { machine, job, seed, places, report, stop }: RunContext,
  { checkpoint, prediction, noiseSchedule }: DiffusionBase,
  drawnWith: Trainee['drawnWith'],
): OpenMethod['drawSamples'] {
  const { files, pictures, executor, tokenizer } = machine;
  const ofJob = previewSettings(job, seed, places.samples);
  let asked = 0;
  return async (values, moment: SampleMoment) => {
    const text = moment.asked?.prompt;
    const settings =
      text === undefined ? ofJob : previewOfLine(job, seed, places.samples, { text, index: ASKED_FROM + asked++ });
    if (settings === undefined || !sampleIsDue(settings, moment)) return;
    const model: DrawingModel = {
      executor,
      checkpoint,
      tokenizer,
      prediction,
      noiseSchedule,
      clipSkip: job.clip_skip,
      ...drawnWith(values),
    };
    await drawPreview(model, settings, moment.step, { files, pictures, report, stop });
    report({ kind: 'state', state: 'training', message: 'Training goes on' });
  };
}

/** How many numbers all networks of a checkpoint have. */
export const numbersIn = (checkpoint: Checkpoint): number =>
  [...partsIn(checkpoint).values()]
    .flatMap((weights) => [...weights.values()])
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);

export function captionWarnings(
  { tokenizer }: Machine,
  job: Job,
  { textEncoders }: Checkpoint,
  images: readonly DatasetImage[],
): readonly WarningEvent[] {
  const configs = textEncoders.map(({ config }) => config);
  const long = images.filter(
    ({ caption }) => tokensOf(tokenizer, caption, job.max_token_length, configs).cut !== undefined,
  );
  const [first] = long;
  if (first === undefined) return [];
  const whose = long.length === 1 ? 'A caption has' : `${long.length} captions have`;
  const fix = job.max_token_length === 225 ? 'Shorten them.' : 'Shorten them, or set max_token_length = 225.';
  const what = `${whose} more than ${job.max_token_length} tokens; the rest is not read`;
  return [{ kind: 'warning', what, where: first.path, fix }];
}
