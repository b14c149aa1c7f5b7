/**
 * Which model draws, as a short text: from pieces of its files, so that a checkpoint of gigabytes is known in
 * milliseconds, wherever it lies and whatever it is called.
 */
import type { Files } from '../../base/ports.ts';
import type { Sha256 } from '../../formats/lora/hashes.ts';
import { partsIn } from '../../formats/checkpoint/networks.ts';
import type { Checkpoint } from '../../formats/checkpoint/types.ts';
import { fingerprint } from '../state.ts';

/** Training changes all weights a little: a few places of a file tell one model from another. */
const PIECES = 16;
const PIECE_BYTES = 64 * 1024;

/** @returns SHA-256 of the sizes and of 16 pieces of 64 KiB of each file that holds weights, in hex */
export async function modelIdentity(files: Files, sha256: Sha256, checkpoint: Checkpoint): Promise<string> {
  const weights = [...partsIn(checkpoint).values()].flatMap((part) => [...part.values()]);
  const facts: unknown[] = [];
  for (const file of new Set(weights.map((weight) => weight.file))) facts.push(await piecesOf(files, file));
  return fingerprint(sha256, facts);
}

async function piecesOf(files: Files, file: string): Promise<readonly unknown[]> {
  const size = (await files.status(file))?.size ?? 0;
  if (size <= PIECES * PIECE_BYTES) return [size, await files.sha256(file)];
  const apart = (size - PIECE_BYTES) / (PIECES - 1);
  const hashes: string[] = [];
  for (let piece = 0; piece < PIECES; piece++) {
    hashes.push(await files.sha256(file, Math.floor(piece * apart), PIECE_BYTES));
  }
  return [size, ...hashes];
}
