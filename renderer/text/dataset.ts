/** Words of the Dataset page. */
import type { ErrorReport } from '../../trainer/base/errors.ts';
import { plural } from './amounts.ts';

export const datasetText = {
  title: 'Dataset',
  training: 'Training images',
  regularisation: 'Class images (regularisation)',
  folders: 'Folders',
  buckets: (resolution: string): string => `Buckets at ${resolution}`,
  allFolders: 'All folders',
  times: (images: number, repeats: number): string => `${images} × ${plural(repeats, 'repeat')} = ${images * repeats}`,
  selected: (count: number, all: number): string => `${count} of ${all} selected`,
  selectAll: 'Select all',
  clear: 'Clear',
  addTag: 'Add tag',
  removeTag: 'Remove tag',
  replaceTag: 'Replace',
  cropFrames: 'Crop frames',
  withoutCaption: 'No caption',
  onlyWithout: 'Without caption',
  original: 'Original',
  bucket: 'Bucket',
  crop: 'Cut off',
  cropNone: 'nothing',
  seen: 'Seen',
  seenTimes: (repeats: number): string => `${repeats} × an epoch`,
  caption: 'Caption',
  captionFromFolder: (text: string): string => `None of its own. It trains on the folder’s name, “${text}”.`,
  captionMissing: 'None. It trains without words.',
  tokens: (used: number, limit: number): string => `${used} / ${limit} tokens`,
  cut: (tokens: number): string => `${plural(tokens, 'token')} too many: the end is not read.`,
  tags: 'Tags in all captions',
  captions: (count: number): string => plural(count, 'caption'),
  ofAll: (count: number, all: number): string => `${count} of ${all}`,
  scanning: 'Looking at the pictures',
  emptyTitle: 'Which pictures should it learn?',
  emptyBody: 'Drop a folder here, or give its path. 5 to 30 pictures of the subject are enough.',
  dropHere: 'Drop a folder of images',
  dropToAdd: (count: number): string => `Drop ${plural(count, 'file')} to add`,
  folderPath: 'Folder of images',
  use: 'Use this folder',
  choose: 'Choose a folder',
  tag: 'Tag',
  find: 'Find',
  replaceWith: 'Replace with',
  atStart: 'At the start',
  atEnd: 'At the end',
  applyTo: (count: number): string => `Change ${plural(count, 'caption')}`,
  edited: (count: number): string => `${plural(count, 'caption')} changed`,
  captionsSaved: 'All captions saved',
  saving: 'Saving',
  notWritten: ({ what, fix }: ErrorReport): string => `Not saved: ${what}. ${fix}`,
  image: (name: string, tokens: number): string => `${name}, ${plural(tokens, 'token')}`,
  grid: 'Images',
  emptyBrowser:
    'Drop pictures or a folder of them here, or type the path of a folder. 5 to 30 of the subject are enough.',
  newFolder: 'pictures',
  sending: (done: number, all: number): string => `Copying ${done} of ${all}`,
} as const;

export const cutOff = (horizontal: number, vertical: number): string => {
  const parts = [
    horizontal > 0.005 ? `${Math.round(horizontal * 100)} % of the width` : '',
    vertical > 0.005 ? `${Math.round(vertical * 100)} % of the height` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? datasetText.cropNone : parts.join(', ');
};
