/**
 * The channel between the shell and the service when that is a child process: several windows talk over it, each with a
 * number of its own. The texts are messages of `messages.ts`; the shell passes them on without reading them.
 */
import * as z from 'zod';

const port = z.int().gte(0);

/** From the shell, by `child.send`. */
export const toWorker = z.discriminatedUnion('kind', [
  /** A window opened; its number is new. */
  z.object({ kind: z.literal('open'), port }),
  z.object({ kind: z.literal('text'), port, text: z.string() }),
  /** The window is gone. */
  z.object({ kind: z.literal('close'), port }),
  /** Ends the service: a run ends its step and saves first. A second one ends it at once. */
  z.object({ kind: z.literal('end') }),
]);
export type ToWorker = z.infer<typeof toWorker>;

/** To the shell, by `process.send`. */
export const fromWorker = z.discriminatedUnion('kind', [
  /** The first message: windows may be opened now. */
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('text'), port, text: z.string() }),
]);
export type FromWorker = z.infer<typeof fromWorker>;
