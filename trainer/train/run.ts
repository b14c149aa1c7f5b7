/**
 * A run from job to trained model: resolves the job, opens what the loop needs, lets it run, and closes everything again.
 */
import type { Report, StopRequest, TakeRequests } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import type { Files } from '../base/ports.ts';
import type { StepPlan } from '../data/batches.ts';
import { plural } from '../data/report.ts';
import { requireImages, type DatasetImage } from '../data/dataset.ts';
import { CELL } from '../formats/configs.ts';
import { createOptimizer, parseOptimizer, type OptimizerSettings } from '../optim/optimizers.ts';
import { withAwaited } from './class-images/awaited.ts';
import { drawClassImages } from './class-images/make.ts';
import { bytesOfPictures } from './class-images/room.ts';
import { drawsClassImages, surveyClassImages, type ClassImageSurvey } from './class-images/survey.ts';
import { learningRates, stoppedParts } from './learning-rates.ts';
import { trainingLoop } from './loop.ts';
import { currentStep } from './current-step.ts';
import type { Machine } from './machine.ts';
import { takeUpMetrics } from './metrics.ts';
import { openOptimizer } from './optimizer-run.ts';
import { estimateOf, memoryText, planRun, stepsOfRun, type RunPlan } from './plan.ts';
import { withActions, type Run } from './run-actions.ts';
import { rowsAtMost } from './preservation.ts';
import { claimRunFolder, refuseResults, runPlaces, writeJob, type RunPlaces } from './run-folder.ts';
import { keepLog } from './run-log.ts';
import { stepName } from './saves.ts';
import { fingerprint, networkFingerprint, readState, requireSameNetwork, type RunState } from './state.ts';
import { stepOrder } from './step-order.ts';

export interface RunOptions {
  readonly report: Report;
  readonly stop: StopRequest;
  /** What is wanted of the run between two steps. */
  readonly requests?: TakeRequests;
  /** Go on with the run of this name. */
  readonly resume?: boolean;
}

export interface RunOutcome {
  readonly kind: 'done' | 'stopped';
  /** Optimizer steps done. */
  readonly step: number;
  readonly file?: string;
}

/**
 * Trains to the end, or until a stop is asked for. Events go to `options.report`, `done` or `stopped` last; errors are
 * written to the run's log and thrown.
 *
 * @throws {UserError}
 */
export async function runTraining(machine: Machine, job: Job, options: RunOptions): Promise<RunOutcome> {
  const places = runPlaces(machine.files, job);
  const log = keepLog(machine, places.log, options.report);
  try {
    const told = { ...options, report: log.report };
    const prepared = await prepare(machine, job, places, told);
    const outcome = isOutcome(prepared) ? prepared : await trainPrepared(machine, places, prepared, told, log.flush);
    await log.flush();
    return outcome;
  } catch (error) {
    log.error(error);
    // What went wrong must be heard, also where the log cannot be written any more.
    await log.flush().catch(() => undefined);
    throw error;
  }
}

interface Prepared {
  readonly plan: RunPlan;
  readonly optimizer: OptimizerSettings;
  readonly network: string;
  /** Of a run that is resumed. */
  readonly state: RunState | undefined;
}

const isOutcome = (prepared: Prepared | RunOutcome): prepared is RunOutcome => 'kind' in prepared;

/** @returns an outcome if the run was asked to stop meanwhile */
async function prepare(
  machine: Machine,
  job: Job,
  places: RunPlaces,
  options: RunOptions,
): Promise<Prepared | RunOutcome> {
  const { files, sha256 } = machine;
  const { report, resume = false } = options;
  report({ kind: 'state', state: 'preparing', message: 'Looking at the checkpoint and the pictures' });
  const state = resume ? await readState(files, places) : undefined;
  if (!resume) await refuseResults(files, places);
  const seeded = state === undefined ? job : { ...job, seed: state.seed };
  const planNow = (): Promise<RunPlan> => planRun({ machine, job: seeded, places, resume });
  const first = await planNow();
  const survey = drawsClassImages(first.job) ? await surveyClassImages(machine, first.job) : undefined;
  await claimRoom(files, places, first, survey);
  const plan = survey === undefined ? first : await withClassImages(machine, { first, survey, planNow }, options);
  if (plan === undefined) return tellStopped(report, first.steps, state?.step ?? 0);
  const optimizer = optimizerOf(plan.job);
  const network = await networkFingerprint(sha256, plan.method, optimizer);
  if (state !== undefined) requireSameNetwork(state, network, places);
  for (const warning of plan.warnings) report(warning);
  await writeJob(files, places, plan.job);
  return { plan, optimizer, network, state };
}

/** For the run as it will be when its class images are there: with them, an epoch has more steps and maybe more saves. */
async function claimRoom(
  files: Files,
  places: RunPlaces,
  { job, method, dataset, estimate }: RunPlan,
  survey: ClassImageSurvey | undefined,
): Promise<void> {
  if (survey === undefined) return claimRunFolder(files, places, estimate.folderBytes);
  const steps = stepsOfRun(job, withAwaited(job, dataset, survey).images);
  const { folderBytes } = estimateOf(job, method, steps);
  const { folder } = survey.place;
  await claimRunFolder(files, places, folderBytes, { folder, bytes: bytesOfPictures(survey.missing) });
}

interface BeforeClassImages {
  readonly first: RunPlan;
  readonly survey: ClassImageSurvey;
  readonly planNow: () => Promise<RunPlan>;
}

/**
 * Class images are drawn when all else of the job is known to be right; with them, there is more to plan.
 *
 * @returns undefined if the drawing was stopped
 */
async function withClassImages(
  machine: Machine,
  { first, survey, planNow }: BeforeClassImages,
  { report, stop }: RunOptions,
): Promise<RunPlan | undefined> {
  const { kind, drawn, setAside, broughtBack } = await drawClassImages(machine, first.job, survey, { report, stop });
  if (kind === 'stopped') return undefined;
  return drawn + setAside + broughtBack === 0 ? first : planNow();
}

async function trainPrepared(
  machine: Machine,
  places: RunPlaces,
  { plan, optimizer: optimizerSettings, network, state }: Prepared,
  { report, stop, requests = () => [] }: RunOptions,
  flushLog: () => Promise<void>,
): Promise<RunOutcome> {
  const { files, clock, executor, sha256 } = machine;
  const { job, seed, dataset } = plan;
  const { layout, extension } = plan.method;
  const began = clock.seconds();

  await using method = await plan.method.open({ machine, job, seed, dataset, places, report, stop });
  const { images } = method;
  requireImages({ ...dataset, images }, job.train_data_dir);
  const steps = stepsOfRun(job, images);
  if (stop.wanted !== 'no') return tellStopped(report, steps, state?.step ?? 0);
  const data = await fingerprint(sha256, dataFacts(machine, job, images));
  if (state !== undefined && state.data !== data) report(DATA_CHANGED);
  report({ kind: 'log', message: summaryOf(plan, steps) });

  report({ kind: 'state', state: 'loading', message: 'Building the training graph' });
  const stoppedAt = stoppedParts(job);
  await using step = currentStep({ method, layout, largest: largestOf(job, images), stoppedAt, report });
  const doneBefore = Math.min(state?.step ?? 0, steps.totalSteps);
  const { parameters } = await step.at(doneBefore);
  const values = state?.values ?? (await plan.method.initial());
  await using optimizer = await openOptimizer(executor, createOptimizer(optimizerSettings), {
    layout,
    reached: parameters,
    ...(state === undefined ? {} : { start: state.optimizer }),
    ...(job.ema_decay === undefined ? {} : { average: { decay: job.ema_decay, values } }),
  });
  const { train_batch_size: batchSize, gradient_accumulation_steps: accumulation } = job;
  const run = withActions({
    machine,
    job,
    seed,
    layout,
    values,
    method,
    extension,
    steps,
    doneBefore,
    losses: [...(await takeUpMetrics(files, places.metrics, doneBefore))],
    startedAt: state?.startedAt ?? clock.now(),
    places,
    step,
    optimizer,
    orderAt: stepOrder(images, steps, { seed, batchSize, accumulation }),
    ratesAt: learningRates(job, steps.totalSteps),
    stoppedAt,
    report,
    stop,
    requests,
    flushLog,
    fingerprints: { network, data },
  });
  report({ kind: 'state', state: 'training', message: `Training ${plural(steps.totalSteps - doneBefore, 'step')}` });
  return finish(run, await trainingLoop(run), began);
}

async function finish(run: Run, done: number, began: number): Promise<RunOutcome> {
  const { job, steps, places, doneBefore, report } = run;
  if (done < steps.totalSteps) {
    if (run.wanted() === 'now' || done === doneBefore) return tellStopped(report, steps, done);
    const { epoch } = run.orderAt(done - 1);
    const file = await run.save(stepName(job.output_name, done), { step: done, epoch });
    await run.saveState(done);
    return tellStopped(report, steps, done, file);
  }
  const file = await run.save(job.output_name, { step: done, epoch: steps.epochs });
  await run.saveState(done);
  report({ kind: 'done', steps: done, seconds: run.seconds() - began, file, folder: places.folder });
  return { kind: 'done', step: done, file };
}

function tellStopped(report: Report, { totalSteps }: StepPlan, step: number, file?: string): RunOutcome {
  const saved = file === undefined ? {} : { file };
  report({ kind: 'stopped', step, steps: totalSteps, ...saved });
  return { kind: 'stopped', step, ...saved };
}

function optimizerOf({ optimizer_type, optimizer_args }: Job): OptimizerSettings {
  const given = Object.entries(optimizer_args).filter(([, value]) => value !== undefined);
  return parseOptimizer(
    optimizer_type,
    given.map(([name, value]) => `${name}=${String(value)}`),
  );
}

function largestOf(job: Job, images: readonly DatasetImage[]) {
  const buckets = images.map(({ placement }) => placement.bucket);
  const [largest] = buckets.toSorted((a, b) => b.width * b.height - a.width * a.height);
  return { B: rowsAtMost(job), h: (largest?.height ?? CELL) / CELL, w: (largest?.width ?? CELL) / CELL };
}

/** What the order and the content of an epoch follow from, beside the seed. */
const dataFacts = ({ files }: Machine, job: Job, images: readonly DatasetImage[]): unknown => [
  job.train_batch_size,
  job.gradient_accumulation_steps,
  images.map(({ path, bytes, caption, repeats, placement }) => [
    files.baseName(path),
    bytes,
    caption,
    repeats,
    placement,
  ]),
];

const DATA_CHANGED = {
  kind: 'warning',
  what: 'The pictures, their captions or the batch size have changed since the run was started',
  fix: 'The run goes on, but does not end as it would have without the stop.',
} as const;

function summaryOf({ method, estimate, seed }: RunPlan, steps: StepPlan): string {
  const { trainingSamples, regularisationSamples, batchesPerEpoch, stepsPerEpoch, epochs, totalSteps } = steps;
  const regularisation =
    regularisationSamples === 0 ? '' : ` and ${plural(regularisationSamples, 'regularisation image')}`;
  const numbers = estimate.trained.toLocaleString('en-US');
  return [
    `${plural(trainingSamples, 'image')}${regularisation} an epoch in ${plural(batchesPerEpoch, 'batch', 'batches')},`,
    `${plural(stepsPerEpoch, 'step')} an epoch, ${plural(epochs, 'epoch')}: ${plural(totalSteps, 'step')}.`,
    `${method.title}, ${numbers} numbers, ${(estimate.fileBytes / 1e6).toFixed(1)} MB a save,`,
    `${memoryText(estimate.memoryBytes)} of memory beside what is computed from the pictures; seed ${seed}.`,
  ].join(' ');
}
