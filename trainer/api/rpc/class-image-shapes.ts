/**
 * Shapes of class images: what is in their folder, and how far the drawing of missing ones is.
 */
import * as z from 'zod';
import { stateProgress, type StateProgress } from './run-shapes.ts';
import { bytes, count, errorReport, list } from './shapes.ts';

export const classImage = z.object({
  file: z.string(),
  /** False of one that was made with other settings, or is more than wanted: the drawing and the run set it aside. */
  wanted: z.boolean(),
});
export type ClassImageShape = z.infer<typeof classImage>;

/** Pictures that are there, of all that are wanted. */
export type ClassImageProgress = StateProgress;

export const classImages = z.object({
  folder: z.string(),
  wanted: count,
  missing: count,
  /** Of the missing ones on the disk, at most. */
  bytes,
  /** Removed before, and neither there nor drawn again. */
  removed: count,
  /** Pictures that were made here; those that somebody else put there are only counted. */
  pictures: list(classImage),
  foreign: count,
});
export type ClassImagesShape = z.infer<typeof classImages>;

export const classImagesEvent = z.discriminatedUnion('kind', [
  stateProgress.extend({ kind: z.literal('progress') }),
  z.object({ kind: z.literal('picture'), file: z.string() }),
  z.object({ kind: z.literal('warning'), what: z.string(), fix: z.string().exactOptional() }),
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('failed'), error: errorReport }),
]);
export type ClassImagesEvent = z.infer<typeof classImagesEvent>;

export const classImagesStatus = z.object({ making: stateProgress.exactOptional() });
