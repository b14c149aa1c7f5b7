/** Reads the table of concepts, concepts.txt, and finds the drawings of each. */
import { readFileSync } from 'node:fs';
import { must } from '../../trainer/base/errors.ts';
import type { Drawing, Emoji } from './packages.ts';

/** The styles of the captioned set; the third, 3d, is left for the sample dataset's subject. */
export const CAPTIONED_STYLES = ['flat', 'soft'] as const;
export type CaptionedStyle = (typeof CAPTIONED_STYLES)[number];

export interface Concept {
  /** What captions call it: lower case ASCII, unique. */
  readonly name: string;
  /** Other words for the same thing; no other concept has them. */
  readonly synonyms: readonly string[];
  /** Whether it takes "a" or "an". */
  readonly countable: boolean;
  readonly mirrorable: boolean;
  /** As in `Emoji.code`. */
  readonly code: string;
  readonly drawings: Record<CaptionedStyle, Drawing>;
}

export interface TableLine {
  /** CLDR's name. */
  readonly label: string;
  readonly name: string;
  readonly synonyms: readonly string[];
  readonly countable: boolean;
  readonly mirrorable: boolean;
}

export function readTable(text: string): TableLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, words, marks] = must(/^(.*?)((?: [*!])*)$/.exec(line), line);
      const [names, synonyms] = must(words, line).split(' : ');
      const [label, name] = must(names, line).split(' = ');
      return {
        label: must(label, line),
        name: (name ?? must(label, line)).toLowerCase(),
        synonyms: synonyms?.split(', ') ?? [],
        countable: !marks?.includes('*'),
        mirrorable: !marks?.includes('!'),
      };
    });
}

/** The lines of concepts.txt. */
export function wholeTable(): TableLine[] {
  return readTable(readFileSync(new URL('concepts.txt', import.meta.url), 'utf8'));
}

/** @throws Error if a line names no emoji, a style lacks its drawing, or two concepts share a word */
export function findConcepts(lines: readonly TableLine[], emoji: readonly Emoji[]): readonly Concept[] {
  const byLabel = new Map(emoji.map((one) => [one.label.toLowerCase(), one]));
  const claimed = new Map<string, string>();
  return lines.map(({ label, ...line }) => {
    const found = byLabel.get(label.toLowerCase());
    if (found === undefined) throw new Error(`no emoji is called "${label}"`);
    const { flat, soft } = found.drawings;
    if (flat === undefined || soft === undefined) throw new Error(`"${label}" is not drawn in both styles`);
    for (const word of [line.name, ...line.synonyms]) {
      const owner = claimed.get(word);
      if (owner !== undefined) throw new Error(`both "${owner}" and "${line.name}" are called "${word}"`);
      if (!/^[a-z0-9][a-z0-9 -]*$/.test(word)) throw new Error(`"${word}" is not lower case ASCII`);
      claimed.set(word, line.name);
    }
    return { ...line, code: found.code, drawings: { flat, soft } };
  });
}
