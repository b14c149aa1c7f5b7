import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { must, UserError } from '../../../trainer/base/errors.ts';
import { surroundingsOf } from '../../../renderer/service/surroundings.ts';
import { fieldAt } from '../../../renderer/form/settings.ts';
import { documentName, isUnsaved } from '../../../renderer/state/job.ts';
import { appOf, named, settle, shellTold } from '../app-stage.ts';
import { RUN, SAMPLE_JOB } from '../fake-service.ts';
import { historyOf, stepAt } from '../stage/made-up-run.ts';
import { importJob, NEW_JOB } from '../../../trainer/api/job/index.ts';
import { DEFAULT_SETTINGS, type Handlers, type JobSettings } from '../../../trainer/api/rpc/index.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const full = (): never => {
  throw new UserError({ code: 'file/no-space', what: 'The disk is full', fix: 'Make room.' });
};

const rank = must(fieldAt('network_dim'), 'the rank');
const omit = (key: string, table: JobSettings): JobSettings =>
  Object.fromEntries(Object.entries(table).filter(([other]) => other !== key));

describe('the job', () => {
  test('of the first start is the sample job, until somebody changes it', async () => {
    const { app } = await appOf();
    expect(app.job.getState().table).toEqual(SAMPLE_JOB);
    expect(app.documents.state.getState().isFirstStart).toBe(true);
    app.job.getState().set(rank, 32);
    expect(app.documents.state.getState().isFirstStart).toBe(false);
    expect(isUnsaved(app.job.getState())).toBe(true);
  });

  test('goes back and forth, and typing in one field is one step', async () => {
    const { app } = await appOf();
    const { set, undo, redo } = app.job.getState();
    set(rank, 1);
    set(rank, 16);
    undo();
    expect(app.job.getState().table).toEqual(SAMPLE_JOB);
    redo();
    expect(app.job.getState().table['network_dim']).toBe(16);
  });

  test('is kept as a draft a moment after a change, and found again', async () => {
    const { app, service } = await appOf();
    app.job.getState().set(rank, 16);
    await settle();
    const draft = { table: { ...SAMPLE_JOB, network_dim: 16 }, unsaved: true };
    expect(named(service, 'settings.write').at(-1)).toEqual({ settings: { draft } });
  });

  test('that is found again is known to the desktop, with the changes that no file has', async () => {
    const told: unknown[][] = [];
    const draft = { path: '/jobs/cat.toml', table: { ...SAMPLE_JOB, network_dim: 16 }, unsaved: true };
    await appOf({ 'settings.read': () => ({ settings: { ...DEFAULT_SETTINGS, draft } }) }, shellTold(told));
    expect(told).toEqual([['cat', 'kept']]);
  });

  test('tells the desktop when its changes are loose, and when they are kept', async () => {
    const told: unknown[][] = [];
    const { app } = await appOf({}, shellTold(told));
    app.job.getState().set(rank, 16);
    expect(told).toEqual([
      ['sks-cat', 'none'],
      ['sks-cat', 'loose'],
    ]);
    await settle();
    expect(told.at(-1)).toEqual(['sks-cat', 'kept']);
  });

  test('whose draft cannot be kept has loose changes', async () => {
    const told: unknown[][] = [];
    const { app } = await appOf({ 'settings.write': full }, shellTold(told));
    app.job.getState().set(rank, 16);
    await settle();
    expect(told.at(-1)).toEqual(['sks-cat', 'loose']);
  });

  test('tells the desktop of captions that are in no file yet, until they are written', async () => {
    const told: unknown[][] = [];
    const { app } = await appOf({}, shellTold(told));
    app.dataset.getState().typeCaption('/cats/10_sks cat/grumpy.png', 'a grumpy');
    app.dataset.getState().typeCaption('/cats/10_sks cat/grumpy.png', 'a grumpy cat');
    await settle();
    expect(told.map(([, changes]) => changes)).toEqual(['none', 'captions', 'none']);
  });

  test.each<[string, Partial<Handlers>, string]>([
    ['in the job that are loose', { 'settings.write': full }, 'loose'],
    ['in a caption that cannot be written', { 'caption.write': full }, 'captions'],
  ])('with changes %s says the worst of it', async (_title, handlers, worst) => {
    const told: unknown[][] = [];
    const { app } = await appOf(handlers, shellTold(told));
    app.dataset.getState().typeCaption('/cats/10_sks cat/grumpy.png', 'a grumpy cat');
    app.job.getState().set(rank, 16);
    expect(told.at(-1)).toEqual(['sks-cat', 'loose']);
    await settle();
    expect(told.at(-1)).toEqual(['sks-cat', worst]);
  });

  test('tells the desktop of sample prompts that were changed, until they are saved', async () => {
    const told: unknown[][] = [];
    const { app } = await appOf({}, shellTold(told));
    app.job.getState().apply({ set: { sample_prompts: '/jobs/prompts.txt' }, unset: [] });
    await settle();
    expect(told.at(-1)).toEqual(['sks-cat', 'kept']);
    app.prompts.getState().setText('a bird');
    expect(told.at(-1)).toEqual(['sks-cat', 'prompts']);
    await app.prompts.getState().save();
    expect(told.at(-1)).toEqual(['sks-cat', 'kept']);
  });

  test('with changes is not left without a question', async () => {
    const { app } = await appOf();
    app.job.getState().set(rank, 16);
    app.documents.newJob();
    expect(app.documents.state.getState().question.kind).toBe('unsaved');
    await app.documents.answer('cancel');
    expect(app.job.getState().table['network_dim']).toBe(16);
    app.documents.newJob();
    await app.documents.answer('drop');
    await settle();
    expect(app.job.getState().table).toEqual({});
  });

  test('that is new has no changes to save', async () => {
    const { app } = await appOf({ 'job.new': () => ({ table: { output_dir: 'runs', ...NEW_JOB } }) });
    app.documents.newJob();
    await settle();
    expect(app.job.getState().table['network_dim']).toBe(8);
    expect(isUnsaved(app.job.getState())).toBe(false);
  });

  test('loses its warmup to a schedule that has none, and gets it back with one that has', async () => {
    const { app } = await appOf();
    app.job.getState().load({ table: NEW_JOB });
    const schedule = must(fieldAt('lr_scheduler'), 'the schedule');
    app.job.getState().set(schedule, 'constant');
    expect(app.job.getState().table).toEqual(omit('lr_warmup_steps', { ...NEW_JOB, lr_scheduler: 'constant' }));
    app.job.getState().set(schedule, 'linear');
    expect(app.job.getState().table).toEqual({ ...NEW_JOB, lr_scheduler: 'linear' });
    app.job.getState().apply({ set: { lr_scheduler: 'piecewise_constant' }, unset: [] });
    expect(app.job.getState().table).not.toHaveProperty('lr_warmup_steps');
    app.job.getState().undo();
    expect(app.job.getState().table['lr_warmup_steps']).toBe(0.1);
    // What was put aside belongs to that job alone.
    app.job.getState().load({ table: { lr_scheduler: 'constant' } });
    app.job.getState().set(schedule, 'cosine');
    expect(app.job.getState().table).toEqual({ lr_scheduler: 'cosine' });
  });

  test("of Kohya's GUI keeps its sample prompts: they get a file, which the job names and the report tells", async () => {
    const gui = { output_name: 'mochi', sample_prompts: 'a cat\na dog --w 64', sample_every_n_epochs: 1 };
    const { app } = await appOf({ 'job.import': () => importJob(JSON.stringify(gui)) });
    await app.documents.importAt('/kohya/mochi.json');
    const path = '/work/prompts/mochi.txt';
    const taken = { output_name: 'mochi', sample_every_n_epochs: 1, sample_prompts: path };
    expect(app.job.getState().table).toEqual(taken);
    const { question } = app.documents.state.getState();
    expect(question.kind === 'imported' && question.report.changed).toMatchObject([
      { key: 'sample_prompts', now: path },
    ]);
    await settle();
    expect(app.prompts.getState().open).toMatchObject({ path, saved: 'a cat\na dog --w 64' });
  });

  test('whose sample prompts cannot be kept is not taken over by half, and says why', async () => {
    const { app } = await appOf({
      'job.import': () => importJob(JSON.stringify({ sample_prompts: 'a cat' })),
      'prompts.keep': () => {
        throw new UserError({ code: 'file/no-space', what: 'The disk is full', fix: 'Make room.' });
      },
    });
    await app.documents.importAt('/kohya/mochi.json');
    expect(app.documents.state.getState().failure?.what).toBe('The disk is full');
    expect(app.job.getState().table).toEqual(SAMPLE_JOB);
  });

  test('is saved where it is from, and remembered', async () => {
    const { app, service } = await appOf();
    await app.documents.openAt('/jobs/cat.toml');
    expect(documentName(app.job.getState())).toBe('cat');
    app.job.getState().set(rank, 16);
    await app.documents.save();
    expect(named(service, 'job.save')).toEqual([
      {
        path: '/jobs/cat.toml',
        table: { ...SAMPLE_JOB, output_name: 'opened', network_dim: 16 },
        replaces: '/jobs/cat.toml',
      },
    ]);
    expect(isUnsaved(app.job.getState())).toBe(false);
    expect(app.preferences.getState().settings.recentJobs).toEqual(['/jobs/cat.toml']);
  });

  test('takes a remedy as one change', async () => {
    const { app } = await appOf();
    app.job.getState().apply({ set: { train_batch_size: 2 }, unset: ['max_train_steps'] });
    expect(app.job.getState().table).not.toHaveProperty('max_train_steps');
    expect(app.job.getState().table['train_batch_size']).toBe(2);
    app.job.getState().undo();
    expect(app.job.getState().table).toEqual(SAMPLE_JOB);
  });

  test('loses by a remedy what no field stands for', async () => {
    const { app } = await appOf();
    const table = { blorp: 1, optimizer_args: ['beta=1', 'eps=1e-8'], network_args: ['blorp=2'], seed: 3 };
    app.job.setState({ table });
    app.job.getState().apply({ set: {}, unset: ['blorp', 'optimizer_args.beta', 'network_args.blorp'] });
    expect(app.job.getState().table).toEqual({ optimizer_args: ['eps=1e-8'], seed: 3 });
  });
});

describe('the check', () => {
  test('asks once after a burst of changes', async () => {
    const { app, service } = await appOf();
    const before = named(service, 'job.check').length;
    for (const value of [8, 16, 32]) app.job.getState().set(rank, value);
    await settle();
    expect(named(service, 'job.check').slice(before)).toEqual([{ table: { ...SAMPLE_JOB, network_dim: 32 } }]);
    expect(app.check.getState().plan?.steps.stepsPerEpoch).toBe(23);
  });
});

describe('the line to the service', () => {
  test('comes back, and what listened hears again', async () => {
    const current: { run?: typeof RUN } = {};
    const { app, service } = await appOf({
      'run.current': () => current,
      'run.history': () => historyOf(0, 10),
    });
    await app.run.getState().start(SAMPLE_JOB);
    current.run = RUN;
    service.drop();
    expect(app.connection.state.getState()).toMatchObject({ kind: 'closed', what: 'The trainer stopped' });
    service.reopen();
    await settle();
    expect(app.connection.state.getState().kind).toBe('open');
    service.emit('run', { runId: 'run-1', event: stepAt(1, 10) });
    await settle();
    expect(app.run.getState().metrics.length).toBe(1);
  });

  test('in a browser carries the token of the address to pictures', () => {
    const { pictureUrl } = surroundingsOf({ href: 'http://127.0.0.1:8080/?token=t0p' }, undefined);
    expect(pictureUrl('/a b/c.png', 64)).toBe('http://127.0.0.1:8080/media?path=%2Fa%20b%2Fc.png&size=64&token=t0p');
  });
});
