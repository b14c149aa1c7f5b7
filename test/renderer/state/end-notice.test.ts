import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Handlers } from '../../../trainer/api/rpc/index.ts';
import { resumeRun, startOrPause, startRun } from '../../../renderer/run/actions.ts';
import { phaseOf } from '../../../renderer/state/run.ts';
import { appOf, named, settle, shellTold } from '../app-stage.ts';
import { RUN, SAMPLE_JOB } from '../fake-service.ts';
import { historyOf, stepAt } from '../stage/made-up-run.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a run', () => {
  test.each([
    [{ kind: 'done', file: '/runs/cat.safetensors' }, 'sks-cat is done', '/runs/cat.safetensors'],
    [{ kind: 'paused' }, 'sks-cat is paused', 'After step 7 of 10. It can be resumed.'],
    [{ kind: 'stopped' }, 'sks-cat has stopped', 'After step 7 of 10. It can be resumed.'],
    [{ kind: 'failed', error: { code: 'run/diverged', what: 'No', fix: 'Yes.' } }, 'sks-cat failed', 'No'],
  ] as const)('that ends as %o is told by a notice of the browser that allows it', async (end, title, body) => {
    const shown: unknown[] = [];
    const ask = vi.fn(() => Promise.resolve('granted'));
    // A plain function and no arrow: it is called with new.
    function Notification(...notice: unknown[]): void {
      shown.push(notice);
    }
    const Allowed = Object.assign(Notification, { permission: 'default', requestPermission: ask });
    vi.stubGlobal('Notification', Allowed);
    try {
      const { app, service } = await appOf();
      const started = startRun(app);
      expect(ask).toHaveBeenCalledOnce();
      Allowed.permission = 'granted';
      await settle();
      await started;
      service.emit('run.status', { run: { ...RUN, lastStep: stepAt(7, 10), end } });
      await settle();
      expect(shown).toEqual([[title, { body }]]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test('tells its end once, also when the line breaks after it, and a window that is opened later tells nothing', async () => {
    const shown: unknown[][] = [];
    const shell = shellTold([], shown);
    const ended = { ...RUN, end: { kind: 'done', file: '/runs/cat.safetensors' } } as const;
    const handlers: Partial<Handlers> = {
      'run.current': () => ({ run: ended }),
      'run.history': () => historyOf(3, 10),
    };
    const { app, service } = await appOf({ ...handlers, 'run.current': () => ({}) }, shell);
    await app.run.getState().start(SAMPLE_JOB);
    expect(shown).toEqual([]);
    service.emit('run.status', { run: ended });
    service.emit('run.status', { run: ended });
    await settle();
    service.drop();
    service.reopen();
    await settle();
    expect(shown).toEqual([['sks-cat is done', '/runs/cat.safetensors']]);
    const later = await appOf(handlers, shell);
    expect(phaseOf(later.app.run.getState().status)).toBe('done');
    expect(shown).toHaveLength(1);
  });

  test('that ends while the line is down is told when it is back', async () => {
    const shown: unknown[][] = [];
    const shell = shellTold([], shown);
    const current: { run?: typeof RUN } = {};
    const { app, service } = await appOf(
      { 'run.current': () => current, 'run.history': () => historyOf(3, 10) },
      shell,
    );
    await app.run.getState().start(SAMPLE_JOB);
    service.drop();
    current.run = { ...RUN, end: { kind: 'paused' } };
    service.reopen();
    await settle();
    expect(shown).toEqual([['sks-cat is paused', 'It can be resumed.']]);
  });

  test('asks a browser for leave to tell its end when it is resumed, as when it is started', async () => {
    const ask = vi.fn(() => Promise.resolve('granted'));
    vi.stubGlobal('Notification', { permission: 'default', requestPermission: ask });
    try {
      const paused = { ...RUN, end: { kind: 'paused' } } as const;
      const { app, service } = await appOf({
        'run.current': () => ({ run: paused }),
        'run.history': () => historyOf(3, 10),
        'run.resume': () => RUN,
      });
      await startOrPause(app);
      expect(named(service, 'run.resume')).toEqual([{ folder: RUN.folder }]);
      expect(ask).toHaveBeenCalledTimes(1);
      await resumeRun(app, '/runs/other');
      expect(ask).toHaveBeenCalledTimes(2);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
