/**
 * Runs the trainer in a process of its own. ONNX Runtime blocks the thread that it computes in, a thread cannot be ended
 * while it computes, and a driver may crash: apart from it, Ctrl-C is heard at once and every end can be told in words.
 *
 * Both ends of the conversation are here. The parent sends one `start`, then maybe `ask`s and `stop`; the child sends
 * `event`s and `memory`, and ends with `ended`, `failed` or `broken` (docs/decisions/0020-run-process.md).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Report, StepRequest, StopRequest, TakeRequests, TrainEvent } from '../api/events.ts';
import type { Job } from '../api/job/index.ts';
import { InternalError, UserError, type ErrorReport } from '../base/errors.ts';
import type { RunOutcome } from '../train/run.ts';

export interface RunOrder {
  readonly job: Job;
  readonly resume: boolean;
}

type ToChild =
  | { readonly kind: 'start'; readonly order: RunOrder }
  | { readonly kind: 'ask'; readonly request: StepRequest }
  | { readonly kind: 'stop'; readonly wanted: StopRequest['wanted'] };

type ToParent =
  | { readonly kind: 'event'; readonly event: TrainEvent }
  | { readonly kind: 'memory'; readonly memory: RunMemory }
  | { readonly kind: 'ended'; readonly outcome: RunOutcome }
  | { readonly kind: 'failed'; readonly error: ErrorReport }
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string | undefined };

/** Bytes of the process. */
export interface RunMemory {
  readonly now: number;
  readonly highest: number;
}

export interface RunProcess {
  /** Rejects with the child's `UserError`, or one about how the child died. */
  readonly outcome: Promise<RunOutcome>;
  /** Between two steps. */
  ask(request: StepRequest): void;
  /** As last heard. */
  memory(): RunMemory | undefined;
  /** Lets the step in hand end, then saves. */
  finish(): void;
  /** Resolves when the child is no more: a little after it has told its end. */
  readonly gone: Promise<void>;
  /** Ends the child at once. Files are replaced whole, so at most a part under another name is left. */
  kill(): Promise<void>;
  readonly pid: number | undefined;
}

/** How whoever started a run goes on with one that was saved. */
const ON_THE_COMMAND_LINE = '--resume goes on from there';

/**
 * @param command program and arguments that start the child's end, `followOrder`
 * @param goOn    completes "What was saved is whole: ..." after a crash
 */
export function startRun(
  command: readonly string[],
  order: RunOrder,
  report: Report,
  goOn = ON_THE_COMMAND_LINE,
): RunProcess {
  const [program = process.execPath, ...words] = command;
  // What native libraries print must not mix with the events on standard output.
  const child = spawn(program, words, { stdio: ['ignore', 2, 2, 'ipc'], serialization: 'advanced' });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let saved = order.resume;
  let memory: RunMemory | undefined;
  const outcome = new Promise<RunOutcome>((resolve, reject) => {
    child.on('message', (message: ToParent) => {
      switch (message.kind) {
        case 'event':
          saved ||= message.event.kind === 'checkpoint';
          return report(message.event);
        case 'memory':
          memory = message.memory;
          return;
        case 'ended':
          return resolve(message.outcome);
        case 'failed':
          return reject(new UserError(message.error));
        case 'broken': {
          const error = new InternalError(message.message);
          if (message.stack !== undefined) error.stack = message.stack;
          return reject(error);
        }
      }
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (wasInterrupted(code, signal)) resolve({ kind: 'stopped', step: 0 });
      else reject(deathOf(code, signal, saved ? ` What was saved is whole: ${goOn}.` : ' Nothing was saved yet.'));
    });
  });
  send(child, { kind: 'start', order });
  return {
    outcome,
    pid: child.pid,
    gone,
    ask: (request) => send(child, { kind: 'ask', request }),
    memory: () => memory,
    finish: () => send(child, { kind: 'stop', wanted: 'finishing' }),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** A child that has just ended is told nothing more. */
const send = (child: ChildProcess, message: ToChild): unknown =>
  child.connected && child.send(message, () => undefined);

/** What Windows reports of a program that Ctrl-C ended. */
const CONTROL_C_EXIT = 0xc000013a;

/** Ctrl-C reaches all processes of a terminal. The child hears it as a request once it has loaded; before, it ends of it. */
const wasInterrupted = (code: number | null, signal: NodeJS.Signals | null): boolean =>
  signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP' || code === CONTROL_C_EXIT;

function deathOf(code: number | null, signal: NodeJS.Signals | null, rest: string): UserError {
  const how = signal ?? `exit code ${String(code)}`;
  if (signal === 'SIGKILL') {
    return new UserError({
      code: 'engine/out-of-memory',
      what: 'The system ended the training (SIGKILL), most likely because memory ran out',
      fix: `Turn on gradient_checkpointing, lower train_batch_size or resolution, or close other programs.${rest}`,
      details: { how },
    });
  }
  return new UserError({
    code: 'engine/crashed',
    what: `The engine crashed (${how})`,
    fix: `Update the graphics driver, or train with engine = "cpu".${rest}`,
    details: { how },
  });
}

/** What the parent wants of a run while it is on. */
export interface RunWishes {
  /** Changes as the parent asks. */
  readonly stop: StopRequest;
  readonly requests: TakeRequests;
}

/** Milliseconds between two figures of memory. */
const MEMORY_PAUSE = 2000;

/** The child's end: waits for the order, lets `train` do it, and tells how it ended. */
export async function followOrder(
  train: (order: RunOrder, report: Report, wishes: RunWishes) => Promise<RunOutcome>,
): Promise<void> {
  // Signals often reach all processes of a terminal or a job; what they mean is the parent's decision.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const stop: { wanted: StopRequest['wanted'] } = { wanted: 'no' };
  let asked: StepRequest[] = [];
  const requests: TakeRequests = () => {
    const taken = asked;
    asked = [];
    return taken;
  };
  // Without a parent nobody waits for the run: what it has learned is saved.
  process.on('disconnect', () => (stop.wanted = 'finishing'));
  const order = await new Promise<RunOrder>((resolve) => {
    process.on('message', (message: ToChild) => {
      if (message.kind === 'start') resolve(message.order);
      else if (message.kind === 'ask') asked.push(message.request);
      else stop.wanted = message.wanted;
    });
  });
  const memoryTimer = setInterval(() => void tellMemory(), MEMORY_PAUSE);
  const end = await endOf(() => train(order, (event) => void tell({ kind: 'event', event }), { stop, requests }));
  clearInterval(memoryTimer);
  await tellMemory();
  await tell(end);
  if (process.connected) process.disconnect();
}

async function endOf(train: () => Promise<RunOutcome>): Promise<ToParent> {
  try {
    return { kind: 'ended', outcome: await train() };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'failed', error: error.report };
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'broken', message, stack };
  }
}

const KIBIBYTE = 1024;

const tellMemory = (): Promise<void> =>
  tell({
    kind: 'memory',
    memory: { now: process.memoryUsage.rss(), highest: process.resourceUsage().maxRSS * KIBIBYTE },
  });

const tell = (message: ToParent): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });
