/** An error as whoever listens to events gets it: in its own words, or as a mistake of ours. */
import { UserError, type ErrorReport } from '../base/errors.ts';

export function failureOf(error: unknown): ErrorReport {
  if (error instanceof UserError) return error.report;
  const what = `LoRA Loom made a mistake: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 'rpc/internal', what, fix: 'It is not your fault. Please report it with what you did just before.' };
}
