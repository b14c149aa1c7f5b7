import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { assertUnseen, forbidder, readProbe, type ProbePrompt } from '../../../scripts/base-model/composition.ts';
import { findConcepts, readTable, wholeTable } from '../../../scripts/base-model/concepts.ts';
import { disc, emoji } from './drawings.ts';

const FILE = fileURLToPath(new URL('../../../assets/base-model-evaluation/composition.json', import.meta.url));

const concepts = findConcepts(readTable('car : automobile\nfox\ncrown\ndog'), [
  ...['car', 'fox', 'crown', 'dog'].map((label) => emoji(label, disc('#f00'))),
]);
const probe: readonly ProbePrompt[] = [
  { prompt: 'a purple car', kind: 'colour', parts: ['purple', 'car'] },
  { prompt: 'a fox wearing a crown', kind: 'wearing', parts: ['fox', 'crown'] },
];
const enough = ['a purple fox', 'a car', 'a dog wearing a crown', 'a fox'];

test('a caption is forbidden when it shows the combination, by whichever word and in whichever order', () => {
  const forbidden = forbidder(probe, concepts);
  for (const caption of [
    'a purple car, flat style',
    'a purple automobile',
    'a crown and a fox, soft style',
    'a fox wearing a crown',
  ]) {
    expect([caption, forbidden(caption) !== undefined]).toEqual([caption, true]);
  }
  for (const caption of [
    'a car on a purple background',
    'a purple fox',
    'a red car',
    'a purple cart',
    'a dog and a fox',
  ]) {
    expect([caption, forbidden(caption)]).toEqual([caption, undefined]);
  }
});

test('a set of captions that shows a combination is refused, and so is one that lacks a word of the probe', () => {
  expect(() => assertUnseen(probe, concepts, enough)).not.toThrow();
  expect(() => assertUnseen(probe, concepts, [...enough, 'a purple automobile'])).toThrow(
    'the caption "a purple automobile" shows the probe\'s "a purple car"',
  );
  expect(() => assertUnseen(probe, concepts, enough.slice(1))).toThrow('a word that no caption has: "purple"');
});

test('the probe has 24 prompts, half colours and half pairs, and each says its own parts', () => {
  const prompts = readProbe(FILE);
  expect(prompts.map(({ kind }) => kind === 'colour')).toEqual([...Array(12).fill(true), ...Array(12).fill(false)]);
  const names = new Set(wholeTable().map(({ name }) => name));
  for (const { prompt, kind, parts } of prompts) {
    const link = { colour: ' ', together: ' and (a|an) ', wearing: ' wearing (a )?' }[kind];
    expect(prompt).toMatch(new RegExp(`^an? ${parts[0]}${link}${parts[1]}, (flat|soft) style$`));
    expect([prompt, parts.slice(kind === 'colour' ? 1 : 0).every((part) => names.has(part))]).toEqual([prompt, true]);
  }
});
