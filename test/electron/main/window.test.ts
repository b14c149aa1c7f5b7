import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decideClosing, type ClosingFacts, type Question } from '../../../electron/main/closing.ts';
import { createWakefulness } from '../../../electron/main/wakefulness.ts';
import { boundsOnScreen, readMemory, writeMemory } from '../../../electron/main/window-memory.ts';

const SCREEN = { x: 0, y: 0, width: 1920, height: 1040 };
const SECOND = { x: 1920, y: 0, width: 1280, height: 1024 };

describe('where the window opens', () => {
  test('it opens where it was left, also on a second screen', () => {
    const left = { x: 2000, y: 50, width: 1000, height: 700 };
    expect(boundsOnScreen(left, [SCREEN, SECOND])).toEqual(left);
  });

  test('on a screen that is gone it opens in the usual size in the middle', () => {
    const left = { x: 2000, y: 50, width: 1000, height: 700 };
    expect(boundsOnScreen(left, [SCREEN])).toEqual({ width: 1440, height: 900 });
    expect(boundsOnScreen(undefined, [{ x: 0, y: 0, width: 1280, height: 720 }])).toEqual({ width: 1280, height: 720 });
  });

  test('what hangs over the edge is moved onto the screen, and what is too large is made smaller', () => {
    expect(boundsOnScreen({ x: 1500, y: -200, width: 1000, height: 700 }, [SCREEN])).toEqual({
      x: 920,
      y: 0,
      width: 1000,
      height: 700,
    });
    expect(boundsOnScreen({ x: 0, y: 0, width: 2500, height: 1400 }, [SCREEN])).toEqual(SCREEN);
  });

  test('it is remembered; a broken file counts as none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lora-loom-memory-'));
    const file = join(folder, 'window.json');
    const memory = { bounds: SCREEN, maximized: true, closing: 'keep' as const };
    expect(readMemory(file)).toEqual({ maximized: false, closing: 'ask' });
    writeMemory(file, memory);
    expect(readMemory(file)).toEqual(memory);
    for (const broken of ['{', '{"bounds":{"x":"left"}}', '[]']) {
      writeFileSync(file, broken);
      expect(readMemory(file)).toEqual({ maximized: false, closing: 'ask' });
    }
    writeMemory(join(folder, 'none/window.json'), memory);
    expect(readFileSync(file, 'utf8')).toBe('[]');
    rmSync(folder, { recursive: true });
  });
});

describe('closing the window', () => {
  const QUIET: ClosingFacts = { document: { name: 'cat.toml', changes: 'none' }, runName: undefined, choice: 'ask' };

  async function closing(facts: Partial<ClosingFacts>, ...buttons: readonly (number | 'always')[]) {
    const asked: Question[] = [];
    const answers = [...buttons];
    const decision = await decideClosing({ ...QUIET, ...facts }, async (question) => {
      asked.push(question);
      const answer = answers.shift() ?? expect.fail(`nobody expected "${question.message}"`);
      return { button: answer === 'always' ? 0 : answer, checked: answer === 'always' };
    });
    return { decision, messages: asked.map(({ message }) => message), details: asked.map(({ detail }) => detail) };
  }

  test('nothing is asked where nothing can be lost', async () => {
    expect(await closing({})).toMatchObject({ decision: { kind: 'close', run: 'none' }, messages: [] });
  });

  test('unsaved changes are asked about first, and staying means staying', async () => {
    const document = { name: 'cat.toml', changes: 'kept' } as const;
    const messages = ['Close “cat.toml” without saving?'];
    expect(await closing({ document, runName: 'cat' }, 1)).toMatchObject({ decision: { kind: 'stay' }, messages });
    expect(await closing({ document }, 0)).toMatchObject({ decision: { kind: 'close', run: 'none' }, messages });
  });

  test.each([
    ['kept', 'The changes are in no file, but they are there again when LoRA Loom is started next.'],
    ['loose', 'The changes since the last save are lost.'],
  ] as const)('changes that are %s are said to be what they are', async (changes, detail) => {
    const { details } = await closing({ document: { name: 'cat', changes } }, 0);
    expect(details).toEqual([detail]);
  });

  test('a run that is on goes on, is stopped, or keeps the window open', async () => {
    const messages = ['“cat” is training'];
    expect(await closing({ runName: 'cat' }, 0)).toMatchObject({ decision: { kind: 'close', run: 'keep' }, messages });
    expect(await closing({ runName: 'cat' }, 1)).toMatchObject({ decision: { kind: 'close', run: 'stop' }, messages });
    expect(await closing({ runName: 'cat' }, 2)).toMatchObject({ decision: { kind: 'stay' }, messages });
  });

  test('a choice for good is kept and not asked for again', async () => {
    const { decision } = await closing({ runName: 'cat' }, 'always');
    expect(decision).toEqual({ kind: 'close', run: 'keep', remember: 'keep' });
    expect(await closing({ runName: 'cat', choice: 'keep' })).toMatchObject({
      decision: { kind: 'close', run: 'keep' },
      messages: [],
    });
  });
});

test('the computer is kept awake once per run, and let go at its end', () => {
  const calls: string[] = [];
  const keepAwake = createWakefulness({
    start: (type) => calls.push(`start ${type}`),
    stop: (id) => calls.push(`stop ${id}`),
  });
  for (const running of [false, true, true, false, false, true]) keepAwake(running);
  expect(calls).toEqual(['start prevent-app-suspension', 'stop 1', 'start prevent-app-suspension']);
});
