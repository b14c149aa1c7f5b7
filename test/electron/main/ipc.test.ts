import type { IpcMain, WebContents } from 'electron';
import { describe, expect, test } from 'vitest';
import { CHANNELS } from '../../../electron/contract/bridge.ts';
import type { ShellHandlers } from '../../../electron/contract/shell-calls.ts';
import { isOurs, listenToPages, type Sent } from '../../../electron/main/ipc.ts';

const ORIGIN = 'app://loom';
const page = { url: 'app://loom/index.html' };
const foreign = { url: 'https://evil.example/index.html' };
const lookalike = { url: 'app://loom.evil/index.html' };

const OURS: Sent = { sender: { mainFrame: page }, senderFrame: page };
const OTHERS: readonly (readonly [string, Sent])[] = [
  ['a frame within our page', { sender: { mainFrame: page }, senderFrame: { url: page.url } }],
  ['a page from elsewhere', { sender: { mainFrame: foreign }, senderFrame: foreign }],
  ['a page whose host only begins as ours', { sender: { mainFrame: lookalike }, senderFrame: lookalike }],
  ['a frame that is gone', { sender: { mainFrame: page }, senderFrame: null }],
  ['a frame and a page that are gone', { sender: { mainFrame: null }, senderFrame: null }],
];

test('the main frame of our own page is ours', () => {
  expect(isOurs(OURS, ORIGIN)).toBe(true);
});

test.each(OTHERS)('%s is not ours', (_title, sent) => {
  expect(isOurs(sent, ORIGIN)).toBe(false);
});

describe('the main process', () => {
  const handlers = { closingChoice: () => ({ choice: 'ask' }) } as unknown as ShellHandlers;

  /** Sends on every channel, and tells what was heard and answered. */
  async function send(sent: Sent): Promise<{ readonly heard: readonly unknown[]; readonly answer: unknown }> {
    const channels = new Map<string, (event: Sent, ...words: readonly unknown[]) => unknown>();
    const keep = (channel: string, listener: (event: never, ...words: never[]) => unknown): void =>
      void channels.set(channel, listener as (event: Sent, ...words: readonly unknown[]) => unknown);
    const heard: unknown[] = [];
    listenToPages({ on: keep, handle: keep } as unknown as IpcMain, ORIGIN, {
      hello: (of: WebContents) => heard.push('hello', of),
      message: (of: WebContents, text) => heard.push(text, of),
      handlersFor: (of: WebContents) => {
        heard.push('handlers', of);
        return handlers;
      },
    });
    channels.get(CHANNELS.hello)?.(sent);
    channels.get(CHANNELS.message)?.(sent, 'a text');
    return { heard, answer: await channels.get(CHANNELS.shell)?.(sent, 'closingChoice', {}) };
  }

  test('hears our own page on every channel', async () => {
    const { sender } = OURS;
    expect(await send(OURS)).toEqual({
      heard: ['hello', sender, 'a text', sender, 'handlers', sender],
      answer: { kind: 'done', output: { choice: 'ask' } },
    });
  });

  test.each(OTHERS)(
    'hears nothing of %s, and gives it the answer to a call that does not exist',
    async (_title, sent) => {
      expect(await send(sent)).toEqual({
        heard: [],
        answer: { kind: 'failed', what: 'The window asked for “closingChoice”, which LoRA Loom does not know.' },
      });
    },
  );
});
