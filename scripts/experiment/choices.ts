/** What the experiment is asked for on the command line. */
import { Command, InvalidArgumentError } from 'commander';
import { nearestNames } from '../../trainer/base/nearest-name.ts';
import { whole } from '../../trainer/cli/option-values.ts';
import { BUNDLED_MODEL } from '../demo/places.ts';
import { ARM_NAMES, isArm, type ArmName } from './arms.ts';

export interface Choices {
  readonly out: string;
  readonly model: string;
  /** That show the subject. */
  readonly steps: number;
  readonly seeds: number;
  readonly classImages: number;
  /** Samples of each prompt. */
  readonly pictures: number;
  readonly arms: readonly ArmName[];
}

/** @throws {CommanderError} an option or a value that cannot be, after `write` got the sentence about it */
export function choicesOf(words: readonly string[], write?: (text: string) => void): Choices {
  const command = new Command('npm run experiment:dreambooth --')
    .description('Trains the sample dataset with and without prior preservation, and measures what that does.')
    .option('--out <folder>', 'where everything goes; a free name near it is taken', 'experiment-dreambooth')
    .option('--model <path>', 'the checkpoint', BUNDLED_MODEL)
    .option('--steps <n>', 'steps that show the subject', whole(1, 1_000_000), 150)
    .option('--seeds <n>', 'trainings of each arm', whole(1, 100), 2)
    .option('--class-images <n>', 'to draw, and to train on', whole(1, 100_000), 16)
    .option('--pictures <n>', 'samples of each prompt', whole(2, 100), 4)
    .option('--arms <names>', `some of ${ARM_NAMES.join(', ')}`, armsOf, ['none', 'class_images', 'frozen_model'])
    .exitOverride();
  if (write !== undefined) command.configureOutput({ writeErr: write, writeOut: write });
  return command.parse([...words], { from: 'user' }).opts<Choices>();
}

function armsOf(text: string): readonly ArmName[] {
  return text.split(',').map((word) => {
    const name = word.trim();
    if (isArm(name)) return name;
    const [nearest] = nearestNames(name, ARM_NAMES);
    const advice = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new InvalidArgumentError(`There is no arm "${name}"; the arms are ${ARM_NAMES.join(', ')}.${advice}`);
  });
}
