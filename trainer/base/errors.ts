/**
 * Errors that a person can meet, and errors that are our own bugs.
 *
 * A `UserError` is data first (a code for programs) and words second (what, where, what to do now). The terminal prints
 * it as it is; the window may reword it by its code. `assert` and `never` are for mistakes in our own code only.
 */
import type { ErrorCode } from './error-codes.ts';

export interface ErrorReport {
  readonly code: ErrorCode;
  /** What is wrong, expected against found, as one sentence without a full stop. */
  readonly what: string;
  /** The file, setting or place that it is about. */
  readonly where?: string;
  /** What to do now, as one or two sentences with their full stops. */
  readonly fix: string;
  /** Values for programs: expected, found, nearest names, ... */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export class UserError extends Error {
  override readonly name = 'UserError';
  readonly report: ErrorReport;

  constructor(report: ErrorReport, options?: { readonly cause?: unknown }) {
    super(describeError(report), options);
    this.report = report;
  }
}

/** The report as text: what it is, where it is, and what to do. */
export function describeError(report: ErrorReport): string {
  const where = report.where === undefined ? '' : `\n  in ${report.where}`;
  return `${report.what}.${where}\n  ${report.fix}`;
}

/** A mistake of ours, never of the user: the message goes to a bug report. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** Ends a `switch` over a closed list: the compiler points here when a case is missing. */
export function never(value: never): never {
  throw new InternalError(`unexpected value: ${JSON.stringify(value)}`);
}

/** The element that must be there: `undefined` is a mistake of ours. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InternalError(`missing: ${what}`);
  return value;
}
