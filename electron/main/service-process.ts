/**
 * Keeps the trainer's service alive: a plain Node child, started on demand, started again after a crash, and ended with
 * the app. It knows nothing of what windows and service say to each other.
 */
import { fromWorker, type FromWorker, type ToWorker } from '../../trainer/api/rpc/index.ts';
import type { ServiceLoss } from '../contract/bridge.ts';
import { TEXT } from './text.ts';

/** A process that was started, whatever starts it. */
export interface Child {
  send(message: ToWorker): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface ChildListeners {
  message(message: unknown): void;
  /** Once. @param how "SIGKILL", "exit code 1", "spawn node ENOENT" */
  exit(how: string): void;
}

export type Launch = (listeners: ChildListeners) => Child;

export interface ServiceListeners {
  /** The service listens; conversations may begin. */
  opened(): void;
  text(port: number, text: string): void;
  /** All conversations are over. */
  closed(loss: ServiceLoss): void;
}

export interface ServiceProcess {
  /** Does nothing where it runs already. */
  start(): void;
  isOpen(): boolean;
  /** Lost where the service is not open. */
  send(message: ToWorker): void;
  /** Ends a service that does not answer; it starts again as after a crash. */
  endHung(): void;
  /** Lets a run save and ends the service; at last by force. Resolves when it is gone. */
  end(): Promise<void>;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'starting'; readonly child: Child; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'open'; readonly child: Child }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'ending'; readonly child: Child; readonly timers: readonly NodeJS.Timeout[] };

const SECOND = 1000;

/** Times that a service may take, in milliseconds. */
export const PATIENCE = {
  start: 120 * SECOND,
  beforeRestart: SECOND,
  /** More crashes than this within the time, and it is not started again by itself. */
  crashes: { count: 3, within: 60 * SECOND },
  /** After the request to end: a step and a save of a large model. */
  finish: 180 * SECOND,
  /** After the request to end at once. */
  endAtOnce: 10 * SECOND,
  terminate: 5 * SECOND,
} as const;

export interface ServiceOptions {
  readonly launch: Launch;
  readonly listeners: ServiceListeners;
  /** The run that is on, as the app knows it. */
  readonly runName: () => string | undefined;
  /** Milliseconds. */
  readonly now: () => number;
}

export function createServiceProcess({ launch, listeners, runName, now }: ServiceOptions): ServiceProcess {
  let state: State = { kind: 'idle' };
  let hung = false;
  let crashes: readonly number[] = [];
  let whenGone: (() => void)[] = [];

  const start = (): void => {
    if (state.kind === 'waiting') clearTimeout(state.timer);
    else if (state.kind !== 'idle') return;
    hung = false;
    const child = launch({ message: (message) => receive(child, message), exit: (how) => exited(child, how) });
    const timer = setTimeout(() => endHung(), PATIENCE.start);
    state = { kind: 'starting', child, timer };
  };

  /** A child that was given up may still speak. */
  const isCurrent = (child: Child): boolean => 'child' in state && state.child === child;

  function receive(child: Child, message: unknown): void {
    const read = fromWorker.safeParse(message);
    if (!isCurrent(child) || !read.success) return;
    const known: FromWorker = read.data;
    if (known.kind === 'text') return state.kind === 'open' ? listeners.text(known.port, known.text) : undefined;
    if (state.kind !== 'starting') return;
    clearTimeout(state.timer);
    state = { kind: 'open', child };
    listeners.opened();
  }

  function exited(child: Child, how: string): void {
    if (!isCurrent(child)) return;
    if (state.kind === 'ending') {
      state.timers.forEach((timer) => clearTimeout(timer));
      return gone();
    }
    if (state.kind === 'starting') clearTimeout(state.timer);
    const wasOpen = state.kind === 'open';
    crashes = [...crashes.filter((time) => now() - time < PATIENCE.crashes.within), now()];
    const restarts = crashes.length <= PATIENCE.crashes.count;
    const loss = TEXT.serviceLost({ how: hung ? TEXT.noAnswer : how, wasOpen, restarts, runName: runName() });
    state = restarts ? { kind: 'waiting', timer: setTimeout(start, PATIENCE.beforeRestart) } : { kind: 'idle' };
    listeners.closed(loss);
  }

  function gone(): void {
    state = { kind: 'idle' };
    const waiting = whenGone;
    whenGone = [];
    waiting.forEach((resolve) => resolve());
  }

  function endHung(): void {
    if (state.kind !== 'open' && state.kind !== 'starting') return;
    hung = true;
    state.child.kill('SIGKILL');
  }

  function endChild(child: Child): void {
    const { finish, endAtOnce, terminate } = PATIENCE;
    const timers = [
      setTimeout(() => child.send({ kind: 'end' }), finish),
      setTimeout(() => child.kill('SIGTERM'), finish + endAtOnce),
      setTimeout(() => child.kill('SIGKILL'), finish + endAtOnce + terminate),
    ];
    state = { kind: 'ending', child, timers };
    child.send({ kind: 'end' });
  }

  return {
    start,
    isOpen: () => state.kind === 'open',
    send: (message) => {
      if (state.kind === 'open') state.child.send(message);
    },
    endHung,
    end: async () => {
      if (state.kind === 'waiting') clearTimeout(state.timer);
      if (!('child' in state)) return void (state = { kind: 'idle' });
      const ended = new Promise<void>((resolve) => whenGone.push(resolve));
      if (state.kind === 'starting') clearTimeout(state.timer);
      if (state.kind !== 'ending') endChild(state.child);
      await ended;
    },
  };
}
