/** What a run will do, as a sum that can be checked by hand. */
import type { CallOutput, StepPlanShape, TrialResult } from '../../trainer/api/rpc/index.ts';
import { duration, epochs, fileSize, plural, speed } from './amounts.ts';

/** A piece of a sentence; numbers that the user set stand out. */
export interface Piece {
  readonly text: string;
  readonly strong?: boolean;
}

const strong = (value: number): Piece => ({ text: String(value), strong: true });

/** "12 images x 40 repeats / batch 2 = 240 steps an epoch" */
export function epochSum(steps: StepPlanShape): readonly Piece[] {
  const { images, regularisationImages, trainingSamples, regularisationSamples } = steps;
  const repeats = images === 0 ? 0 : trainingSamples / images;
  const pieces: Piece[] = [strong(images), { text: images === 1 ? ' image' : ' images' }];
  if (repeats !== 1) {
    pieces.push({ text: ' × ' }, { text: epochs(repeats), strong: true });
    pieces.push({ text: Number.isInteger(repeats) ? ' repeats' : ' repeats on average' });
  }
  if (regularisationImages > 0) {
    pieces.push({ text: ' + ' }, strong(regularisationSamples), {
      text: regularisationSamples === 1 ? ' class image' : ' class images',
    });
  }
  pieces.push({ text: ' ÷ batch ' }, strong(steps.batchSize));
  if (steps.accumulation > 1) pieces.push({ text: ' ÷ ' }, strong(steps.accumulation), { text: ' accumulated' });
  return [
    ...pieces,
    { text: ' = ' },
    strong(steps.stepsPerEpoch),
    { text: steps.stepsPerEpoch === 1 ? ' step an epoch' : ' steps an epoch' },
  ];
}

/** "1600 steps = 6.7 epochs. Saves 7 files of 19 MB." */
export function wholeRun(plan: NonNullable<CallOutput<'job.check'>['plan']>): string {
  const { totalSteps, stepsPerEpoch } = plan.steps;
  const length =
    stepsPerEpoch === 0
      ? plural(totalSteps, 'step')
      : `${plural(totalSteps, 'step')} = ${plural2(totalSteps / stepsPerEpoch)}`;
  const size = plan.fileBytes === undefined ? '' : ` of ${fileSize(plan.fileBytes)}`;
  return `${length}. Saves ${plural(plan.saves, 'file')}${size}.`;
}

const plural2 = (count: number): string => `${epochs(count)} ${count === 1 ? 'epoch' : 'epochs'}`;

export const planText = {
  title: 'What this will do',
  none: 'The sum of steps stands here once a model and a folder of images are chosen and no error is left.',
  checking: 'Adding up',
  learningRate: 'learning rate by step',
  now: (value: string): string => `now ${value}`,
} as const;

export const trialText = {
  check: 'Check before start',
  cancel: 'Cancel',
  starting: 'Trying a few steps',
  result: ({ engine, secondsPerStep, seconds, memory, available }: TrialResult): string => {
    // What a graphics card holds of its own is not measured.
    const kind = engine === 'cpu' ? 'memory' : 'main memory';
    return [
      `${speed(1 / Math.max(secondsPerStep, 1e-9))}, ${duration(seconds)} in all`,
      ...(memory === undefined ? [] : [`${fileSize(memory)} of ${fileSize(available)} ${kind}`]),
    ].join(', ');
  },
} as const;
