import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../trainer/base/error-codes.ts';
import { sourcesIn } from './sources.ts';

const SOURCES = [...sourcesIn('trainer'), ...sourcesIn('renderer')].filter(
  ({ path }) => path !== 'trainer/base/error-codes.ts',
);
const TESTS = sourcesIn('test');

test('the codes are sorted, each once, as area/short-name', () => {
  expect([...ERROR_CODES]).toEqual([...new Set(ERROR_CODES)].sort());
  expect(ERROR_CODES.filter((code) => !/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(code))).toEqual([]);
});

test('every code is raised somewhere in the trainer or the window', () => {
  const raised = SOURCES.map(({ text }) => text).join('\n');
  expect(ERROR_CODES.filter((code) => !raised.includes(`'${code}'`))).toEqual([]);
});

test('every code has a test that names it', () => {
  const tested = TESTS.map(({ text }) => text).join('\n');
  const named = (code: string): boolean => new RegExp(`(?<![a-z/-])${code}(?![a-z0-9-])`).test(tested);
  expect(ERROR_CODES.filter((code) => !named(code))).toEqual([]);
});
