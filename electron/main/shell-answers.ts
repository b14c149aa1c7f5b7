/**
 * Answers a call of a page to the desktop: checks its name and its input, and tells a failure in words for people.
 */
import type * as z from 'zod';
import type { ShellAnswer } from '../contract/bridge.ts';
import { isShellCall, SHELL_CALLS, type ShellCallName, type ShellHandlers } from '../contract/shell-calls.ts';
import { TEXT } from './text.ts';

/** Why a call was not done, in words for people. */
export class Refusal extends Error {}

/** Never rejects: Electron would put its own words before ours. */
export async function answerShellCall(handlers: ShellHandlers, name: unknown, input: unknown): Promise<ShellAnswer> {
  if (!isShellCall(name)) return { kind: 'failed', what: TEXT.unknownCall(String(name).slice(0, 100)) };
  const read = SHELL_CALLS[name].input.safeParse(input);
  if (!read.success) return { kind: 'failed', what: TEXT.wrongInput(name, issueOf(read.error)) };
  try {
    const handler = handlers[name] as (input: unknown) => unknown;
    return { kind: 'done', output: await handler(read.data) };
  } catch (error) {
    return { kind: 'failed', what: reasonOf(name, error) };
  }
}

const issueOf = (error: z.core.$ZodError): string =>
  error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`).join('; ');

const reasonOf = (name: ShellCallName, error: unknown): string => {
  if (error instanceof Refusal) return error.message;
  return TEXT.callFailed(name, error instanceof Error ? error.message : String(error));
};
