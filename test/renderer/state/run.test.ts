import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { must, UserError } from '../../../trainer/base/errors.ts';
import { fieldAt } from '../../../renderer/form/settings.ts';
import { startOrPause, startRun } from '../../../renderer/run/actions.ts';
import { phaseOf } from '../../../renderer/state/run.ts';
import { appOf, named, settle } from '../app-stage.ts';
import { RUN, SAMPLE_JOB } from '../fake-service.ts';
import { historyOf, stepAt } from '../stage/made-up-run.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rank = must(fieldAt('network_dim'), 'the rank');

describe('the run', () => {
  test('is found again with its history after the window was closed', async () => {
    const { app } = await appOf({
      'run.current': () => ({ run: { ...RUN, lastStep: stepAt(120, 300) } }),
      'run.history': () => historyOf(120, 300),
    });
    expect(app.run.getState().metrics.length).toBe(120);
    expect(app.run.getState().samples.length).toBeGreaterThan(0);
    expect(phaseOf(app.run.getState().status)).toBe('active');
  });

  test('a thousand steps in one instant are drawn once', async () => {
    const { app, service } = await appOf();
    await app.run.getState().start(SAMPLE_JOB);
    const before = app.run.getState().revision;
    for (let step = 1; step <= 1000; step++) service.emit('run', { runId: 'run-1', event: stepAt(step, 1000) });
    await settle();
    expect(app.run.getState().metrics.length).toBe(1000);
    expect(app.run.getState().revision).toBe(before + 1);
    expect(app.run.getState().lastStep?.step).toBe(1000);
  });

  test('steps of another run are not its own', async () => {
    const { app, service } = await appOf();
    await app.run.getState().start(SAMPLE_JOB);
    service.emit('run', { runId: 'another', event: stepAt(5, 10) });
    await settle();
    expect(app.run.getState().metrics.length).toBe(0);
  });

  test('keeps the steps that come while its history is on the way', async () => {
    let answer: (history: ReturnType<typeof historyOf>) => void = () => undefined;
    const { app, service } = await appOf({
      'run.current': () => ({ run: { ...RUN, lastStep: stepAt(120, 300) } }),
      'run.history': () => new Promise((resolve) => (answer = resolve)),
    });
    for (const step of [119, 120, 121]) service.emit('run', { runId: 'run-1', event: stepAt(step, 300) });
    await settle();
    answer(historyOf(120, 300));
    await settle();
    const { metrics } = app.run.getState();
    expect([...metrics.column('step').subarray(0, metrics.length)]).toEqual(
      Array.from({ length: 121 }, (_, index) => index + 1),
    );
  });

  test('that a trainer took with it when it died is told, and can be resumed from what it saved', async () => {
    const { app, service } = await appOf({ 'run.history': () => historyOf(120, 300) });
    await app.run.getState().start(SAMPLE_JOB);
    service.drop();
    service.reopen();
    await settle();
    const { status } = app.run.getState();
    expect(phaseOf(status)).toBe('failed');
    expect(status?.resumable).toBe(true);
    expect(status?.end).toMatchObject({
      error: {
        what: 'The trainer stopped working, and the run with it',
        fix: 'It is there again: press Resume to go on from the last save.',
      },
    });
  });

  test('that came to its end after its service broke down is done', async () => {
    const file = { path: '/runs/sks-cat/sks-cat.safetensors', name: 'sks-cat.safetensors', bytes: 1, final: true };
    const { app, service } = await appOf({
      'run.history': () => ({ ...historyOf(120, 120), files: [file], resumable: false }),
    });
    await app.run.getState().start(SAMPLE_JOB);
    service.drop();
    service.reopen();
    await settle();
    expect(app.run.getState().status?.end).toEqual({ kind: 'done', file: file.path });
    expect(app.run.getState().metrics.length).toBe(120);
  });

  test('that never came as far as a folder has failed all the same', async () => {
    const { app, service } = await appOf({
      'run.history': () => {
        throw new UserError({ code: 'run/no-folder', what: 'There is no run in this folder', fix: 'Look elsewhere.' });
      },
    });
    await app.run.getState().start(SAMPLE_JOB);
    service.drop();
    service.reopen();
    await settle();
    const { status, failure } = app.run.getState();
    expect(failure).toBeUndefined();
    expect(status?.end).toMatchObject({ error: { fix: expect.stringContaining('press Start') as string } });
  });

  test('that cannot be resumed because its old trainer still works there says so', async () => {
    const { app, service } = await appOf({
      'run.resume': () => ({ ...RUN, runId: 'run-2' }),
      'run.history': () => historyOf(120, 300),
    });
    await app.run.getState().open('/runs/sks-cat');
    await app.run.getState().resume();
    const what = 'Another run is training into this folder right now';
    const end = { kind: 'failed', error: { code: 'run/busy', what, fix: 'Wait until it has ended.' } } as const;
    service.emit('run.status', { run: { ...RUN, runId: 'run-2', end } });
    await settle();
    expect(app.run.getState().status?.end).toMatchObject({ error: { what } });
    expect(phaseOf(app.run.getState().status)).toBe('failed');
  });

  test('keeps the end that comes while its history is on the way', async () => {
    let answer: (history: ReturnType<typeof historyOf>) => void = () => undefined;
    const current: { run?: typeof RUN } = {};
    const { app, service } = await appOf({
      'run.current': () => current,
      'run.history': () => new Promise((resolve) => (answer = resolve)),
    });
    current.run = RUN;
    const found = app.run.getState().find();
    service.emit('run.status', { run: { ...RUN, end: { kind: 'paused' } } });
    await settle();
    answer(historyOf(120, 300));
    await found;
    expect(phaseOf(app.run.getState().status)).toBe('paused');
  });

  test('that was told of before the answer of its start keeps what was told since', async () => {
    const { app, service } = await appOf({
      'run.start': () => {
        service.emit('run.status', { run: RUN });
        service.emit('run.status', { run: { ...RUN, savedStep: 7 } });
        return RUN;
      },
    });
    await app.run.getState().start(SAMPLE_JOB);
    expect(app.run.getState().status?.savedStep).toBe(7);
  });

  test('of before is opened and resumed by its folder, after the app was closed', async () => {
    const { app, service } = await appOf({
      'run.history': ({ folder }) => ({ ...historyOf(120, 300), folder, planned: { steps: 300, epochs: 14 } }),
      'run.resume': ({ folder }) => ({ ...RUN, folder }),
    });
    await app.run.getState().open('/runs/sks-dog');
    const { status, metrics, lastStep } = app.run.getState();
    expect(metrics.length).toBe(120);
    expect(lastStep).toMatchObject({ step: 120, steps: 300, epochs: 14 });
    expect(phaseOf(status)).toBe('stopped');
    await app.run.getState().resume('/runs/sks-cat');
    expect(named(service, 'run.resume')).toEqual([{ folder: '/runs/sks-cat' }]);
    expect(app.run.getState().status?.folder).toBe('/runs/sks-cat');
    expect(phaseOf(app.run.getState().status)).toBe('active');
    // The curve of before goes on.
    expect(app.run.getState().metrics.length).toBe(120);
  });

  test('of before that failed says what its log says', async () => {
    const log = [
      { time: '2026-05-01T10:00:00.000Z', message: 'Training' },
      { time: '2026-05-01T10:00:01.000Z', message: 'Warning: 1 image has no caption' },
      { time: '2026-05-01T10:00:02.000Z', message: 'Error: The loss became infinite' },
    ];
    const { app } = await appOf({ 'run.history': () => ({ ...historyOf(3, 10), log }) });
    await app.run.getState().open('/runs/sks-cat');
    expect(app.run.getState().status?.end).toMatchObject({ error: { what: 'The loss became infinite' } });
    expect(app.run.getState().log.map(({ tone }) => tone)).toEqual(['plain', 'warning', 'error']);
    expect(app.run.getState().log.map(({ time }) => time)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:00$/),
      expect.stringMatching(/^\d\d:\d\d:01$/),
      expect.stringMatching(/^\d\d:\d\d:02$/),
    ]);
  });

  test('starts right after the last problem is mended, without waiting for the next check', async () => {
    const error = {
      severity: 'error',
      code: 'job/out-of-range',
      keys: ['network_dim'],
      what: 'No',
      fix: 'Raise.',
    } as const;
    const { app, service } = await appOf({
      'job.check': ({ table }) => ({
        problems: Number(table['network_dim'] ?? 0) < 1 ? [{ ...error, remedies: [] }] : [],
        ignored: [],
      }),
    });
    await startRun(app);
    expect(named(service, 'run.start')).toEqual([]);
    expect(app.view.getState().problems).toBe(true);
    app.job.getState().set(rank, 16);
    await startOrPause(app);
    expect(named(service, 'run.start')).toHaveLength(1);
  });

  test('that is started twice at once begins once', async () => {
    const { app, service } = await appOf();
    await Promise.all([startRun(app), startRun(app)]);
    expect(named(service, 'run.start')).toHaveLength(1);
  });

  test('that cannot start says why', async () => {
    const { app } = await appOf({
      'run.start': () => {
        throw new UserError({ code: 'rpc/internal', what: 'It cannot', fix: 'Wait.' });
      },
    });
    await app.run.getState().start(SAMPLE_JOB);
    expect(app.run.getState().failure?.what).toBe('It cannot');
  });
});
