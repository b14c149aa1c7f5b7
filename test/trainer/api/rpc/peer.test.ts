import { expect, test } from 'vitest';
import {
  connect,
  LONGEST_TO_SERVICE,
  serve,
  type CallContext,
  type Emit,
  type Handlers,
  type Port,
} from '../../../../trainer/api/rpc/index.ts';
import { UserError } from '../../../../trainer/base/errors.ts';

interface Wire {
  readonly window: Port;
  readonly service: Port;
  /** What the service sent, as text. */
  readonly sent: string[];
  /** Writes to the service as a window that keeps no rules. */
  raw(text: string): void;
  close(): void;
}

/** Two ports that hear each other a moment later, as processes do. */
function wire(): Wire {
  const listeners = { window: [] as ((text: string) => void)[], service: [] as ((text: string) => void)[] };
  const closing: (() => void)[] = [];
  const sent: string[] = [];
  const port = (own: 'window' | 'service', other: 'window' | 'service'): Port => ({
    send: (text) => {
      if (own === 'service') sent.push(text);
      queueMicrotask(() => listeners[other].forEach((listener) => listener(text)));
    },
    onMessage: (listener) => void listeners[own].push(listener),
    onClose: (listener) => void closing.push(listener),
  });
  return {
    window: port('window', 'service'),
    service: port('service', 'window'),
    sent,
    raw: (text) => listeners.service.forEach((listener) => listener(text)),
    close: () => closing.forEach((listener) => listener()),
  };
}

function conversation(handlers: Partial<Handlers>) {
  const ends = wire();
  const mistakes: unknown[] = [];
  let emit: Emit = () => undefined;
  let listening = false;
  serve(
    ends.service,
    {
      handlers: handlers as Handlers,
      onEvent: (listener) => {
        emit = listener;
        listening = true;
        return () => void (listening = false);
      },
    },
    (error) => mistakes.push(error),
  );
  const client = connect(ends.window);
  const tell: Emit = (name, data) => emit(name, data);
  return { ...ends, client, mistakes, tell, isListening: () => listening };
}

const failureOf = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
};

test('a call reaches its handler, and its answer the caller', async () => {
  const { client } = conversation({
    'captions.count': ({ texts }) => ({ counts: texts.map((text) => ({ tokens: text.length })) }),
  });
  const answer = await client.call('captions.count', { texts: ['a', 'bcd'], limit: 75 });
  expect(answer).toEqual({ counts: [{ tokens: 1 }, { tokens: 3 }] });
});

test("what a handler says is wrong arrives in the handler's words", async () => {
  const report = { code: 'run/no-prompts', what: 'There is nothing to draw', fix: 'Write a prompt.' } as const;
  const { client, mistakes } = conversation({
    'run.current': () => {
      throw new UserError(report);
    },
  });
  expect((await failureOf(client.call('run.current', {}))).report).toEqual(report);
  expect(mistakes).toEqual([]);
});

test('rpc/internal: a mistake of ours is told as one, and kept', async () => {
  const mistake = new Error('oh');
  const { client, mistakes } = conversation({ 'run.current': () => Promise.reject(mistake) });
  const { report } = await failureOf(client.call('run.current', {}));
  expect(report).toMatchObject({ code: 'rpc/internal', what: 'LoRA Loom made a mistake: oh' });
  expect(mistakes).toEqual([mistake]);
});

test('rpc/wrong-input: a value of the wrong type never reaches the handler', async () => {
  let called = false;
  const { client } = conversation({
    'run.history': () => {
      called = true;
      throw new Error('not reached');
    },
  });
  for (const input of [{ folder: 1 }, {}, { folder: 'a\0b' }, { folder: 'a', afterStep: -1 }, 'text', null]) {
    const { report } = await failureOf(client.call('run.history', input as never));
    expect(report.code, JSON.stringify(input)).toBe('rpc/wrong-input');
    expect(report.what).toContain('run.history');
  }
  expect(called).toBe(false);
});

test('rpc/unknown-call: no name reaches anything that is not in the table', async () => {
  const { client } = conversation({});
  for (const name of ['run.explode', 'constructor', '__proto__', 'toString']) {
    const { report } = await failureOf(client.call(name as 'run.current', {}));
    expect(report, name).toMatchObject({ code: 'rpc/unknown-call', what: `There is no call "${name}"` });
  }
});

test('rpc/not-a-message: text that is no message is refused, and the conversation goes on', async () => {
  const { client, raw, sent } = conversation({ 'run.current': () => ({}) });
  const bad = ['', 'hello', '[]', '{}', '{"kind":"call"}', '{"kind":"call","id":-1,"name":"run.current"}', '\u0000'];
  for (const text of bad) raw(text);
  expect(sent).toHaveLength(bad.length);
  for (const text of sent) {
    expect(JSON.parse(text)).toMatchObject({ kind: 'refused', error: { code: 'rpc/not-a-message' } });
  }
  expect(await client.call('run.current', {})).toEqual({});
});

test('rpc/too-large: a message beyond the limit is refused unread', () => {
  const { raw, sent } = conversation({});
  raw('x'.repeat(LONGEST_TO_SERVICE + 1));
  expect(JSON.parse(sent[0] ?? '')).toMatchObject({ kind: 'refused', error: { code: 'rpc/too-large' } });
});

test('rpc/cancelled: a cancelled call ends at once, and its handler hears of it', async () => {
  let context: CallContext | undefined;
  const { client } = conversation({
    'app.engines': (_, given) => {
      context = given;
      return new Promise(() => undefined);
    },
  });
  const abort = new AbortController();
  const call = client.call('app.engines', {}, { signal: abort.signal });
  await expect.poll(() => context?.signal.aborted).toBe(false);
  abort.abort();
  expect((await failureOf(call)).report.code).toBe('rpc/cancelled');
  await expect.poll(() => context?.signal.aborted).toBe(true);
  expect((await failureOf(client.call('run.current', {}, { signal: abort.signal }))).report.code).toBe('rpc/cancelled');
});

test('rpc/closed: when the line is gone, calls fail, handlers are cancelled, and nobody listens any more', async () => {
  let context: CallContext | undefined;
  const { client, close, isListening } = conversation({
    'app.engines': (_, given) => {
      context = given;
      return new Promise(() => undefined);
    },
  });
  const call = client.call('app.engines', {});
  await expect.poll(() => context !== undefined).toBe(true);
  close();
  expect((await failureOf(call)).report.code).toBe('rpc/closed');
  expect((await failureOf(client.call('run.current', {}))).report.code).toBe('rpc/closed');
  expect(context?.signal.aborted).toBe(true);
  expect(isListening()).toBe(false);
});

test('rpc/wrong-output: an answer that is not as agreed does not pass as one', async () => {
  const { client } = conversation({ 'captions.count': () => ({ counts: [{ tokens: 'three' as unknown as number }] }) });
  expect((await failureOf(client.call('captions.count', { texts: [], limit: 75 }))).report.code).toBe(
    'rpc/wrong-output',
  );
});

test('events reach those who listen, in order, until they stop listening', async () => {
  const { client, tell } = conversation({});
  const heard: string[] = [];
  const stop = client.on('check', (event) => heard.push(event.kind === 'state' ? event.message : 'progress'));
  tell('check', { kind: 'state', message: 'a' });
  tell('check', { kind: 'progress', done: 1, total: 2 });
  await Promise.resolve();
  stop();
  tell('check', { kind: 'state', message: 'b' });
  await Promise.resolve();
  expect(heard).toEqual(['a', 'progress']);
});
