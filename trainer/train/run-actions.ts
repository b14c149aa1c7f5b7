/**
 * What the loop does beside computing: tells of its steps, saves, draws samples.
 */
import type { Report, StopRequest } from '../api/events.ts';
import type { StepPlan } from '../data/batches.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import type { LoraLayout } from '../lora/layout.ts';
import type { NormReport } from '../lora/max-norm.ts';
import type { PassSources } from './batch-pass.ts';
import type { Rates } from './learning-rates.ts';
import { loraFileFacts, writeLora, type LoraFileFacts, type SaveMoment } from './lora-file.ts';
import type { Machine } from './machine.ts';
import { appendMetrics, averageOf } from './metrics.ts';
import type { OptimizerRun } from './optimizer-run.ts';
import type { RunPlan } from './plan.ts';
import { drawPreview, previewIsDue, previewSettings } from './preview.ts';
import type { RunPlaces } from './run-folder.ts';
import { finalFile, type Moment } from './saves.ts';
import { noiseScheduleOf } from './schedule-of-job.ts';
import { writeState } from './state.ts';
import type { StepPlace } from './step-order.ts';
import type { StepProgram } from './step-program.ts';

/** A run whose parts are all open: what the loop works with. */
export interface OpenRun extends PassSources {
  readonly machine: Machine;
  readonly plan: RunPlan;
  readonly checkpoint: Checkpoint;
  readonly layout: LoraLayout;
  /** f32 [layout.size], changed in place. */
  readonly values: Float32Array;
  readonly steps: StepPlan;
  /** Optimizer steps of an earlier start of this run. */
  readonly doneBefore: number;
  /** Of the steps done before; the loop adds its own. */
  readonly losses: number[];
  /** Milliseconds since 1970, of the first start. */
  readonly startedAt: number;
  readonly places: RunPlaces;
  readonly step: StepProgram;
  readonly optimizer: OptimizerRun;
  readonly orderAt: (done: number) => StepPlace;
  readonly ratesAt: (done: number) => Rates;
  readonly report: Report;
  readonly stop: StopRequest;
  readonly flushLog: () => Promise<void>;
  /** Of network and data, for the state. */
  readonly fingerprints: { readonly network: string; readonly data: string };
}

export interface StepFacts {
  /** Steps done. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly rates: Rates;
  readonly gradNorm: number;
  readonly scaledNorms: NormReport | undefined;
  readonly seconds: number;
}

export interface Run extends OpenRun {
  /** What a stop request says at this moment. */
  wanted(): StopRequest['wanted'];
  /** From an arbitrary start. */
  seconds(): number;
  tellStep(facts: StepFacts): Promise<void>;
  /** @returns the file's path */
  saveLora(name: string, moment: SaveMoment): Promise<string>;
  removeFile(name: string): Promise<void>;
  saveState(done: number): Promise<void>;
  drawSamples(moment: Moment): Promise<void>;
}

export function withActions(run: OpenRun): Run {
  const { machine, plan, places, values, report } = run;
  const { files } = machine;
  let facts: Promise<LoraFileFacts> | undefined;
  return {
    ...run,
    wanted: () => run.stop.wanted,
    seconds: () => machine.clock.seconds(),
    tellStep: stepTeller(run),
    saveLora: async (name, { step, epoch }) => {
      const file = files.join(places.folder, name);
      facts ??= loraFileFacts(machine, plan, run.images, run.steps, run.startedAt);
      await writeLora(machine, file, plan, await facts, values, { step, epoch });
      report({ kind: 'checkpoint', file, step, epoch, final: name === finalFile(plan.job.output_name) });
      return file;
    },
    removeFile: (name) => files.remove(files.join(places.folder, name)),
    saveState: (done) =>
      writeState(files, places, {
        step: done,
        seed: plan.seed,
        startedAt: run.startedAt,
        lora: values,
        optimizer: run.optimizer.state,
        ...run.fingerprints,
      }),
    drawSamples: sampleDrawer(run),
  };
}

function stepTeller({
  machine,
  layout,
  steps,
  losses,
  doneBefore,
  places,
  report,
  flushLog,
}: OpenRun): Run['tellStep'] {
  const { totalSteps, epochs, stepsPerEpoch } = steps;
  let secondsSpent = 0;
  return async ({ step, epoch, loss, rates, gradNorm, scaledNorms, seconds }) => {
    secondsSpent += seconds;
    losses.push(loss);
    const lr = Object.fromEntries(layout.parts.map(({ part }) => [part, rates[part]]));
    const told = { step, epoch, loss, averageLoss: averageOf(losses, stepsPerEpoch), lr, gradNorm, seconds };
    const norms = scaledNorms === undefined ? {} : { scaledNorms };
    await appendMetrics(machine.files, places.metrics, { ...told, ...norms });
    const etaSeconds = (secondsSpent / (step - doneBefore)) * (totalSteps - step);
    report({ kind: 'step', ...told, steps: totalSteps, epochs, etaSeconds });
    await flushLog();
  };
}

function sampleDrawer({ machine, plan, places, layout, values, report, stop }: OpenRun): Run['drawSamples'] {
  const { files, pictures, executor, tokenizer } = machine;
  const { job, seed, checkpoint, prediction } = plan;
  const settings = previewSettings(job, seed, places.samples);
  return async (moment) => {
    if (settings === undefined || !previewIsDue(settings, moment)) return;
    const model = {
      executor,
      checkpoint,
      tokenizer,
      prediction,
      noiseSchedule: noiseScheduleOf(job, checkpoint),
      clipSkip: job.clip_skip,
      loras: [{ layout, values, weight: 1 }],
    };
    await drawPreview(model, settings, moment.step, { files, pictures, report, stop });
    report({ kind: 'state', state: 'training', message: 'Training goes on' });
  };
}
