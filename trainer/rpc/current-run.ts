/**
 * The run that is on: at most one, in a process of its own, which goes on whatever windows do. Its state is what its
 * events told.
 */
import { randomUUID } from 'node:crypto';
import type { StepRequest, TrainEvent } from '../api/events.ts';
import { jobTable, type Job } from '../api/job/index.ts';
import { progressOf, type Emit, type RunEnd, type RunStatus } from '../api/rpc/index.ts';
import { InternalError, UserError, type ErrorReport } from '../base/errors.ts';
import { runPlaces, type RunPlaces } from '../train/run-folder.ts';
import type { RunOutcome } from '../train/run.ts';
import { withPaths } from './job-table.ts';
import type { ServiceMachine } from './machine.ts';
import { startRun, type RunProcess } from './run-process.ts';

export interface CurrentRun {
  /** @throws {UserError} run/on if one is on */
  start(job: Job, resume: boolean): RunStatus;
  /** Of the run that is on, or that ended last. */
  status(): RunStatus | undefined;
  /** @throws {UserError} run/not-on */
  ask(runId: string, request: StepRequest): void;
  /** @throws {UserError} run/not-on */
  stop(runId: string, how: 'pause' | 'stop' | 'stop now'): void;
  /** Ends a run as a pause does, and waits for its end; at once when `signal` is aborted. */
  close(signal: AbortSignal): Promise<void>;
}

interface Process {
  readonly child: RunProcess;
  readonly places: RunPlaces;
  readonly ended: Promise<void>;
}

const GO_ON = 'press Resume to go on from there';

export function currentRun(machine: ServiceMachine, emit: Emit): CurrentRun {
  let status: RunStatus | undefined;
  let running: Process | undefined;

  const change = (changes: Partial<RunStatus>, tell: boolean): void => {
    if (status === undefined) return;
    const memory = running?.child.memory()?.now;
    status = { ...status, ...changes, ...(memory === undefined ? {} : { memory }) };
    if (tell) emit('run.status', { run: status });
  };
  const require = (runId: string): Process => {
    if (running !== undefined && status?.runId === runId) return running;
    throw new UserError({
      code: 'run/not-on',
      what: 'This run is not on any more',
      fix: 'Resume it, or start a new one.',
    });
  };

  return {
    start: (job, resume) => {
      if (running !== undefined) throw runIsOn(status?.name ?? '');
      const runId = randomUUID();
      const places = runPlaces(machine.files, job);
      const began = firstStatus(machine, { runId, job, places, resume });
      status = began;
      const child = startRun(
        [...machine.self, 'train', '--child', '-'],
        { job, resume },
        (event) => {
          if (event.kind === 'state') status = withoutProgress(status ?? began);
          change(changesOf(event), event.kind === 'checkpoint');
          emit('run', { runId, event });
        },
        GO_ON,
      );
      const ended = child.outcome
        .then(
          (outcome) => endOf(outcome, status),
          (error: unknown): RunEnd =>
            // Whoever wants an end at once gets it by a kill, which is no crash.
            status?.asked === 'stop now' ? { kind: 'stopped' } : { kind: 'failed', error: reportOf(error) },
        )
        .then(async (end) => {
          // Until then it may hold the device.
          await goneOrEnded(child);
          await sweep(machine, places, child.pid);
          const resumable = end.kind !== 'done' && (await machine.files.status(places.state)) !== undefined;
          running = undefined;
          change({ end, resumable, asked: 'nothing' }, true);
          if (end.kind === 'failed') emit('run', { runId, event: { kind: 'failed', error: end.error } });
        });
      running = { child, places, ended };
      emit('run.status', { run: status });
      return status;
    },
    status: () => status,
    ask: (runId, request) => require(runId).child.ask(request),
    stop: (runId, how) => {
      const { child } = require(runId);
      change({ asked: how }, true);
      if (how === 'stop now') void child.kill();
      else child.finish();
    },
    close: async (signal) => {
      if (running === undefined) return;
      const { child, ended } = running;
      change({ asked: 'pause' }, true);
      child.finish();
      const kill = (): unknown => child.kill();
      if (signal.aborted) kill();
      signal.addEventListener('abort', kill);
      await ended;
    },
  };
}

interface Beginning {
  readonly runId: string;
  readonly job: Job;
  readonly places: RunPlaces;
  readonly resume: boolean;
}

function firstStatus(machine: ServiceMachine, { runId, job, places, resume }: Beginning): RunStatus {
  return {
    runId,
    folder: places.folder,
    name: job.output_name,
    table: withPaths(jobTable(job), machine.bundledName),
    startedAt: machine.clock.now(),
    state: 'preparing',
    message: resume ? 'Going on where it stopped' : 'Starting the trainer',
    asked: 'nothing',
    resumable: false,
  };
}

function withoutProgress({ progress: _progress, ...status }: RunStatus): RunStatus {
  return status;
}

function changesOf(event: TrainEvent): Partial<RunStatus> {
  switch (event.kind) {
    case 'state':
      return { state: event.state, message: event.message };
    case 'progress':
      return { progress: progressOf(event) };
    case 'step':
      return { lastStep: event };
    case 'checkpoint':
      return { savedStep: event.step };
    case 'sample':
    case 'warning':
    case 'log':
    case 'done':
    case 'stopped':
    case 'failed':
      return {};
  }
}

function endOf(outcome: RunOutcome, status: RunStatus | undefined): RunEnd {
  if (outcome.kind === 'done') return { kind: 'done', file: outcome.file ?? '' };
  return { kind: status?.asked === 'pause' ? 'paused' : 'stopped' };
}

function reportOf(error: unknown): ErrorReport {
  if (error instanceof UserError) return error.report;
  const message = error instanceof InternalError || error instanceof Error ? error.message : String(error);
  return {
    code: 'rpc/internal',
    what: `LoRA Loom made a mistake: ${message}`,
    fix: 'It is not your fault. Please report it with the log of the run.',
  };
}

/** Milliseconds that a trainer may take to tidy up after it has told its end. */
const TIDYING = 15_000;

async function goneOrEnded(child: RunProcess): Promise<void> {
  const timer = setTimeout(() => void child.kill(), TIDYING);
  await child.gone;
  clearTimeout(timer);
}

/** A process that was ended in the middle of a write leaves its part behind. */
async function sweep(
  { removeParts }: ServiceMachine,
  { folder, stateFolder, samples }: RunPlaces,
  pid: number | undefined,
): Promise<void> {
  if (pid === undefined) return;
  for (const place of [folder, stateFolder, samples]) await removeParts(place, pid);
}

const runIsOn = (name: string): UserError =>
  new UserError({
    code: 'run/on',
    what: `The run "${name}" is on, and there is only one at a time`,
    fix: 'Wait until it has ended, pause it or stop it.',
  });
