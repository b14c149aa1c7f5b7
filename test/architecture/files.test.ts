import { expect, test } from 'vitest';
import { EMPTY_WORDS, LONG_TABLES, LONGEST_FILE } from './levels.ts';
import { sourcesIn } from './sources.ts';

const TRAINER = sourcesIn('trainer');
const ALL = [...TRAINER, ...sourcesIn('scripts'), ...sourcesIn('test')];
/** Of a file or a folder; the last word of its name counts, as in tensor-utils.ts. */
const EMPTY_WORD = new RegExp(`(^|[/-])(${EMPTY_WORDS.join('|')})(/|\\.)`);
const linesOf = (text: string): number => text.split('\n').length - 1;

test(`no file is longer than ${LONGEST_FILE} lines, save the tables listed with a reason`, () => {
  const long = ALL.filter(({ path, text }) => linesOf(text) > LONGEST_FILE && LONG_TABLES[path] === undefined);
  expect(long.map(({ path, text }) => `${path} has ${linesOf(text)} lines: cut it where a reader would`)).toEqual([]);
});

test('the list of long tables holds long files only', () => {
  const short = Object.keys(LONG_TABLES).filter((path) => {
    const source = ALL.find((one) => one.path === path);
    return source === undefined || linesOf(source.text) <= LONGEST_FILE;
  });
  expect(short).toEqual([]);
});

test('no file or folder has a name that says nothing', () => {
  const empty = ALL.filter(({ path }) => EMPTY_WORD.test(path));
  expect(empty.map(({ path }) => `${path}: name it after what is inside`)).toEqual([]);
});

test('every file of the trainer starts by telling its one job', () => {
  const silent = TRAINER.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text));
  expect(silent.map(({ path }) => `${path}: start it with a doc comment`)).toEqual([]);
});

test('nothing switches the compiler or the linter off', () => {
  const escapes = new RegExp(['@ts-' + 'ignore', '@ts-' + 'nocheck', 'eslint-' + 'disable'].join('|'));
  expect(ALL.filter(({ text }) => escapes.test(text)).map(({ path }) => path)).toEqual([]);
});
