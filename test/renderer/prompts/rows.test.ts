import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { newPromptsPath } from '../../../renderer/prompts/new-file.ts';
import {
  EMPTY_LINE,
  faultOfFlag,
  isShown,
  moved,
  rowsOf,
  settled,
  textOfRows,
  withComment,
  withCopyOf,
  withFlagOf,
  withLineAfter,
  withoutRow,
  withPrompt,
  type Row,
} from '../../../renderer/prompts/rows.ts';

const TEXT = '# mine\na cat --d 1\n\na dog --W 64\n';
const textAfter = (rows: readonly Row[]): string => textOfRows(rows, '\n');
const rowAt = (rows: readonly Row[], place: number): Row => must(rows[place], 'a row');

describe('rows of a file', () => {
  test('a new one stands after the last that is shown, or after another', () => {
    const rows = rowsOf(TEXT);
    const [atEnd, row] = withLineAfter(rows, undefined, EMPTY_LINE);
    expect(textAfter(withPrompt(atEnd, row.id, 'a bird'))).toBe('# mine\na cat --d 1\n\na dog --W 64\na bird\n');
    const [between] = withCopyOf(rows, rowAt(rows, 1));
    expect(textAfter(between)).toBe('# mine\na cat --d 1\na cat --d 1\n\na dog --W 64\n');
  });

  test('change places with their shown neighbours, and stay where there is none', () => {
    const rows = rowsOf(TEXT);
    const { id } = rowAt(rows, 1);
    expect(textAfter(moved(rows, id, 1))).toBe('# mine\na dog --W 64\n\na cat --d 1\n');
    expect(textAfter(moved(rows, id, -1))).toBe('a cat --d 1\n# mine\n\na dog --W 64\n');
    expect(moved(rows, rowAt(rows, 0).id, -1)).toBe(rows);
  });

  test('are the same after a way and back, whatever the file', () => {
    const line = fc.constantFrom('# c', '', 'a', 'b --w 64', '  x  --D 3');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.nat(), (lines, chosen) => {
        const rows = rowsOf(lines.join('\n'));
        const shown = rows.filter(isShown);
        const row = shown[chosen % Math.max(1, shown.length)];
        if (row === undefined) return;
        const [added, copy] = withCopyOf(rows, row);
        expect(textAfter(withoutRow(added, copy.id))).toBe(lines.join('\n'));
        const down = moved(rows, row.id, 1);
        if (down !== rows) expect(textAfter(moved(down, row.id, -1))).toBe(lines.join('\n'));
      }),
    );
  });

  test('keep what is being typed, and take pasted flags apart when they are left', () => {
    const rows = rowsOf('a cat');
    const { id } = rowAt(rows, 0);
    const typing = withPrompt(rows, id, 'a cat --w 64 ');
    expect(typing[0]?.line).toMatchObject({ prompt: 'a cat --w 64 ', flags: [] });
    expect(settled(typing, id)[0]?.line).toMatchObject({ prompt: 'a cat', flags: [{ name: 'w', value: '64' }] });
    expect(settled(withPrompt(rows, id, '# a cat'), id)[0]?.line).toEqual({ kind: 'other', text: '# a cat' });
    expect(settled(withPrompt(rows, id, ''), id)[0]?.line.kind).toBe('prompt');
  });

  test('a comment stays one', () => {
    const rows = rowsOf('# mine');
    expect(textAfter(withComment(rows, rowAt(rows, 0).id, 'yours'))).toBe('# yours');
  });

  test('lose a flag that is emptied', () => {
    const rows = rowsOf('a cat --d 1 --s 20');
    expect(textAfter(withFlagOf(rows, rowAt(rows, 0).id, 'd', ''))).toBe('a cat --s 20');
  });
});

test.each([
  ['w', 'wide', 'a whole number of pixels up to 2048'],
  ['s', '1.5', 'a whole number from 1 to 1000'],
  ['d', '-2', 'a whole number, or -1 for another picture each time'],
  ['l', '-1', 'a number from 0 on, such as 7.5'],
  ['ss', 'magic', 'one of ddim, euler, euler_a, dpmpp_2m, dpmpp_2m_karras'],
] as const)('the flag --%s cannot be %s', (flag, value, expects) => {
  expect(faultOfFlag(flag, value)).toBe(expects);
});

test.each([
  ['w', '640'],
  ['d', '-1'],
  ['ss', 'k_euler_a'],
  ['n', 'anything'],
  ['l', ''],
] as const)('the flag --%s can be "%s"', (flag, value) => {
  expect(faultOfFlag(flag, value)).toBeUndefined();
});

test('a new file stands beside the job, or in the folder of the runs', () => {
  const table = { output_dir: 'C:\\runs\\', output_name: 'cat' };
  expect(newPromptsPath({ jobPath: '/jobs/cat.toml', table, separator: '/' })).toBe('/jobs/cat-prompts.txt');
  expect(newPromptsPath({ table, separator: '\\' }, 2)).toBe('C:\\runs\\cat-prompts-2.txt');
  expect(newPromptsPath({ table: {}, separator: '/' })).toBeUndefined();
});
