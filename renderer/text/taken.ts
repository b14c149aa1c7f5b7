/** What became of files that were dropped. */
import { plural } from './amounts.ts';

export const takenText = {
  summary: (taken: number, left: number): string =>
    left === 0 ? `${plural(taken, 'file')} taken.` : `${plural(taken, 'file')} taken, ${left} not:`,
  listed: 'What was not taken',
  more: (count: number): string => `and ${count} more`,
  otherKind: 'Neither a picture nor a caption',
  tooLarge: 'Larger than 256 MB',
  tooDeep: 'Deeper in folders than Kohya’s datasets go',
  tooMany: (most: number): string => `Only the first ${most} files are taken: give the path of the folder instead`,
  twin: 'Another file or folder has the same name, or one that differs in capital letters alone',
  unreadable: 'The browser could not read it',
  noRepeats: 'Its folder is not named “<repeats>_<name>”, as in “10_sks cat”',
  inFolderInside: 'In a folder inside the folder of pictures',
  besideFolder: 'Dropped beside a folder, which is a dataset of its own',
  notAdded: 'No picture, or a picture of that name is there already',
  oneFolder: (taken: string): string =>
    `One folder can be the dataset, and that is “${taken}” now. Put both into one folder, named “<repeats>_<name>”, and drop that.`,
  training: 'img',
  regularisation: 'reg',
} as const;
