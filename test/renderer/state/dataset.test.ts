import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fieldAt } from '../../../renderer/form/settings.ts';
import { tagCounts } from '../../../renderer/state/dataset.ts';
import { must, UserError } from '../../../trainer/base/errors.ts';
import type { Problem } from '../../../trainer/api/rpc/index.ts';
import { appOf, named, settle } from '../app-stage.ts';
import { SCAN } from '../fake-service.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const rank = must(fieldAt('network_dim'), 'the rank');

describe('the dataset', () => {
  test('is scanned again only when a setting changed that it depends on', async () => {
    const { app, service } = await appOf();
    app.job.getState().set(rank, 32);
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(1);
    app.job.getState().set(must(fieldAt('resolution'), 'the resolution'), '256');
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(2);
    // With it, a folder that is still to be filled is no fault; an autoencoder looks into none.
    app.job.getState().set(must(fieldAt('with_prior_preservation'), 'the class images'), true);
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(3);
    app.job.getState().set(must(fieldAt('method'), 'the method'), 'autoencoder');
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(4);
  });

  test('that changed on the disk is counted anew by scan and check, and one that did not is not checked again', async () => {
    let scan = SCAN;
    const { app, service } = await appOf({ 'dataset.scan': () => scan });
    app.dataset.getState().refresh();
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(2);
    expect(named(service, 'job.check')).toHaveLength(1);
    scan = { ...SCAN, images: SCAN.images.slice(1) };
    app.dataset.getState().refresh();
    await settle();
    expect(app.dataset.getState().scan?.images).toHaveLength(8);
    expect(named(service, 'job.check')).toHaveLength(2);
  });

  test('is not looked at again while a scan is on, and only once for a burst of reasons', async () => {
    let end: () => void = () => undefined;
    const slow = (): Promise<typeof SCAN> => new Promise((resolve) => (end = () => resolve(SCAN)));
    const { app, service } = await appOf({ 'dataset.scan': slow });
    const { refresh } = app.dataset.getState();
    expect(app.dataset.getState().isLooking).toBe(true);
    refresh();
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(1);
    end();
    await settle();
    expect(app.dataset.getState()).toMatchObject({ isLooking: false, progress: { kind: 'known' } });
    for (let time = 0; time < 3; time++) refresh();
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(2);
  });

  test('is shown before its pictures are looked into; what that finds stands until it is known anew', async () => {
    const path = must(SCAN.images[1], 'a picture').path;
    const blurred: Problem = {
      severity: 'warning',
      code: 'images/blurred',
      keys: [],
      what: 'The picture looks blurred',
      where: path,
      fix: 'Use a sharper version.',
      remedies: [],
    };
    const gone: Problem = { ...blurred, where: '/cats/10_sks cat/gone.png' };
    let end: (findings: readonly Problem[]) => void = () => undefined;
    const { app, service } = await appOf({
      'dataset.inspect': () => new Promise((resolve) => (end = (findings) => resolve({ findings }))),
    });
    const foundAt = (index: number): unknown[] => {
      const { scan } = app.dataset.getState();
      return scan?.images[index]?.findings.map((at) => scan.findings[at]?.code) ?? ['no scan'];
    };
    expect(foundAt(1)).toEqual([]);
    end([blurred, gone]);
    await settle();
    expect(foundAt(1)).toEqual(['images/blurred']);
    expect(foundAt(7)).toEqual(['dataset/no-caption']);
    expect(app.dataset.getState().scan?.findings).toHaveLength(2);

    app.dataset.getState().scanAgain();
    await settle();
    expect(foundAt(1)).toEqual(['images/blurred']);
    end([]);
    await settle();
    expect(foundAt(1)).toEqual([]);
    expect(named(service, 'job.check')).toHaveLength(1);
  });

  test('whose folder was missing is found when it is back, and then checked', async () => {
    let isThere = false;
    const { app, service } = await appOf({
      'dataset.scan': () => {
        if (isThere) return SCAN;
        throw new UserError({ code: 'file/missing', what: 'There is no such folder', fix: 'Choose another.' });
      },
    });
    expect(app.dataset.getState().progress.kind).toBe('failed');
    isThere = true;
    app.dataset.getState().refresh();
    await settle();
    expect(app.dataset.getState().scan?.images).toHaveLength(9);
    expect(named(service, 'job.check')).toHaveLength(2);
  });

  test('is looked at again when the line is back: files may have changed meanwhile', async () => {
    const { service } = await appOf();
    service.drop();
    service.reopen();
    await settle();
    expect(named(service, 'dataset.scan')).toHaveLength(2);
  });

  test('edits the tags of what is selected', async () => {
    const { app, service } = await appOf();
    app.dataset.getState().select(['/cats/10_sks cat/smiling.png']);
    expect(await app.dataset.getState().editTags({ kind: 'add', tags: ['indoors'], where: 'end' })).toBe(1);
    expect(named(service, 'captions.edit')).toEqual([
      {
        images: ['/cats/10_sks cat/smiling.png'],
        extension: '.txt',
        separator: ',',
        edit: { kind: 'add', tags: ['indoors'], where: 'end' },
      },
    ]);
  });

  test('counts tags of captions in files, most often first', () => {
    expect(tagCounts(SCAN.images, ',')).toEqual([['a sks cat', 8]]);
  });
});
