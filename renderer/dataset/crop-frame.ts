/** Which part of a picture its bucket keeps: the whole is resized, then the middle is cut out. */
import type { DatasetImageShape } from '../../trainer/api/rpc/index.ts';

export interface Cut {
  /** Of the width, on both sides together. */
  readonly horizontal: number;
  /** Of the height. */
  readonly vertical: number;
}

export function cutOf({ bucket, resized }: Pick<DatasetImageShape, 'bucket' | 'resized'>): Cut {
  const lost = (kept: number, all: number): number => (all === 0 ? 0 : Math.max(0, 1 - kept / all));
  return { horizontal: lost(bucket.width, resized.width), vertical: lost(bucket.height, resized.height) };
}
