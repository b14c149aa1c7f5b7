/**
 * What a command sees of the terminal. Results go to `out`, everything about them to `error`.
 */
import type { Clock, Files } from '../base/ports.ts';

export interface Terminal {
  /** Writes to standard output, as it is. */
  readonly out: (text: string) => void;
  /** Writes to standard error, as it is. */
  readonly error: (text: string) => void;
  /** Somebody watches standard error: progress may move. */
  readonly watched: boolean;
  /** The stream that a progress bar draws on. */
  readonly barStream: NodeJS.WritableStream;
  readonly files: Files;
  readonly clock: Clock;
  /** Program and arguments that start this program once more, in a process of its own. */
  readonly self: readonly string[];
}

/** One value as a line of JSON. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
