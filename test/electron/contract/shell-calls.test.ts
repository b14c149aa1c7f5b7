import { describe, expect, test } from 'vitest';
import { SHELL_CALLS, type ShellCallName, type ShellHandlers } from '../../../electron/contract/shell-calls.ts';
import { answerShellCall, Refusal } from '../../../electron/main/shell-answers.ts';

function handlers(called: unknown[]): ShellHandlers {
  const record = (name: ShellCallName) => [name, (input: unknown) => (called.push([name, input]), {})] as const;
  return Object.fromEntries((Object.keys(SHELL_CALLS) as ShellCallName[]).map(record)) as unknown as ShellHandlers;
}

describe('what is as agreed is done', () => {
  test.each<[ShellCallName, object]>([
    [
      'pickFile',
      { title: 'Model', filters: [{ name: 'Models', extensions: ['safetensors', '*'] }], folder: '/models' },
    ],
    ['pickFolder', {}],
    ['saveFile', { name: 'cat.toml' }],
    ['openFolder', { path: '/runs/cat' }],
    ['trashRun', { path: '/runs/cat' }],
    ['openExternal', { url: 'https://github.com/' }],
    ['notify', { title: 'Done', body: '' }],
    ['setDocument', { name: 'cat', changes: 'kept' }],
    ['closingChoice', {}],
    ['setClosingChoice', { choice: 'keep' }],
    ['setDocument', { name: 'cat', changes: 'captions' }],
    ['restartService', {}],
  ])('%s', async (name, input) => {
    const called: unknown[] = [];
    expect(await answerShellCall(handlers(called), name, input)).toEqual({ kind: 'done', output: {} });
    expect(called).toEqual([[name, input]]);
  });
});

describe('what is not is refused before anything is done', () => {
  test.each<[unknown, unknown]>([
    ['quit', {}],
    ['toString', {}],
    ['__proto__', {}],
    [3, {}],
    ['pickFile', { title: 3 }],
    ['pickFile', { filters: [{ name: 'All', extensions: ['../*'] }] }],
    ['pickFile', { properties: ['openDirectory'] }],
    ['openFolder', { path: '' }],
    ['openFolder', { path: 'x'.repeat(5000) }],
    ['openFolder', undefined],
    ['trashRun', { path: '' }],
    ['trashRun', { path: ['/runs/cat'] }],
    ['trashRun', { path: '/runs/cat', force: true }],
    ['openExternal', { url: ['https://github.com/'] }],
    ['notify', { title: '', body: '' }],
    ['notify', { title: 'x'.repeat(501), body: '' }],
    ['setDocument', { name: 'cat' }],
    ['setDocument', { name: 'cat', changes: 'lost' }],
    ['setDocument', null],
    ['setClosingChoice', { choice: 'never' }],
    ['setClosingChoice', {}],
    ['restartService', { force: true }],
  ])('%s %j', async (name, input) => {
    const called: unknown[] = [];
    const answer = await answerShellCall(handlers(called), name, input);
    expect(answer).toMatchObject({ kind: 'failed', what: expect.stringMatching(/^The window asked for “.*\.$/s) });
    expect(called).toEqual([]);
  });
});

test('a failure is told in a sentence', async () => {
  const failing = (error: Error): ShellHandlers => ({ ...handlers([]), openFolder: () => Promise.reject(error) });
  const answer = (error: Error) => answerShellCall(failing(error), 'openFolder', { path: '/runs' });
  expect(await answer(new Refusal('/runs is not there any more.'))).toEqual({
    kind: 'failed',
    what: '/runs is not there any more.',
  });
  expect(await answer(new Error('no such device'))).toEqual({
    kind: 'failed',
    what: '“openFolder” did not work: no such device',
  });
});
