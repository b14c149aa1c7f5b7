/**
 * What is left to do of the base model's making, judged by what lies on the disk: whoever interrupts it starts the same
 * command again.
 */

/** Of a training. */
export type Left = 'all' | 'the rest' | 'nothing';

export interface TrainingTraces {
  /** The trained model, which is written last. */
  readonly hasResult: boolean;
  /** What going on needs. */
  readonly hasState: boolean;
}

export function leftOf({ hasResult, hasState }: TrainingTraces): Left {
  if (hasResult) return 'nothing';
  return hasState ? 'the rest' : 'all';
}

/** The words of the command that does what is left. */
export function trainingCommand(jobFile: string, left: Exclude<Left, 'nothing'>): readonly string[] {
  return ['train', jobFile, ...(left === 'the rest' ? ['--resume'] : [])];
}
