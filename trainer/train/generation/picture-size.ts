/**
 * Which sizes a picture can have, and what memory it takes to draw one.
 */
import { UserError } from '../../base/errors.ts';
import type { Checkpoint, PredictionType } from '../../formats/checkpoint/types.ts';
import { CELL } from './model.ts';

export const SMALLEST_SIDE = 64;
export const LARGEST_SIDE = 8192;

/** The side that a model was trained with, in pixels: what its folder says, or what is usual for its family. */
export function usualSide({ family, side }: Pick<Checkpoint, 'family' | 'side'>, prediction: PredictionType): number {
  if (side !== undefined && side >= SMALLEST_SIDE && side <= LARGEST_SIDE) return side;
  if (family === 'sdxl') return 1024;
  return family === 'sd2' && prediction === 'v_prediction' ? 768 : 512;
}

/** Down to whole latent cells. */
export const wholeCells = (side: number): number => Math.max(SMALLEST_SIDE, side - (side % CELL));

const BYTES = 4;

/**
 * Bytes that decoding takes at its height: the last level's input with as many channels as the level before, its norm,
 * and both again at the last level's own width.
 */
export function decodingBytes({ vae }: Pick<Checkpoint, 'vae'>, width: number, height: number): number {
  const [own = 0, before = own] = vae.config.blockOutChannels;
  return BYTES * width * height * 2 * (own + before);
}

/** @throws {UserError} generate/too-large */
export function requireMemory(
  checkpoint: Pick<Checkpoint, 'vae'>,
  width: number,
  height: number,
  memory: number,
): void {
  const needed = decodingBytes(checkpoint, width, height);
  if (needed <= memory) return;
  const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new UserError({
    code: 'generate/too-large',
    what: `A picture of ${width} x ${height} pixels needs about ${gibibytes(needed)} of memory, and this machine has ${gibibytes(memory)}`,
    fix: 'Choose a smaller width and height; an upscaler makes it larger afterwards.',
    details: { needed, memory },
  });
}
