/** What an import of Kohya's settings read. */
import type { ImportReport } from '../state/documents.ts';
import { plural } from './amounts.ts';

export const importText = {
  title: 'What was read',
  changed: 'Changed in meaning',
  ignored: 'Without effect here',
  became: 'became',
  understood: 'See the settings',
  summary: ({ used, ignored, changed }: ImportReport): string =>
    `${plural(used.length, 'setting')} taken as they are, ${changed.length} changed, ${ignored.length} without effect.`,
} as const;
