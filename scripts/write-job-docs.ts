/**
 * Writes docs/job-settings.md from the declarations of the settings. A test fails when the page is not what this writes.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { JOB_KEYS, KNOB_GROUPS, knobOf, NEW_JOB, type Knob, type Replacement } from '../trainer/api/job/index.ts';
import { IGNORED, NOT_SUPPORTED } from '../trainer/api/job/other-names.ts';

export const PAGE = 'docs/job-settings.md';

export function jobSettingsPage(): string {
  const groups = KNOB_GROUPS.flatMap((group) => [
    `## ${group}`,
    '',
    ...JOB_KEYS.filter((key) => knobOf(key).group === group).flatMap((key) => entry(key, knobOf(key))),
    '',
  ]);
  return [
    '# Settings of a job',
    '',
    'Written by `npm run docs` from `trainer/api/job`; do not edit it by hand. Names are the arguments of sd-scripts, words in',
    "parentheses the labels of Kohya's GUI. A setting that a job leaves out has its default, which is that of sd-scripts almost everywhere; a",
    "new job of the window begins with the values of Kohya's GUI, which are named where they are others.",
    '',
    ...groups,
    '## Accepted without effect',
    '',
    "These steer sd-scripts' own machinery, or belong to options below; a job may hold them, and the run says that it ignores them:",
    `${names(IGNORED)}.`,
    '',
    '## Not supported',
    '',
    'These would change the result, so a job that switches one on is refused by name:',
    `${names(NOT_SUPPORTED)}.`,
    '',
  ].join('\n');
}

function entry(key: string, knob: Knob<unknown>): readonly string[] {
  const inner = Object.entries(knob.inner ?? {}).flatMap(([name, one]) => entry(name, one).map((line) => `  ${line}`));
  return [`- **${key}** (${knob.label}): ${knob.expects}${defaultText(key, knob)}. ${knob.help}`, ...inner];
}

function defaultText(key: string, knob: Knob<unknown>): string {
  if (knob.replacedBy !== undefined)
    return `; must be given, unless ${knob.replacedBy.map(replacement).join(' or ')} is`;
  if (knob.required) return '; must be given';
  const value = knob.default;
  if (value === undefined || value === '' || knob.kind === 'arguments') return newText(key);
  if (knob.kind === 'size') return '; default 512';
  return `; default ${knob.kind === 'share' ? '0' : JSON.stringify(value)}${newText(key)}`;
}

function newText(key: string): string {
  const value = new Map<string, unknown>(Object.entries(NEW_JOB)).get(key);
  return value === undefined ? '' : `; ${JSON.stringify(value)} in a new job of the window`;
}

const replacement = ({ key, method }: Replacement): string =>
  method === undefined ? key : `(with method = "${method}") ${key}`;

const names = (table: object): string =>
  Object.keys(table)
    .map((name) => `\`${name}\``)
    .join(', ');

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeFile(PAGE, jobSettingsPage());
