/** Words of the export for Kohya's tools. */
import { plural } from './amounts.ts';

export const exportText = {
  title: 'Export the job',
  format: 'Format',
  allFits: 'Every setting has a place in it.',
  left: (count: number): string => `${plural(count, 'setting')} without a place in it`,
  path: 'Path',
  pathBody: 'On the computer that trains.',
  saved: 'Saved as',
  save: 'Save',
  saveAs: 'Save as',
  close: 'Close',
} as const;
