import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createConnection } from '../../../renderer/service/connection.ts';
import { socketTransport } from '../../../renderer/service/transports.ts';

/** A server that closes every socket with `code`, as soon as it is open. */
function closingServer(code: number): { dialled: number } {
  const seen = { dialled: 0 };
  class Closing extends EventTarget {
    constructor() {
      super();
      seen.dialled++;
      setTimeout(() => {
        this.dispatchEvent(new Event('open'));
        this.dispatchEvent(Object.assign(new Event('close'), { code }));
      }, 1);
    }
    send(): void {
      /* it is closed before it reads */
    }
  }
  vi.stubGlobal('WebSocket', Closing);
  return seen;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a token that is refused is told with what to do, and not tried again', async () => {
  const seen = closingServer(1008);
  const { state } = createConnection(socketTransport('ws://127.0.0.1/socket'));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(state.getState()).toEqual({
    kind: 'closed',
    what: 'The trainer does not know this window',
    fix: 'Open the whole address that "lora-loom serve" printed, with its token.',
  });
  expect(seen.dialled).toBe(1);
});

test('a line that is lost is tried again and again', async () => {
  const seen = closingServer(1006);
  const { state } = createConnection(socketTransport('ws://127.0.0.1/socket'));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(state.getState()).toMatchObject({ what: 'The connection to the trainer is gone' });
  expect(seen.dialled).toBeGreaterThan(3);
});
