/**
 * Which batches make up an optimizer step. Steps are counted over epochs: a step never reaches into the next epoch, so an
 * epoch's last one may have fewer passes (accelerate's gradient accumulation, as sd-scripts uses it).
 */
import { must } from '../base/errors.ts';
import { planEpoch, type Batch, type StepPlan } from '../data/batches.ts';
import type { DatasetImage } from '../data/dataset.ts';

export interface StepPlace {
  /** From 1. */
  readonly epoch: number;
  readonly batches: readonly Batch[];
  /** Passes of the run before this step. */
  readonly firstPass: number;
  /** The epoch's last step, or the run's. */
  readonly endsEpoch: boolean;
}

export interface OrderSettings {
  readonly seed: number;
  readonly batchSize: number;
  readonly accumulation: number;
}

/** @returns the place of the step that follows `done` steps; remembers one epoch's order */
export function stepOrder(
  images: readonly DatasetImage[],
  { totalSteps, stepsPerEpoch, batchesPerEpoch }: StepPlan,
  { seed, batchSize, accumulation }: OrderSettings,
): (done: number) => StepPlace {
  let known: { readonly epoch: number; readonly batches: readonly Batch[] } | undefined;
  return (done) => {
    const epoch = Math.floor(done / stepsPerEpoch) + 1;
    if (known?.epoch !== epoch) known = { epoch, batches: planEpoch(images, { seed, batchSize }, epoch) };
    const inEpoch = done % stepsPerEpoch;
    const { batches } = must(known, 'the order of the epoch');
    return {
      epoch,
      batches: batches.slice(inEpoch * accumulation, (inEpoch + 1) * accumulation),
      firstPass: (epoch - 1) * batchesPerEpoch + inEpoch * accumulation,
      endsEpoch: inEpoch === stepsPerEpoch - 1 || done === totalSteps - 1,
    };
  };
}
