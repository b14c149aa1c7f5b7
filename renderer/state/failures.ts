/**
 * Errors of calls as sentences. What the service says has a code and a fix; anything else is a mistake of ours.
 */
import { UserError, type ErrorReport } from '../../trainer/base/errors.ts';
import { mistake } from '../text/frame.ts';

export function reportOf(error: unknown): ErrorReport {
  if (error instanceof UserError) return error.report;
  return { code: 'rpc/internal', ...mistake(error instanceof Error ? error.message : String(error)) };
}

/** The file that is in the way of another, and a name beside it that is free. */
export function takenBy({ code, details }: ErrorReport): { readonly path: string; readonly free: string } | undefined {
  const { path, free } = details ?? {};
  return code === 'file/taken' && typeof path === 'string' && typeof free === 'string' ? { path, free } : undefined;
}

export const isCancelled = (error: unknown): boolean =>
  error instanceof UserError && error.report.code === 'rpc/cancelled';
