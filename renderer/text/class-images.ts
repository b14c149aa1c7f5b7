/** Words of the class images: what is there, what will be drawn, and the way to weed them. */
import type { ClassImageProgress, ClassImagesShape } from '../../trainer/api/rpc/index.ts';
import { fileSize, lastPart, plural, timeLeft } from './amounts.ts';

export const classImagesText = {
  make: 'Make class images',
  makeMore: 'Make missing class images',
  stop: 'Stop',
  stopping: 'Ending the picture in hand',
  loading: 'Loading the model',
  progress: 'Class images being drawn',
  gallery: 'Class images',
  remove: (count: number): string => `Remove ${plural(count, 'picture')}`,
  chooseNone: 'Choose none',
  besideRun: 'A run is on, and it may still read them: remove them when it has ended.',
  keptIn: 'Removed pictures lie in the folder “.removed” beside the others.',
  replaced: 'Others will be drawn in their place; “Replace removed class images” says so.',
  notReplaced: 'None will be drawn in their place; “Replace removed class images” says so.',
  open: (file: string): string => `Show ${lastPart(file)}`,
  choose: (file: string): string => `Choose ${lastPart(file)}`,
  unwanted: 'other settings',
  fullSize: 'Class image',
  close: 'Close',
  before: 'Previous',
  after: 'Next',
  place: (number: number, count: number): string => `${number} of ${count}`,
} as const;

/** "12 of 24 class images are there. 12 will be drawn, at most 1.2 MB." */
export function inFolder({ wanted, missing, removed, bytes, foreign, pictures }: ClassImagesShape): readonly string[] {
  const there = wanted - missing - removed;
  const others = pictures.filter((picture) => !picture.wanted).length;
  return [
    `${there} of ${plural(wanted, 'class image')} ${there === 1 ? 'is' : 'are'} there.`,
    ...(missing > 0 ? [`${missing} will be drawn, at most ${fileSize(bytes)}.`] : []),
    ...(removed > 0 ? [`${removed} ${removed === 1 ? 'was' : 'were'} removed.`] : []),
    ...(others > 0
      ? [`${plural(others, 'picture')} of other settings will be set aside, and come back with them.`]
      : []),
    ...(foreign > 0
      ? [`${plural(foreign, 'picture')} from elsewhere ${foreign === 1 ? 'is' : 'are'} left alone, and trained on too.`]
      : []),
  ];
}

export function howFar({ done, total, secondsLeft }: ClassImageProgress): string {
  if (total === 0) return classImagesText.loading;
  const left = secondsLeft === undefined ? [] : [timeLeft(secondsLeft)];
  return [`${done} of ${total}`, ...left].join(', ');
}
