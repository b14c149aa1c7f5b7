/**
 * Ctrl-C in two steps: the first asks a run to finish its step and save, the second to stop now. Drawing knows the first
 * alone.
 */
import type { EventEmitter } from 'node:events';
import type { StopRequest } from '../api/events.ts';
import { EXIT_CODES } from './exit-codes.ts';

export interface Interrupts extends Disposable {
  /** Changes as keys are pressed. */
  readonly request: StopRequest;
  /** Aborted by the second press. */
  readonly signal: AbortSignal;
}

type Process = Pick<EventEmitter, 'on' | 'off'> & { exit(code: number): void };

/**
 * Listens until it is disposed; a third press ends the process at once.
 *
 * @param tell shows one sentence
 * @param onFirst called at the first press
 */
export function listenForInterrupts(
  tell: (sentence: string) => void,
  target: Process = process,
  onFirst: () => void = () => undefined,
): Interrupts {
  const request: { wanted: StopRequest['wanted'] } = { wanted: 'no' };
  const abort = new AbortController();
  const onInterrupt = (): void => {
    switch (request.wanted) {
      case 'no':
        request.wanted = 'finishing';
        tell('Finishing this step and saving. Press Ctrl-C again to stop now.');
        onFirst();
        return;
      case 'finishing':
        request.wanted = 'now';
        tell('Stopping.');
        abort.abort();
        return;
      case 'now':
        target.exit(EXIT_CODES.interrupted);
    }
  };
  target.on('SIGINT', onInterrupt);
  target.on('SIGTERM', onInterrupt);
  return {
    request,
    signal: abort.signal,
    [Symbol.dispose]: () => {
      target.off('SIGINT', onInterrupt);
      target.off('SIGTERM', onInterrupt);
    },
  };
}

export interface Stop extends Disposable {
  readonly wanted: boolean;
}

/** Ctrl-C ends a drawing before its next step; what is written stays. */
export function listenForStop(): Stop {
  const state = { wanted: false };
  const onInterrupt = (): void => {
    state.wanted = true;
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onInterrupt);
  // Whoever started this and is gone wants nothing any more. Listening alone must not keep the process alive.
  process.on('disconnect', onInterrupt);
  process.channel?.unref();
  return {
    get wanted() {
      return state.wanted;
    },
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onInterrupt);
      process.off('disconnect', onInterrupt);
    },
  };
}
