/**
 * A log of the processes of the window that died: its pages, and Chromium's helpers for the screen, the network and the
 * like. The trainer has a log of its own.
 */
import { appendFileSync, rmSync, statSync } from 'node:fs';

/** Of Electron's `child-process-gone` and `render-process-gone`. */
export interface ProcessLoss {
  /** "GPU", "Utility" */
  readonly type: string;
  /** "crashed", "oom" */
  readonly reason: string;
  readonly exitCode: number;
  /** "Network Service" */
  readonly name?: string;
}

/** Bytes after which the log begins anew. */
export const LARGEST_LOG = 100_000;

/** One line a loss. A place that cannot be written is no reason to trouble anybody. */
export function noteLoss(file: string, { type, reason, exitCode, name }: ProcessLoss, when: Date): void {
  if (reason === 'clean-exit') return;
  const process = name === undefined ? type : `${type}, ${name}`;
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG) rmSync(file);
    appendFileSync(file, `${when.toISOString()} ${process}: ${reason} (exit code ${exitCode})\n`);
  } catch {
    return;
  }
}
