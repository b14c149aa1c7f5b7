import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ServiceLoss } from '../../../electron/contract/bridge.ts';
import {
  createServiceProcess,
  PATIENCE,
  type Child,
  type ChildListeners,
  type ServiceProcess,
} from '../../../electron/main/service-process.ts';
import type { ToWorker } from '../../../trainer/api/rpc/index.ts';

/** A child that does what the test says, and keeps what it was told. */
interface FakeChild extends ChildListeners {
  readonly told: (ToWorker | 'SIGTERM' | 'SIGKILL')[];
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(runName?: string) {
  const children: FakeChild[] = [];
  const heard: (string | ServiceLoss)[] = [];
  const service = createServiceProcess({
    launch: (listeners): Child => {
      const told: FakeChild['told'] = [];
      children.push({ ...listeners, told });
      return { send: (message) => void told.push(message), kill: (signal) => void told.push(signal) };
    },
    listeners: {
      opened: () => heard.push('opened'),
      text: (port, text) => heard.push(`${port}: ${text}`),
      closed: (loss) => heard.push(loss),
    },
    runName: () => runName,
    now: Date.now,
  });
  const last = (): FakeChild => children.at(-1) ?? expect.fail('no child was started');
  return { service, children, heard, last };
}

function opened(runName?: string) {
  const all = setUp(runName);
  all.service.start();
  all.last().message({ kind: 'ready' });
  return all;
}

test('it is started once, however often it is asked for, and open when it says so', () => {
  const { service, children, heard, last } = setUp();
  service.start();
  service.start();
  expect(children).toHaveLength(1);
  expect(service.isOpen()).toBe(false);
  service.send({ kind: 'open', port: 1 });
  last().message({ kind: 'ready' });
  expect(service.isOpen()).toBe(true);
  expect(heard).toEqual(['opened']);
  // What was sent before is lost: nobody can have a conversation yet.
  expect(last().told).toEqual([]);
});

test('what is not as agreed is not passed on', () => {
  const { heard, last } = opened();
  for (const message of ['text', null, { kind: 'text', port: -1, text: 'a' }, { kind: 'run' }]) last().message(message);
  last().message({ kind: 'text', port: 2, text: 'a' });
  expect(heard).toEqual(['opened', '2: a']);
});

test('after a crash it says what happened and starts again', async () => {
  const { children, heard, last } = opened();
  last().exit('SIGSEGV');
  expect(heard.at(-1)).toEqual({
    what: 'The trainer stopped working (SIGSEGV)',
    fix: 'It is being started again.',
    restarts: true,
  });
  await vi.advanceTimersByTimeAsync(PATIENCE.beforeRestart);
  expect(children).toHaveLength(2);
  last().message({ kind: 'ready' });
  expect(heard.at(-1)).toBe('opened');
});

test('a crash during a run names the run and what to do with it', () => {
  const { heard, last } = opened('cat');
  last().exit('exit code 1');
  expect(heard.at(-1)).toEqual({
    what: 'The trainer stopped working while “cat” was training (exit code 1)',
    fix: 'It is being started again. What the run had saved is whole: resume it to go on from there.',
    restarts: true,
  });
});

test('one that crashes again and again is left alone until somebody asks for it', async () => {
  const { service, children, heard, last } = setUp();
  service.start();
  for (let crash = 0; crash <= PATIENCE.crashes.count; crash += 1) {
    last().exit('spawn node ENOENT');
    await vi.advanceTimersByTimeAsync(PATIENCE.beforeRestart);
  }
  expect(children).toHaveLength(1 + PATIENCE.crashes.count);
  expect(heard.at(-1)).toEqual({
    what: 'The trainer could not be started (spawn node ENOENT)',
    fix: 'Start it again, or restart LoRA Loom.',
    restarts: false,
  });
  await vi.advanceTimersByTimeAsync(PATIENCE.crashes.within);
  expect(children).toHaveLength(1 + PATIENCE.crashes.count);
  service.start();
  expect(children).toHaveLength(2 + PATIENCE.crashes.count);
});

test('crashes that are far apart do not add up', async () => {
  const { children, last } = opened();
  for (let crash = 0; crash < 10; crash += 1) {
    last().exit('SIGSEGV');
    await vi.advanceTimersByTimeAsync(PATIENCE.crashes.within);
  }
  expect(children).toHaveLength(11);
});

test('one that does not come up, or does not answer any more, is killed and started again', async () => {
  const { service, children, heard, last } = setUp();
  service.start();
  await vi.advanceTimersByTimeAsync(PATIENCE.start);
  expect(last().told).toEqual(['SIGKILL']);
  last().exit('SIGKILL');
  expect((heard.at(-1) as ServiceLoss).what).toBe('The trainer could not be started (it gave no answer any more)');
  await vi.advanceTimersByTimeAsync(PATIENCE.beforeRestart);
  last().message({ kind: 'ready' });
  service.endHung();
  expect(children).toHaveLength(2);
  expect(last().told).toEqual(['SIGKILL']);
});

test('a child that was given up is not listened to', async () => {
  const { children, heard, last } = opened();
  const first = last();
  first.exit('SIGSEGV');
  await vi.advanceTimersByTimeAsync(PATIENCE.beforeRestart);
  first.exit('SIGSEGV');
  first.message({ kind: 'ready' });
  expect(children).toHaveLength(2);
  expect(heard).toHaveLength(2);
});

test('at the end it is asked, asked again, told, and at last forced', async () => {
  const { service, children, heard, last } = opened();
  const ended = service.end();
  expect(last().told).toEqual([{ kind: 'end' }]);
  await vi.advanceTimersByTimeAsync(PATIENCE.finish);
  expect(last().told).toEqual([{ kind: 'end' }, { kind: 'end' }]);
  await vi.advanceTimersByTimeAsync(PATIENCE.endAtOnce + PATIENCE.terminate);
  expect(last().told).toEqual([{ kind: 'end' }, { kind: 'end' }, 'SIGTERM', 'SIGKILL']);
  last().exit('SIGKILL');
  await ended;
  await vi.advanceTimersByTimeAsync(PATIENCE.crashes.within);
  // It was wanted: no loss is told, and nothing is started again.
  expect(heard).toEqual(['opened']);
  expect(children).toHaveLength(1);
});

test('one that ends when asked leaves no timer behind', async () => {
  const { service, last } = opened();
  const ended = service.end();
  last().exit('exit code 0');
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});

test.each<[string, (service: ServiceProcess, child: () => FakeChild) => void]>([
  ['was never started', () => undefined],
  [
    'waits to be started again',
    (service, child) => {
      service.start();
      child().exit('SIGSEGV');
    },
  ],
])('a service that %s ends at once', async (_title, prepare) => {
  const { service, last } = setUp();
  prepare(service, last);
  await service.end();
  expect(vi.getTimerCount()).toBe(0);
});
