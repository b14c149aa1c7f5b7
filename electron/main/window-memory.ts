/**
 * Where the window was, so that it opens there again; kept in a small file of the user's folder.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { CLOSING_CHOICES } from '../contract/shell-calls.ts';

const rectangle = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() });
export type Rectangle = z.infer<typeof rectangle>;

const memory = z.object({
  bounds: rectangle.optional(),
  maximized: z.boolean().default(false),
  closing: z.enum(CLOSING_CHOICES).default('ask'),
});
export type WindowMemory = z.infer<typeof memory>;

export const LEAST_SIZE = { width: 960, height: 640 } as const;
const USUAL_SIZE = { width: 1440, height: 900 } as const;

/** What is not readable counts as never written. */
export function readMemory(file: string): WindowMemory {
  try {
    return memory.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return memory.parse({});
  }
}

/** Written beside and renamed. A place that cannot be written is no reason to trouble anybody. */
export function writeMemory(file: string, content: WindowMemory): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(content));
    renameSync(`${file}.new`, file);
  } catch {
    return;
  }
}

/**
 * Where the window opens: as it was left, where a screen still shows enough of it to take hold of; else of the usual
 * size in the middle of the first screen.
 *
 * @param screens the work areas, the main one first
 */
export function boundsOnScreen(saved: Rectangle | undefined, screens: readonly Rectangle[]): Partial<Rectangle> {
  const home = saved && screens.find((screen) => overlap(saved, screen) >= 0.25 * saved.width * saved.height);
  const screen = home ?? screens[0];
  const wanted = home && saved ? saved : USUAL_SIZE;
  if (screen === undefined) return { ...USUAL_SIZE };
  const width = Math.min(wanted.width, screen.width);
  const height = Math.min(wanted.height, screen.height);
  if (!home || !saved) return { width, height };
  return {
    width,
    height,
    x: between(saved.x, screen.x, screen.x + screen.width - width),
    y: between(saved.y, screen.y, screen.y + screen.height - height),
  };
}

const between = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
