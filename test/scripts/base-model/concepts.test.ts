import { expect, test } from 'vitest';
import { ATTACHMENTS } from '../../../scripts/base-model/attachments.ts';
import { findConcepts, readTable, wholeTable } from '../../../scripts/base-model/concepts.ts';
import { disc, drawn, emoji } from './drawings.ts';

test('a line of the table tells the name, other words, the article and whether it may be mirrored', () => {
  expect(readTable('# Animals\n\nautomobile = car : motor car, auto\nsunglasses *\nclock !\n')).toEqual([
    { label: 'automobile', name: 'car', synonyms: ['motor car', 'auto'], countable: true, mirrorable: true },
    { label: 'sunglasses', name: 'sunglasses', synonyms: [], countable: false, mirrorable: true },
    { label: 'clock', name: 'clock', synonyms: [], countable: true, mirrorable: false },
  ]);
});

test('a name without an emoji, a style without a drawing and a word claimed twice are told by name', () => {
  const set = [emoji('cat', disc('#fa0')), emoji('dog', disc('#a60'))];
  const find = (table: string): unknown => findConcepts(readTable(table), set);
  expect(() => find('horse')).toThrow('no emoji is called "horse"');
  expect(() => find('cat : pet\ndog : pet')).toThrow('both "cat" and "dog" are called "pet"');
  expect(() => find('cat = Kätzchen')).toThrow('not lower case ASCII');
  const flatOnly = { ...emoji('fox', disc('#f60')), drawings: { flat: drawn(disc('#f60')) } };
  expect(() => findConcepts(readTable('fox'), [flatOnly])).toThrow('"fox" is not drawn in both styles');
});

test('the table has at least 500 concepts, and no two share a word', () => {
  const lines = wholeTable();
  expect(lines.length).toBeGreaterThanOrEqual(500);
  const words = lines.flatMap(({ name, synonyms }) => [name, ...synonyms]);
  expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
});

test('whatever is worn or bears a picture is a concept of the table', () => {
  const names = new Set(wholeTable().map(({ name }) => name));
  const unknown = ATTACHMENTS.flatMap(({ host, item }) => [host, item]).filter((name) => !names.has(name));
  expect(unknown).toEqual([]);
});
