/**
 * What the desktop app's main process and the service that it started say to each other over Node's ipc channel. It
 * carries the contract's messages of any number of windows as text, unread, and beside them the little that the app
 * itself must know: that the service lives, whether a run is on, which picture a window may show.
 */
import { z } from 'zod';

/** Longest message in either direction, in UTF-16 units: a caption file or a job is far below, a mistake far above. */
export const LONGEST_MESSAGE = 16 * 1024 * 1024;

/** One window's conversation with the service. */
const port = z.int().nonnegative();
const text = z.string().max(LONGEST_MESSAGE);
const id = z.int().nonnegative();

export const ToService = z.discriminatedUnion('kind', [
  /** A window began; everything with this number belongs to it, until `close`. Numbers are used once. */
  z.strictObject({ kind: z.literal('open'), port }),
  z.strictObject({ kind: z.literal('message'), port, text }),
  /** The window is gone. A run that it started goes on. */
  z.strictObject({ kind: z.literal('close'), port }),
  /** A window wants to show the picture at `path`, no longer than `size` pixels on its longer side. Answered by `picture`. */
  z.strictObject({ kind: z.literal('picture'), id, path: z.string().max(4096), size: z.int().positive().optional() }),
  z.strictObject({ kind: z.literal('ping'), id }),
  /** Let the step in hand end, save, stop the run, and exit. */
  z.strictObject({ kind: z.literal('finish') }),
]);
export type ToService = z.infer<typeof ToService>;

export const FromService = z.discriminatedUnion('kind', [
  /** Sent once, when messages are listened to. */
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('message'), port, text }),
  /** `file` is the picture to read (the original, or a smaller copy); absent when the window may not see it. */
  z.strictObject({ kind: z.literal('picture'), id, file: z.string().optional() }),
  z.strictObject({ kind: z.literal('pong'), id }),
  /** Sent when a run starts and when it ends; `name` is that of the run that is on. */
  z.strictObject({ kind: z.literal('running'), name: z.string().optional() }),
]);
export type FromService = z.infer<typeof FromService>;
