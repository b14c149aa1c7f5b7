/**
 * Shapes of runs: the one that is on, and those that their folders tell of.
 */
import * as z from 'zod';
import type { ProgressEvent, TrainEvent } from '../events.ts';
import { bytes, count, errorReport, jobTable, list, numbers } from './shapes.ts';

const trainState = z.enum(['preparing', 'class-images', 'loading', 'caching', 'training', 'sampling', 'saving']);

export const stepEvent = z.object({
  kind: z.literal('step'),
  step: count,
  steps: count,
  epoch: count,
  epochs: count,
  loss: z.number(),
  averageLoss: z.number(),
  lr: z.record(z.string(), z.number()).readonly(),
  gradNorm: z.number(),
  seconds: z.number(),
  etaSeconds: z.number(),
});

const sampleFacts = {
  file: z.string(),
  step: count,
  promptIndex: count,
  prompt: z.string(),
  seed: z.number(),
};

export const trainEvent: z.ZodType<TrainEvent> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('state'), state: trainState, message: z.string() }),
  z.object({
    kind: z.literal('progress'),
    state: trainState,
    done: count,
    total: count,
    etaSeconds: z.number().exactOptional(),
  }),
  stepEvent,
  z.object({ kind: z.literal('sample'), ...sampleFacts }),
  z.object({ kind: z.literal('checkpoint'), file: z.string(), step: count, epoch: count, final: z.boolean() }),
  z.object({
    kind: z.literal('warning'),
    what: z.string(),
    where: z.string().exactOptional(),
    fix: z.string().exactOptional(),
  }),
  z.object({ kind: z.literal('log'), message: z.string() }),
  z.object({ kind: z.literal('done'), steps: count, seconds: z.number(), file: z.string(), folder: z.string() }),
  z.object({ kind: z.literal('stopped'), step: count, steps: count, file: z.string().exactOptional() }),
  z.object({ kind: z.literal('failed'), error: errorReport }),
]);

/** How a run ended. All but `done` can be resumed where `resumable` says so. */
export const runEnd = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), file: z.string() }),
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('failed'), error: errorReport }),
]);
export type RunEnd = z.infer<typeof runEnd>;

export const stateProgress = z.object({ done: count, total: count, secondsLeft: z.number().gte(0).exactOptional() });
export type StateProgress = z.infer<typeof stateProgress>;

export const progressOf = ({ done, total, etaSeconds }: Omit<ProgressEvent, 'kind' | 'state'>): StateProgress => ({
  done,
  total,
  ...(etaSeconds === undefined ? {} : { secondsLeft: Math.max(0, etaSeconds) }),
});

/** The run that this service started last. */
export const runStatus = z.object({
  runId: z.string(),
  folder: z.string(),
  name: z.string(),
  table: jobTable,
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  state: trainState,
  message: z.string(),
  /** Of a state that has a length of its own. */
  progress: stateProgress.exactOptional(),
  /** The last step done. */
  lastStep: stepEvent.exactOptional(),
  /** The step of the last save that a resume would go on from. */
  savedStep: count.exactOptional(),
  /** What was asked for and has not happened yet. */
  asked: z.enum(['nothing', 'pause', 'stop', 'stop now']),
  /** Bytes of memory of the run's process, where the system tells. */
  memory: bytes.exactOptional(),
  end: runEnd.exactOptional(),
  resumable: z.boolean(),
});
export type RunStatus = z.infer<typeof runStatus>;

export const runSample = z.object({ ...sampleFacts, seed: z.number() });
export type RunSample = z.infer<typeof runSample>;

export const runFile = z.object({
  path: z.string(),
  name: z.string(),
  bytes,
  /** The last file of a run has the plain name. */
  final: z.boolean(),
});

/** Columns of metrics.jsonl, all of the same length; `lr` by parameter group. */
export const metricColumns = z.object({
  step: numbers,
  epoch: numbers,
  loss: numbers,
  averageLoss: numbers,
  gradNorm: numbers,
  seconds: numbers,
  lr: z.record(z.string(), numbers).readonly(),
});
export type MetricColumns = z.infer<typeof metricColumns>;

export const logLine = z.object({ time: z.string().exactOptional(), message: z.string() });

export const runHistory = z.object({
  folder: z.string(),
  name: z.string(),
  table: jobTable,
  /** Of the whole run, where its log tells. */
  planned: z.object({ steps: count, epochs: count }).exactOptional(),
  metrics: metricColumns,
  samples: list(runSample),
  files: list(runFile),
  log: list(logLine),
  /** A saved state is there, and the run has not reached its end. */
  resumable: z.boolean(),
});
export type RunHistory = z.infer<typeof runHistory>;

export const runSummary = z.object({
  folder: z.string(),
  name: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  state: z.enum(['running', 'done', 'stopped', 'failed']),
  /** Of a failed run: the first line of what went wrong. */
  reason: z.string().exactOptional(),
  step: count,
  /** Where it is known. */
  steps: count.exactOptional(),
  seconds: z.number(),
  /** Mean over the last epoch. */
  loss: z.number().exactOptional(),
  /** At most 60 losses, smoothed. */
  sparkline: numbers,
  /** The newest sample picture. */
  picture: z.string().exactOptional(),
  files: list(runFile),
  table: jobTable,
  resumable: z.boolean(),
});
export type RunSummary = z.infer<typeof runSummary>;
