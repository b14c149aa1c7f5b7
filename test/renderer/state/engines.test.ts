import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { appOf, named, settle } from '../app-stage.ts';
import { RUN, SAMPLE_JOB } from '../fake-service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the engines', () => {
  const trials = [{ name: 'cpu', bundled: true, works: true }] as const;

  test('are tried a moment after the window is there, and the job is looked at again', async () => {
    const { app, service } = await appOf({ 'app.engines': () => ({ engines: trials }) });
    expect(named(service, 'app.engines')).toEqual([]);
    const before = named(service, 'job.check').length;
    await settle();
    expect(app.engines.getState().trials).toEqual(trials);
    expect(named(service, 'job.check').length).toBe(before + 1);
  });

  test('are never tried beside a run, but after it', async () => {
    const { app, service } = await appOf({ 'app.engines': () => ({ engines: trials }) });
    await app.run.getState().start(SAMPLE_JOB);
    await settle();
    expect(named(service, 'app.engines')).toEqual([]);
    service.emit('run.status', { run: { ...RUN, end: { kind: 'stopped' } } });
    await settle();
    await settle();
    expect(app.engines.getState().trials).toEqual(trials);
  });

  test('are all offered where they cannot be tried', async () => {
    const { app } = await appOf({
      'app.engines': () => {
        throw new UserError({ code: 'rpc/closed', what: 'The line is down', fix: 'Wait.' });
      },
    });
    await settle();
    expect(app.engines.getState().trials).toBeUndefined();
  });
});
