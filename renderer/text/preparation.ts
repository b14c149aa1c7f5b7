/** Words of the preparation of folders; labels are those of Kohya's tab. */
import type { PreparationShape } from '../../trainer/api/rpc/index.ts';
import { plural } from './amounts.ts';

export const preparationText = {
  title: 'Dataset preparation',
  detail: 'Dreambooth/LoRA folders: copies pictures, and never moves or deletes them',
  instancePrompt: 'Instance prompt',
  instanceExample: 'What to call the subject: sks',
  classPrompt: 'Class prompt',
  classExample: 'What the subject is: dog',
  trainingImages: 'Training images',
  trainingExample: 'Folder with the pictures of the subject',
  repeats: 'Repeats',
  regularisationImages: 'Regularisation images',
  regularisationExample: 'Optional, folder with pictures of the class',
  regularisationRepeats: 'Repeats (regularisation)',
  classImages: 'Class images',
  drawClassImages: 'Let the model draw them, for the class prompt',
  destination: 'Destination training directory',
  destinationExample: 'img, reg, model and log are made in here',
  prepare: 'Prepare training data',
  stop: 'Stop',
  status: 'Preparation status',
  copying: 'Copying',
  copyInfo: 'Copy info to respective fields',
} as const;

/** What was done, a sentence a line. */
export function preparationLines({ image, regularisation, others }: PreparationShape): readonly string[] {
  const folders = regularisation === undefined ? [image] : [image, regularisation];
  return [
    ...folders.flatMap(({ folder, pictures, backup }) => [
      `${plural(pictures, 'picture')} copied to ${folder}`,
      ...(backup === undefined ? [] : [`What was there before is kept in ${backup}`]),
    ]),
    ...others.map((folder) => `Also there, and trained on too: ${folder}`),
  ];
}
