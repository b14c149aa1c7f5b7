import { expect, test } from 'vitest';
import { excerpt } from '../../../trainer/base/excerpt.ts';

test('a long text is cut, and the cut is visible', () => {
  expect(excerpt('abcdef', 6)).toBe('abcdef');
  expect(excerpt('abcdefg', 6)).toBe('abcdef…');
  expect(excerpt('x'.repeat(1e6))).toHaveLength(101);
});

test('what would move the cursor or colour a terminal is shown as a mark', () => {
  expect(excerpt('a\u001b[31mb\u0007\r\nc\u009b2J')).toBe('a\ufffd[31mb\ufffd\ufffd\ufffdc\ufffd2J');
  expect(excerpt('häßlich 日本 …')).toBe('häßlich 日本 …');
});
