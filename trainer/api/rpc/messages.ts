/**
 * What goes over the wire between a window and the service: JSON text, one message each. Everything is checked where it
 * arrives.
 */
import * as z from 'zod';
import { UserError, type ErrorReport } from '../../base/errors.ts';
import { errorReport } from './shapes.ts';

/** Characters of a message to the service. What is larger goes as a file. */
export const LONGEST_TO_SERVICE = 4 * 2 ** 20;
/** Characters of a message to a window: the history of a very long run. */
export const LONGEST_TO_WINDOW = 256 * 2 ** 20;

const id = z.int().gte(0);
const name = z.string().min(1).max(100);

const toService = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id, name, input: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id }),
]);
export type ToService = z.infer<typeof toService>;

const toWindow = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), id, output: z.unknown() }),
  z.object({ kind: z.literal('error'), id, error: errorReport }),
  z.object({ kind: z.literal('event'), name, data: z.unknown() }),
  /** About a message that could not be read far enough to know whom to answer. */
  z.object({ kind: z.literal('refused'), error: errorReport }),
]);
export type ToWindow = z.infer<typeof toWindow>;

/** @throws {UserError} rpc/too-large, rpc/not-a-message */
export const readToService = (text: string): ToService => read(text, toService, LONGEST_TO_SERVICE);

/** @throws {UserError} rpc/too-large, rpc/not-a-message */
export const readToWindow = (text: string): ToWindow => read(text, toWindow, LONGEST_TO_WINDOW);

export const write = (message: ToService | ToWindow): string => JSON.stringify(message);

function read<T>(text: string, schema: z.ZodType<T>, longest: number): T {
  if (text.length > longest) {
    throw rpcError('rpc/too-large', `A message of ${text.length.toLocaleString('en-US')} characters is too large`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw rpcError('rpc/not-a-message', 'A message is no JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw rpcError('rpc/not-a-message', `A message is not as agreed (${issuesOf(result.error)})`);
}

/** Where a value differs from its schema, for whoever writes the other side. */
export const issuesOf = (error: z.core.$ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.length === 0 ? 'it' : path.join('.')}: ${message}`)
    .join('; ');

type RpcCode = Extract<ErrorReport['code'], `rpc/${string}`>;

const RELOAD =
  'Reload the window. If it happens again, the window and the service are of different versions: restart LoRA Loom.';

export const rpcError = (code: RpcCode, what: string, fix = RELOAD): UserError => new UserError({ code, what, fix });
