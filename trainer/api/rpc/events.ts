/**
 * What the service tells every window without being asked.
 */
import * as z from 'zod';
import { classImagesEvent } from './class-image-shapes.ts';
import { drawingEvent, trialEvent } from './generate-shapes.ts';
import { runStatus, trainEvent } from './run-shapes.ts';

export const EVENTS = {
  /** What the run that is on tells, as it happens. */
  run: z.object({ runId: z.string(), event: trainEvent }),
  /** The run began, was asked for something, or ended: its whole status. Not sent for every step. */
  'run.status': z.object({ run: runStatus }),
  generate: z.object({ drawingId: z.string(), event: drawingEvent }),
  check: trialEvent,
  classes: z.object({ event: classImagesEvent }),
  /** Files of a dataset were changed by a call: scan again. */
  'dataset.changed': z.object({ folders: z.array(z.string()).readonly() }),
} as const satisfies Record<string, z.ZodType>;

export type EventName = keyof typeof EVENTS;
export type EventData<N extends EventName> = z.output<(typeof EVENTS)[N]>;

export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);
