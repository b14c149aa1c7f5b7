/**
 * Runs a command of ours in a process of its own and hears what it prints: one JSON object a line.
 */
import { spawn } from 'node:child_process';
import { InternalError, UserError, type ErrorReport } from '../base/errors.ts';

export interface LinesProcess {
  /** Resolves at exit code 0 or after `stop`; rejects with the command's `UserError`. */
  readonly ended: Promise<void>;
  stop(): void;
}

const ERROR_TEXT = 64 * 1024;

export function runLines(
  [program = process.execPath, ...start]: readonly string[],
  words: readonly string[],
  onLine: (value: Readonly<Record<string, unknown>>) => void,
): LinesProcess {
  // The channel tells the command when we are gone.
  const child = spawn(program, [...start, ...words], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let rest = '';
  let errors = '';
  let stopped = false;
  child.stdout?.setEncoding('utf8').on('data', (data: string) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const value = objectIn(line);
      if (value !== undefined) onLine(value);
    }
  });
  child.stderr?.setEncoding('utf8').on('data', (data: string) => {
    errors = (errors + data).slice(-ERROR_TEXT);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 || stopped) resolve();
      else reject(errorIn(errors, signal ?? `exit code ${String(code)}`));
    });
  });
  return {
    ended,
    stop: () => {
      stopped = true;
      child.kill('SIGTERM');
    },
  };
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The last line of `{"error": {...}}` that the command printed. */
function errorIn(text: string, how: string): Error {
  const reports = text.split('\n').flatMap((line) => {
    const error = objectIn(line)?.['error'];
    return typeof error === 'object' && error !== null && 'fix' in error ? [error as ErrorReport] : [];
  });
  const report = reports.at(-1);
  if (report !== undefined) return new UserError(report);
  if (how === 'SIGKILL') {
    return new UserError({
      code: 'engine/out-of-memory',
      what: 'The system ended the drawing (SIGKILL), most likely because memory ran out',
      fix: 'Choose a smaller width and height, or close other programs.',
      details: { how, drawing: true },
    });
  }
  return new InternalError(`the command ended with ${how}: ${text.slice(-500)}`);
}
