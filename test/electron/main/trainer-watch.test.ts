import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createConversations, type Conversations } from '../../../electron/main/conversations.ts';
import { createTrainerWatch, HEARTBEAT } from '../../../electron/main/trainer-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const RUN = {
  runId: '1',
  folder: '/runs/cat',
  name: 'cat',
  table: {},
  startedAt: 0,
  state: 'training',
  message: 'Training',
  asked: 'nothing',
  resumable: false,
};

/** A service that answers as the test says. */
function setUp(answer: (name: string, input: unknown) => unknown) {
  const heard: string[] = [];
  const conversations: Conversations = createConversations((message) => {
    if (message.kind !== 'text') return;
    const { id, name, input } = JSON.parse(message.text);
    const output = answer(name, input);
    const text = JSON.stringify(output === undefined ? { kind: 'refused' } : { kind: 'result', id, output });
    if (output !== undefined) conversations.text(message.port, text);
  });
  const watch = createTrainerWatch({
    working: (work) => heard.push(work === undefined ? 'nothing' : work.kind === 'run' ? work.name : work.kind),
    hung: () => heard.push('hung'),
  });
  watch.begin(conversations.begin());
  const tell = (name: string, data: unknown): void =>
    conversations.text(1, JSON.stringify({ kind: 'event', name, data }));
  return {
    watch,
    conversations,
    heard,
    tell: (run: unknown): void => tell('run.status', { run }),
    tellClasses: (event: unknown): void => tell('classes', { event }),
    tellDrawing: (event: unknown): void => tell('generate', { drawingId: '1', event }),
  };
}

test('a run is known from its start to its end, and to the end of the service', async () => {
  const { watch, conversations, heard, tell } = setUp(() => ({}));
  await vi.advanceTimersByTimeAsync(0);
  tell(RUN);
  tell({ ...RUN, message: 'Still training' });
  expect(watch.work()).toEqual({ kind: 'run', name: 'cat' });
  tell({ ...RUN, end: { kind: 'stopped' } });
  expect(watch.work()).toBeUndefined();
  tell(RUN);
  conversations.closeAll();
  expect(heard).toEqual(['cat', 'nothing', 'cat', 'nothing']);
});

test('a run that was on before the app asked is found', async () => {
  const { watch } = setUp((name) => (name === 'run.current' ? { run: RUN } : undefined));
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.work()).toEqual({ kind: 'run', name: 'cat' });
});

test.each([
  ['classes', 'done'],
  ['drawing', 'stopped'],
  ['drawing', 'failed'],
] as const)('%s that are drawn are known until they are %s', async (kind, end) => {
  const { watch, heard, tellClasses, tellDrawing } = setUp(() => ({}));
  await vi.advanceTimersByTimeAsync(0);
  const tell = kind === 'classes' ? tellClasses : tellDrawing;
  tell({ kind: 'progress', done: 0, total: 20 });
  tell({ kind: 'progress', done: 1, total: 20 });
  expect(watch.work()).toEqual({ kind });
  tell({ kind: end, error: { code: 'file/missing', what: 'There is no such file', fix: 'Check it.' } });
  expect(heard).toEqual([kind, 'nothing']);
});

test('a drawing is known before its first step, and a run that takes its place is not over with it', async () => {
  const { watch, heard, tell, tellDrawing } = setUp(() => ({}));
  await vi.advanceTimersByTimeAsync(0);
  tellDrawing({ kind: 'started' });
  tell(RUN);
  tellDrawing({ kind: 'stopped' });
  expect(heard).toEqual(['drawing', 'cat']);
  expect(watch.work()).toEqual({ kind: 'run', name: 'cat' });
});

test('drawings are over with the service', async () => {
  const { conversations, heard, tellClasses } = setUp(() => ({}));
  await vi.advanceTimersByTimeAsync(0);
  tellClasses({ kind: 'progress', done: 0, total: 0 });
  conversations.closeAll();
  expect(heard).toEqual(['classes', 'nothing']);
});

test('a service that leaves question after question unanswered hangs; a slow one does not', async () => {
  let silent = true;
  const { heard } = setUp(() => (silent ? undefined : {}));
  await vi.advanceTimersByTimeAsync(HEARTBEAT.milliseconds * (HEARTBEAT.unanswered - 2));
  silent = false;
  await vi.advanceTimersByTimeAsync(HEARTBEAT.milliseconds * HEARTBEAT.unanswered);
  expect(heard).toEqual([]);
  silent = true;
  await vi.advanceTimersByTimeAsync(HEARTBEAT.milliseconds * (HEARTBEAT.unanswered + 1));
  expect(heard).toEqual(['hung']);
});

test('a picture is where the service says; without one there is none', async () => {
  const { watch, conversations } = setUp((name, input) =>
    name === 'media.locate' ? { file: JSON.stringify(input), type: 'image/png' } : {},
  );
  expect(await watch.locate('/a.png', 256)).toEqual({ file: '{"path":"/a.png","size":256}', type: 'image/png' });
  expect(await watch.locate('/a.png', undefined)).toEqual({ file: '{"path":"/a.png"}', type: 'image/png' });
  conversations.closeAll();
  expect(await watch.locate('/a.png', 256)).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});
