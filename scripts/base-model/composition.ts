/**
 * The composition probe: prompts whose words are all trained, but never together. `lora-loom evaluate` draws them to see
 * whether the model puts together what it knows; this module keeps them out of the training captions.
 */
import { readFileSync } from 'node:fs';
import { must } from '../../trainer/base/errors.ts';
import type { Concept } from './concepts.ts';

export interface ProbePrompt {
  readonly prompt: string;
  /** colour: a colour word and a thing; together: two things; wearing: a thing and what it has on. */
  readonly kind: 'colour' | 'together' | 'wearing';
  /** The two whose combination is unseen: colour and concept, or two concepts. */
  readonly parts: readonly [string, string];
}

export function readProbe(path: string): readonly ProbePrompt[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { prompts: ProbePrompt[] }).prompts;
}

/** A test for captions: whether one shows a combination of the probe, whichever synonym it uses. */
export function forbidder(
  probe: readonly ProbePrompt[],
  concepts: readonly Concept[],
): (caption: string) => ProbePrompt | undefined {
  const wordsOf = new Map(concepts.map(({ name, synonyms }) => [name, [name, ...synonyms]]));
  const either = (part: string): string => `(${must(wordsOf.get(part), part).join('|')})`;
  const tests = probe.map((prompt) => {
    const [first, second] = prompt.parts;
    if (prompt.kind === 'colour') {
      const pattern = new RegExp(`\\b${first} ${either(second)}\\b`);
      return { prompt, shows: (caption: string) => pattern.test(caption) };
    }
    const patterns = [first, second].map((part) => new RegExp(`\\b${either(part)}\\b`));
    return { prompt, shows: (caption: string) => patterns.every((pattern) => pattern.test(caption)) };
  });
  return (caption) => tests.find(({ shows }) => shows(caption))?.prompt;
}

/** @throws Error if a prompt's combination was captioned, or one of its words was not */
export function assertUnseen(
  probe: readonly ProbePrompt[],
  concepts: readonly Concept[],
  captions: readonly string[],
): void {
  const forbidden = forbidder(probe, concepts);
  for (const caption of captions) {
    const prompt = forbidden(caption);
    if (prompt) throw new Error(`the caption "${caption}" shows the probe's "${prompt.prompt}"`);
  }
  for (const { prompt } of probe) {
    for (const word of prompt.replaceAll(',', '').split(' ')) {
      const known = new RegExp(`\\b${word}\\b`);
      if (!captions.some((caption) => known.test(caption))) {
        throw new Error(`the probe's "${prompt}" has a word that no caption has: "${word}"`);
      }
    }
  }
}
