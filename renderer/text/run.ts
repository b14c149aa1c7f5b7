/** Words of the run panel and the Run page. */
import type { RunEnd, RunStatus } from '../../trainer/api/rpc/index.ts';
import type { RunPhase } from '../state/run.ts';
import { plural } from './amounts.ts';

export const PHASES: Readonly<Record<RunPhase, string>> = {
  none: 'No run yet',
  active: 'Training',
  pausing: 'Stopping',
  paused: 'Paused',
  stopped: 'Stopped',
  failed: 'Failed',
  done: 'Done',
};

/** While it is on, what it is at says more than "Training". */
export const STATES = {
  preparing: 'Preparing',
  'class-images': 'Drawing class images',
  loading: 'Loading the model',
  caching: 'Reading images',
  training: 'Training',
  sampling: 'Drawing samples',
  saving: 'Saving',
} as const;

export const runText = {
  title: 'Run',
  panel: 'Run',
  noRun: 'Nothing has run yet',
  noRunBody: 'Progress, loss and samples appear here, whatever page is open.',
  stepOf: (step: number, steps: number): string => `step ${step} of ${steps}`,
  epochOf: (epoch: number, epochs: number): string => `epoch ${epoch} of ${epochs}`,
  loss: 'Loss',
  raw: 'raw',
  smoothed: 'smoothed',
  rawSeries: 'Raw',
  smoothedSeries: 'Smoothed',
  rateSeries: 'Learning rate',
  smoothing: 'Smoothing',
  linear: 'Linear',
  log: 'Log',
  scale: 'Scale of the loss',
  step: (step: number): string => `Step ${step}`,
  lossSmoothed: 'Loss, smoothed',
  lossRaw: 'Loss, raw',
  time: 'Time',
  wholeRun: (steps: number): string => `whole run, ${plural(steps, 'step')}`,
  zoomStart: 'Start of the part shown',
  zoomEnd: 'End of the part shown',
  zoomOut: 'Show the whole run',
  firstLoss: 'The curve begins with the first step.',
  samples: 'Samples',
  atStep: (step: number): string => `step ${step}`,
  sampleSeeds: 'rows are prompts, columns are steps',
  noSamples: 'Samples appear here when the job asks for them.',
  logTitle: 'Log',
  noLog: 'Nothing yet.',
  copyLog: 'Copy the log',
  openFolder: 'Open the folder',
  start: 'Start',
  pause: 'Pause',
  resume: 'Resume',
  saveNow: 'Save now',
  sampleNow: 'Sample now',
  stop: 'Stop',
  stopNow: 'Stop at once',
  openRun: 'Open the run',
  compare: 'Compare',
  fullSize: 'Samples in the whole window',
  earlier: 'Earlier',
  later: 'Later',
  compareHint: 'Choose two samples of a row',
  seed: 'Seed',
  size: 'Size',
  timeTaken: (duration: string): string => `${duration} of training`,
  prompt: 'Prompt',
  close: 'Close',
  a: 'A',
  b: 'B',
  curtain: 'Where A ends and B begins',
  savedAt: (step: number): string => `state kept at step ${step}`,
  memory: 'Memory',
  files: 'Files',
  error: 'The run stopped',
  details: 'Details',
  code: 'Error code',
  backToJob: 'Change the settings',
  changedSince: 'The job is another by now: Start begins anew with it.',
  lossCurve: (from: string, to: string, step: number): string =>
    `Loss curve up to step ${step}, smoothed loss from ${from} to ${to}`,
  lost: (resumable: boolean): { readonly what: string; readonly fix: string } => ({
    what: 'The trainer stopped working, and the run with it',
    fix: resumable
      ? 'It is there again: press Resume to go on from the last save.'
      : 'It is there again: press Start to begin anew. Saving every few epochs keeps what was learned.',
  }),
  seeLog: 'The log tells what happened just before.',
} as const;

/** Title and body of the notice at a run's end. */
export function endNotice({ name, lastStep, resumable }: RunStatus, end: RunEnd): readonly [string, string] {
  const reached = lastStep === undefined ? '' : `After ${runText.stepOf(lastStep.step, lastStep.steps)}.`;
  const goOn = resumable ? ' It can be resumed.' : '';
  switch (end.kind) {
    case 'done':
      return [`${name} is done`, end.file];
    case 'failed':
      return [`${name} failed`, end.error.what];
    case 'paused':
      return [`${name} is paused`, `${reached}${goOn}`.trim()];
    case 'stopped':
      return [`${name} has stopped`, `${reached}${goOn}`.trim()];
  }
}
