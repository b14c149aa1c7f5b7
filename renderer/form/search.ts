/**
 * Finds settings by what people type: labels, sd-scripts' names, other words for them, the help. All words must fit.
 */
import { SECTION_TITLES } from '../text/sections.ts';
import { SYNONYMS } from '../text/fields.ts';
import { sectionOf } from './layout.ts';
import { FIELDS, type FieldOfJob } from './settings.ts';

interface Entry {
  readonly field: FieldOfJob;
  readonly label: string;
  readonly name: string;
  readonly synonyms: readonly string[];
  readonly help: string;
  readonly section: string;
}

const ENTRIES: readonly Entry[] = FIELDS.map((field) => ({
  field,
  label: field.knob.label.toLowerCase(),
  name: (field.argument ?? field.key).toLowerCase(),
  synonyms: SYNONYMS[field.path] ?? SYNONYMS[field.key] ?? [],
  help: field.knob.help.toLowerCase(),
  section: sectionTitle(field),
}));

/** Best first; of equals, in the order of the form. */
export function searchFields(query: string): readonly FieldOfJob[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return ENTRIES.map((entry) => ({ entry, score: Math.min(...words.map((word) => scoreOf(entry, word))) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ entry }) => entry.field);
}

function scoreOf({ label, name, synonyms, help, section }: Entry, word: string): number {
  if (label === word || name === word || synonyms.includes(word)) return 8;
  if (label.startsWith(word) || name.startsWith(word)) return 7;
  if (label.split(/[^a-z0-9]+/).some((part) => part.startsWith(word))) return 6;
  if (synonyms.some((synonym) => synonym.startsWith(word))) return 5;
  if (name.includes(word) || label.includes(word)) return 4;
  if (section.includes(word)) return 2;
  return help.includes(word) ? 1 : 0;
}

function sectionTitle(field: FieldOfJob): string {
  const section = sectionOf(field.key);
  if (section === undefined) return '';
  const { title, detail = '' } = SECTION_TITLES[section.id];
  return `${title} ${detail}`.toLowerCase();
}
