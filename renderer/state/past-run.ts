/**
 * A run that is over, told from its folder alone: no service remembers it any more.
 */
import type { RunEnd, RunHistory, RunStatus } from '../../trainer/api/rpc/index.ts';
import { Metrics } from '../run/metrics.ts';
import { logLineOfFile } from '../text/log.ts';
import { runText } from '../text/run.ts';
import type { RunState, StepFacts } from './run.ts';

/** What the folder tells of the numbers, the pictures and the log. */
export function factsOf(
  history: RunHistory,
  revision: number,
): Pick<RunState, 'metrics' | 'revision' | 'samples' | 'files' | 'log'> {
  return {
    metrics: Metrics.from(history.metrics),
    revision: revision + 1,
    samples: history.samples,
    files: history.files,
    log: history.log.map(logLineOfFile),
  };
}

/** The status of a run that ended under an earlier service. Its folder is its id: no event is about it. */
export function pastStatus(history: RunHistory): RunStatus {
  const { folder, name, table, log, resumable } = history;
  const lastStep = lastStepOf(history);
  return {
    runId: folder,
    folder,
    name,
    table,
    startedAt: Date.parse(log[0]?.time ?? '') || 0,
    state: 'training',
    message: '',
    asked: 'nothing',
    ...(lastStep === undefined ? {} : { lastStep }),
    end: endOf(history),
    resumable,
  };
}

/** The status of a run that the service took with it when it broke down. The trainer may have come to its end alone. */
export function lostStatus({ progress: _progress, ...status }: RunStatus, history: RunHistory | undefined): RunStatus {
  const file = finalFile(history);
  const resumable = history?.resumable === true;
  const end: RunEnd =
    file === undefined
      ? { kind: 'failed', error: { code: 'engine/crashed', ...runText.lost(resumable) } }
      : { kind: 'done', file };
  return { ...status, end, resumable, asked: 'nothing' };
}

const finalFile = (history: RunHistory | undefined): string | undefined =>
  history?.files.find(({ final }) => final)?.path;

function endOf(history: RunHistory): RunEnd {
  const file = finalFile(history);
  if (file !== undefined) return { kind: 'done', file };
  const last = history.log.at(-1);
  const line = last === undefined ? undefined : logLineOfFile(last);
  if (line?.tone !== 'error') return { kind: 'stopped' };
  return { kind: 'failed', error: { code: 'engine/crashed', what: line.message, fix: runText.seeLog } };
}

function lastStepOf({ metrics, planned }: RunHistory): StepFacts | undefined {
  const step = metrics.step.at(-1);
  if (step === undefined) return undefined;
  const epoch = metrics.epoch.at(-1) ?? 0;
  return {
    kind: 'step',
    step,
    steps: planned?.steps ?? step,
    epoch,
    epochs: planned?.epochs ?? epoch,
    loss: metrics.loss.at(-1) ?? 0,
    averageLoss: metrics.averageLoss.at(-1) ?? 0,
    lr: {},
    gradNorm: metrics.gradNorm.at(-1) ?? 0,
    seconds: metrics.seconds.at(-1) ?? 0,
    etaSeconds: 0,
  };
}
