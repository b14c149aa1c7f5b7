/** What an import of Kohya's settings read. */
import type { ImportReport } from '../state/documents.ts';
import { fileSize, plural } from './amounts.ts';

export const FORMAT_NAMES: Readonly<Record<ImportReport['format'], string>> = {
  'kohya-json': 'Kohya’s GUI (JSON)',
  'sd-scripts-toml': 'sd-scripts (TOML)',
};

export const importText = {
  title: 'What was read',
  used: 'Taken as they are',
  changed: 'Changed in meaning',
  ignored: 'Without effect here',
  became: 'became',
  understood: 'See the settings',
  show: 'Show',
  showField: (label: string): string => `Show ${label}`,
  askTitle: 'Import from Kohya',
  askBody: 'The path of a .json file of Kohya’s GUI, or of a .toml file of sd-scripts.',
  files: 'Kohya’s GUI, sd-scripts',
  action: 'Import',
  tooLarge: (name: string, bytes: number): string => `${name} is larger than any job (${fileSize(bytes)})`,
  promptsName: 'imported',
  promptsKept: 'here the prompts stand in a file of their own, which was made',
  tooLargeFix: 'Choose a .json or .toml file with settings.',
  summary: ({ used, ignored, changed }: ImportReport): string =>
    `${plural(used.length, 'setting')} taken as they are, ${changed.length} changed, ${ignored.length} without effect.`,
} as const;
