import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Changes } from '../../../electron/contract/shell-calls.ts';
import {
  decideClosing,
  untilWritten,
  WRITTEN,
  type ClosingFacts,
  type Question,
} from '../../../electron/main/closing.ts';
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
  const CAT = { kind: 'run', name: 'cat' } as const;
  const QUIET: ClosingFacts = { document: { name: 'cat.toml', changes: 'none' }, work: undefined, choice: 'ask' };

  async function closing(facts: Partial<ClosingFacts>, ...buttons: readonly (number | 'always')[]) {
    const asked: Question[] = [];
    const answers = [...buttons];
    const decision = await decideClosing({ ...QUIET, ...facts }, async (question) => {
      asked.push(question);
      const answer = answers.shift() ?? expect.fail(`nobody expected "${question.message}"`);
      return { button: answer === 'always' ? 0 : answer, checked: answer === 'always' };
    });
    return {
      decision,
      asked,
      messages: asked.map(({ message }) => message),
      details: asked.map(({ detail }) => detail),
    };
  }

  test('nothing is asked where nothing can be lost', async () => {
    expect(await closing({})).toMatchObject({ decision: { kind: 'close', work: 'none' }, messages: [] });
  });

  test('unsaved changes are asked about first, and staying means staying', async () => {
    const document = { name: 'cat.toml', changes: 'kept' } as const;
    const messages = ['Close “cat.toml” without saving?'];
    expect(await closing({ document, work: CAT }, 1)).toMatchObject({ decision: { kind: 'stay' }, messages });
    expect(await closing({ document }, 0)).toMatchObject({ decision: { kind: 'close', work: 'none' }, messages });
  });

  test.each([
    ['kept', 'The changes are in no file, but they are there again when LoRA Loom is started next.'],
    ['loose', 'The changes since the last save are lost.'],
    ['captions', 'A caption that was typed is in no file yet, and is lost.'],
    ['prompts', 'Sample prompts that were changed are in no file yet, and are lost.'],
  ] as const)('changes that are %s are said to be what they are', async (changes, detail) => {
    const { details } = await closing({ document: { name: 'cat', changes } }, 0);
    expect(details).toEqual([detail]);
  });

  test('a run that is on goes on, is stopped, or keeps the window open', async () => {
    const messages = ['“cat” is training'];
    expect(await closing({ work: CAT }, 0)).toMatchObject({ decision: { kind: 'close', work: 'keep' }, messages });
    expect(await closing({ work: CAT }, 1)).toMatchObject({ decision: { kind: 'close', work: 'stop' }, messages });
    expect(await closing({ work: CAT }, 2)).toMatchObject({ decision: { kind: 'stay' }, messages });
  });

  test.each([
    ['classes', 'Class images are being drawn'],
    ['drawing', 'Pictures are being drawn'],
  ] as const)('%s that are drawn go on, are stopped, or keep the window open', async (kind, message) => {
    const work = { kind };
    const { decision, asked } = await closing({ work }, 0);
    expect(decision).toEqual({ kind: 'close', work: 'keep' });
    expect(asked).toEqual([
      {
        message,
        detail: 'The drawing can go on without the window. What is drawn stays in either case.',
        buttons: ['Keep drawing', 'Stop drawing', 'Cancel'],
      },
    ]);
    expect((await closing({ work }, 1)).decision).toEqual({ kind: 'close', work: 'stop' });
    expect((await closing({ work }, 2)).decision).toEqual({ kind: 'stay' });
  });

  test('what was chosen for good about trainings says nothing about drawings', async () => {
    expect(await closing({ work: { kind: 'drawing' }, choice: 'stop' }, 0)).toMatchObject({
      decision: { kind: 'close', work: 'keep' },
      messages: ['Pictures are being drawn'],
    });
  });

  test('a choice for good is kept and not asked for again', async () => {
    const { decision } = await closing({ work: CAT }, 'always');
    expect(decision).toEqual({ kind: 'close', work: 'keep', remember: 'keep' });
    expect(await closing({ work: CAT, choice: 'keep' })).toMatchObject({
      decision: { kind: 'close', work: 'keep' },
      messages: [],
    });
  });
});

describe('what the page is about to write', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Tells, so many milliseconds after the last time, whether the wait for it is over. */
  function waiting(changes: () => Changes): (after: number) => Promise<boolean> {
    let over = false;
    void untilWritten(changes).then(() => (over = true));
    return async (after) => {
      await vi.advanceTimersByTimeAsync(after);
      return over;
    };
  }

  test('is waited for before anything is asked, and no longer than it takes', async () => {
    let changes: Changes = 'captions';
    setTimeout(() => (changes = 'none'), 750);
    const isOver = waiting(() => changes);
    expect(await isOver(749)).toBe(false);
    expect(await isOver(WRITTEN.lookedAtEvery)).toBe(true);
  });

  test.each(['loose', 'captions'] as const)('is given up after a while: %s', async (changes) => {
    const isOver = waiting(() => changes);
    expect(await isOver(WRITTEN.within - 1)).toBe(false);
    expect(await isOver(1)).toBe(true);
  });

  test.each(['none', 'kept', 'prompts'] as const)('is nothing where nothing is on its way: %s', async (changes) => {
    expect(await waiting(() => changes)(0)).toBe(true);
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
