/** The log in plain words: one line for each thing that happened, none for each step. */
import type { TrainEvent } from '../../trainer/api/events.ts';
import type { RunHistory } from '../../trainer/api/rpc/index.ts';
import { plural } from './amounts.ts';

export interface LogEntry {
  /** "14:02:11"; empty where it is not known. */
  readonly time: string;
  readonly tone: 'plain' | 'warning' | 'error';
  readonly message: string;
}

export function logLineOf(event: TrainEvent, now: number): LogEntry | undefined {
  const said = sentenceOf(event);
  if (said === undefined) return undefined;
  return { time: clock(now), ...said };
}

const TOLD = { Warning: 'warning', Error: 'error' } as const;

/** A line of the run's log.txt, as it would have stood here had the window been open. */
export function logLineOfFile({ time, message }: RunHistory['log'][number]): LogEntry {
  const [, prefix, rest] = /^(Warning|Error): (.*)$/s.exec(message) ?? [];
  return {
    time: time === undefined ? '' : clock(Date.parse(time)),
    tone: rest === undefined ? 'plain' : TOLD[prefix as keyof typeof TOLD],
    message: rest ?? message,
  };
}

const clock = (time: number): string => new Date(time).toTimeString().slice(0, 8);

function sentenceOf(event: TrainEvent): Omit<LogEntry, 'time'> | undefined {
  switch (event.kind) {
    case 'state':
    case 'log':
      return { tone: 'plain', message: event.message };
    case 'checkpoint':
      return { tone: 'plain', message: `Saved ${fileName(event.file)} at step ${event.step}` };
    case 'warning':
      return { tone: 'warning', message: event.fix === undefined ? event.what : `${event.what}. ${event.fix}` };
    case 'done':
      return { tone: 'plain', message: `Done: ${plural(event.steps, 'step')}, ${fileName(event.file)}` };
    case 'stopped':
      return { tone: 'plain', message: `Stopped at step ${event.step} of ${event.steps}` };
    case 'failed':
      return { tone: 'error', message: `${event.error.what}. ${event.error.fix}` };
    case 'sample':
      return event.promptIndex === 0 ? { tone: 'plain', message: `Drew samples at step ${event.step}` } : undefined;
    case 'step':
    case 'progress':
      return undefined;
  }
}

const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
