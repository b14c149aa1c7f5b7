import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { closingChoiceHandlers } from '../../../electron/main/closing-choice.ts';
import { readMemory, writeMemory, type WindowMemory } from '../../../electron/main/window-memory.ts';

test('"Always do this" is taken back, and the window opens where it was all the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lora-loom-closing-'));
  const file = join(folder, 'window.json');
  const bounds = { x: 10, y: 20, width: 1200, height: 800 };
  let memory: WindowMemory = { bounds, maximized: true, closing: 'stop' };
  const calls = closingChoiceHandlers({
    read: () => memory,
    write: (changed) => writeMemory(file, (memory = changed)),
  });
  expect(await calls.closingChoice({})).toEqual({ choice: 'stop' });
  expect(await calls.setClosingChoice({ choice: 'ask' })).toEqual({});
  expect(await calls.closingChoice({})).toEqual({ choice: 'ask' });
  expect(readMemory(file)).toEqual({ bounds, maximized: true, closing: 'ask' });
  rmSync(folder, { recursive: true });
});
