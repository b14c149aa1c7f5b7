/**
 * log.txt: what a run told, with the time of day. Steps are not in it; metrics.jsonl has them.
 */
import type { Report, TrainEvent } from '../api/events.ts';
import { describeError, UserError } from '../base/errors.ts';
import type { Clock, Files } from '../base/ports.ts';
import { plural } from '../data/report.ts';

export interface RunLog {
  /** Passes every event on, and remembers what the log says of it. */
  readonly report: Report;
  readonly error: (error: unknown) => void;
  /** Writes what was remembered, once the run's folder is there. */
  readonly flush: () => Promise<void>;
}

export function keepLog(
  { files, clock }: { readonly files: Files; readonly clock: Clock },
  path: string,
  report: Report,
): RunLog {
  let lines: string[] = [];
  const note = (text: string): unknown => lines.push(`${new Date(clock.now()).toISOString()} ${text}\n`);
  return {
    report: (event) => {
      const text = textOf(event);
      if (text !== undefined) note(text);
      report(event);
    },
    error: (error) => note(`Error: ${error instanceof UserError ? describeError(error.report) : String(error)}`),
    flush: async () => {
      if (lines.length === 0 || (await files.status(files.folderOf(path))) === undefined) return;
      const text = lines.join('');
      lines = [];
      await files.append(path, text);
    },
  };
}

function textOf(event: TrainEvent): string | undefined {
  switch (event.kind) {
    case 'state':
    case 'log':
      return event.message;
    case 'warning':
      return `Warning: ${event.what}${event.where === undefined ? '' : ` (${event.where})`}`;
    case 'sample':
    case 'checkpoint':
      return `Wrote ${event.file}`;
    case 'done':
      return `Done after ${plural(event.steps, 'step')}`;
    case 'stopped':
      return `Stopped after step ${event.step} of ${event.steps}`;
    case 'failed':
      return `Error: ${event.error.what}`;
    case 'step':
    case 'progress':
      return undefined;
  }
}
