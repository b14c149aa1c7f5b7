/**
 * What the loop does beside computing: tells of its steps, saves, draws samples.
 */
import type { Report, StopRequest, TakeRequests } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import type { StepPlan } from '../data/batches.ts';
import type { NormReport } from '../lora/max-norm.ts';
import type { ParameterLayout } from '../optim/parameters.ts';
import type { Rates } from './learning-rates.ts';
import type { Machine } from './machine.ts';
import { requireFinite } from './divergence.ts';
import { appendMetrics, averageOf } from './metrics.ts';
import type { CurrentStep } from './current-step.ts';
import type { OpenMethod, SaveMoment } from './method.ts';
import type { OptimizerRun } from './optimizer-run.ts';
import type { RunPlaces } from './run-folder.ts';
import { stepName, type Moment } from './saves.ts';
import { writeState } from './state.ts';
import type { StepPlace } from './step-order.ts';

/** A run whose parts are all open: what the loop works with. */
export interface OpenRun {
  readonly machine: Machine;
  readonly job: Job;
  readonly seed: number;
  readonly layout: ParameterLayout;
  /** f32 [layout.size], changed in place. */
  readonly values: Float32Array;
  readonly method: OpenMethod;
  /** Of what `method` writes. */
  readonly extension: string;
  readonly steps: StepPlan;
  /** Optimizer steps of an earlier start of this run. */
  readonly doneBefore: number;
  /** Of the steps done before; the loop adds its own. */
  readonly losses: number[];
  /** Milliseconds since 1970, of the first start. */
  readonly startedAt: number;
  readonly places: RunPlaces;
  readonly step: CurrentStep;
  readonly optimizer: OptimizerRun;
  readonly orderAt: (done: number) => StepPlace;
  readonly ratesAt: (done: number) => Rates;
  readonly stoppedAt: (done: number) => ReadonlySet<string>;
  readonly report: Report;
  readonly stop: StopRequest;
  readonly requests: TakeRequests;
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
  afterStep(values: Float32Array, stopped: ReadonlySet<string>): NormReport | undefined;
  tellStep(facts: StepFacts): Promise<void>;
  /**
   * @param name without extension
   * @returns the path
   * @throws {UserError} run/diverged instead of writing numbers that are not finite
   */
  save(name: string, moment: SaveMoment): Promise<string>;
  /** An older save, which may be gone already. */
  removeSave(name: string): Promise<void>;
  saveState(done: number): Promise<void>;
  drawSamples(moment: Moment): Promise<void>;
  /** Saves and draws what was asked for since the last step. */
  answerRequests(moment: Moment): Promise<void>;
}

export function withActions(run: OpenRun): Run {
  const { machine, job, method, places, values, report, extension } = run;
  const { files } = machine;
  // What is saved and shown is the moving average, where one is kept.
  const kept = run.optimizer.state['average'] ?? values;
  const pathOf = (name: string): string => files.join(places.folder, name);
  const save: Run['save'] = async (name, { step, epoch }) => {
    await requireFinite(run, kept, step);
    await method.write(pathOf(name), kept, { step, epoch, steps: run.steps, startedAt: run.startedAt });
    const file = pathOf(name) + extension;
    report({ kind: 'checkpoint', file, step, epoch, final: name === job.output_name });
    return file;
  };
  const saveState: Run['saveState'] = (done) =>
    writeState(files, places, {
      step: done,
      seed: run.seed,
      startedAt: run.startedAt,
      values,
      optimizer: run.optimizer.state,
      ...run.fingerprints,
    });
  return {
    ...run,
    wanted: () => run.stop.wanted,
    seconds: () => machine.clock.seconds(),
    afterStep: (changed, stopped) => method.afterStep?.(changed, stopped),
    tellStep: stepTeller(run),
    save,
    removeSave: (name) =>
      extension === '' ? files.removeFolder(pathOf(name)) : files.remove(pathOf(name) + extension),
    saveState,
    drawSamples: (moment) => method.drawSamples(kept, moment),
    answerRequests: async (moment) => {
      for (const request of run.requests()) {
        if (request.kind === 'sample') await method.drawSamples(kept, { ...moment, asked: request });
        else {
          await save(stepName(job.output_name, moment.step), moment);
          await saveState(moment.step);
        }
      }
    },
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
    const lr = Object.fromEntries(layout.parts.map(({ part }) => [part, rates[part] ?? 0]));
    const told = { step, epoch, loss, averageLoss: averageOf(losses, stepsPerEpoch), lr, gradNorm, seconds };
    const norms = scaledNorms === undefined ? {} : { scaledNorms };
    await appendMetrics(machine.files, places.metrics, { ...told, ...norms });
    const etaSeconds = (secondsSpent / (step - doneBefore)) * (totalSteps - step);
    report({ kind: 'step', ...told, steps: totalSteps, epochs, etaSeconds });
    await flushLog();
  };
}
