import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { prepareFolders, type PreparationOrder } from '../../../trainer/data/prepare.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

const files = machineFiles();
let root = '';
beforeEach(async () => {
  root = await nodeFiles.mkdtemp(join(tmpdir(), 'loom-prepare-'));
  await put('mine/a.png', 'picture a');
  await put('mine/a.txt', 'sks dog in a park');
  await put('mine/notes/readme.md', 'of the user');
  await put('dogs/one.jpg', 'class picture');
});
afterEach(() => nodeFiles.rm(root, { recursive: true, force: true }));

async function put(name: string, content: string): Promise<void> {
  const path = join(root, name);
  await nodeFiles.mkdir(join(path, '..'), { recursive: true });
  await nodeFiles.writeFile(path, content);
}

const order = (given: Partial<PreparationOrder> = {}): PreparationOrder => ({
  instancePrompt: 'sks',
  classPrompt: 'dog',
  trainingImages: join(root, 'mine'),
  repeats: 40,
  regularisationImages: join(root, 'dogs'),
  regularisationRepeats: 1,
  destination: join(root, 'ready'),
  ...given,
});

/** Names of all files below, with "/". */
async function tree(folder = root): Promise<string[]> {
  const entries = await nodeFiles.readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll(sep, '/'),
    )
    .sort();
}

async function refusal(given: Partial<PreparationOrder>, use = files): Promise<UserError['report']> {
  const before = await tree();
  const error: unknown = await prepareFolders(use, order(given)).catch((reason: unknown) => reason);
  expect(await tree(), 'a refusal changes nothing').toEqual(before);
  if (error instanceof UserError) return error.report;
  throw new Error(`no UserError but ${String(error)}`);
}

describe('what is made', () => {
  test('both folders are copied whole, under the names that Kohya gives them, and the originals stay', async () => {
    const before = await tree();
    const prepared = await prepareFolders(files, order());
    expect(await tree(join(root, 'ready'))).toEqual([
      'img/40_sks dog/a.png',
      'img/40_sks dog/a.txt',
      'img/40_sks dog/notes/readme.md',
      'reg/1_dog/one.jpg',
    ]);
    expect(await nodeFiles.readdir(join(root, 'ready'))).toEqual(['img', 'log', 'model', 'reg']);
    expect((await tree()).filter((name) => !name.startsWith('ready/'))).toEqual(before);
    expect(await nodeFiles.readFile(join(root, 'ready/img/40_sks dog/a.png'), 'utf8')).toBe('picture a');
    expect(prepared).toEqual({
      image: { folder: join(root, 'ready/img/40_sks dog'), pictures: 1, files: 3 },
      regularisation: { folder: join(root, 'ready/reg/1_dog'), pictures: 1, files: 1 },
      others: [],
      settings: {
        train_data_dir: join(root, 'ready/img'),
        reg_data_dir: join(root, 'ready/reg'),
        output_dir: join(root, 'ready/model'),
      },
    });
  });

  test('prompts are trimmed, and what no folder can be called becomes a space', async () => {
    const { image } = await prepareFolders(files, order({ instancePrompt: '  sks/1 ', classPrompt: ' big  dog. ' }));
    expect(image.folder).toBe(join(root, 'ready/img/40_sks 1 big dog'));
  });

  test.each([
    ['without regularisation images', { regularisationImages: ' ' }],
    ['with 0 repeats of them', { regularisationRepeats: 0 }],
  ])('%s there is no folder for them, and no setting', async (_, given) => {
    const { regularisation, settings } = await prepareFolders(files, order(given));
    expect(regularisation).toBeUndefined();
    expect(Object.keys(settings)).toEqual(['train_data_dir', 'output_dir']);
    expect(await nodeFiles.readdir(join(root, 'ready'))).toEqual(['img', 'log', 'model']);
  });

  test('a folder of regularisation images from before stays in use, as in Kohya', async () => {
    await prepareFolders(files, order());
    const { settings } = await prepareFolders(files, order({ regularisationImages: '' }));
    expect(settings['reg_data_dir']).toBe(join(root, 'ready/reg'));
  });

  test('folders of an earlier preparation, which would be trained on too, are named', async () => {
    await prepareFolders(files, order());
    const { others } = await prepareFolders(files, order({ repeats: 10 }));
    expect(others).toEqual([join(root, 'ready/img/40_sks dog')]);
  });

  test('a link that leads in a circle is not followed', async () => {
    await nodeFiles.symlink(join(root, 'mine'), join(root, 'mine', 'again'));
    await prepareFolders(files, order());
    expect(await tree(join(root, 'ready/img'))).toHaveLength(3);
  });
});

describe('a folder that is there already', () => {
  test('is replaced by the new copy', async () => {
    await prepareFolders(files, order());
    await put('mine/b.png', 'picture b');
    const { image } = await prepareFolders(files, order());
    expect(image.backup).toBeUndefined();
    expect(await nodeFiles.readdir(image.folder)).toEqual(['a.png', 'a.txt', 'b.png', 'notes']);
    expect(await nodeFiles.readdir(join(root, 'ready'))).toEqual(['img', 'log', 'model', 'reg']);
  });

  test.each([
    ['holds a picture of its own', 'ready/img/40_sks dog/extra.png'],
    ['holds another picture of the same name', 'ready/img/40_sks dog/a.png'],
  ])('and %s is kept as a backup', async (_, name) => {
    await prepareFolders(files, order());
    await put(name, 'drawn by hand');
    for (const backup of ['40_sks dog', '40_sks dog (2)']) {
      const { image } = await prepareFolders(files, order());
      expect(image.backup).toBe(join(root, 'ready/backup', backup));
      const kept = join(image.backup ?? '', name.split('/').at(-1) ?? '');
      expect(await nodeFiles.readFile(kept, 'utf8')).toBe('drawn by hand');
      await put(name, 'drawn by hand');
    }
  });

  test('stays as it was when the copying ends in the middle, and nothing half is left', async () => {
    await prepareFolders(files, order());
    await put('ready/img/40_sks dog/extra.png', 'drawn by hand');
    const before = await tree();
    let asked = 0;
    const stopped = (): boolean => ++asked > 1;
    await expect(prepareFolders(files, order(), stopped)).rejects.toMatchObject({
      report: { code: 'prepare/stopped', what: 'The copying was stopped before this folder was complete' },
    });
    expect(await tree()).toEqual(before);

    const brokenDisk = machineFiles({
      ...nodeFiles,
      open: (path, ...rest) =>
        String(path).endsWith('a.txt') && !String(path).includes('mine')
          ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
          : nodeFiles.open(path, ...rest),
    });
    await expect(prepareFolders(brokenDisk, order())).rejects.toMatchObject({ report: { code: 'file/no-space' } });
    expect(await tree()).toEqual(before);
  });
});

describe('what is refused', () => {
  test('prepare/missing: each input that is missing is named', async () => {
    expect(await refusal({ instancePrompt: ' ', trainingImages: '' })).toMatchObject({
      code: 'prepare/missing',
      what: 'Missing: the instance prompt and the folder of training images',
    });
    const none = { instancePrompt: '', classPrompt: '', trainingImages: '', destination: '' };
    expect((await refusal(none)).what).toBe(
      'Missing: the instance prompt, the class prompt, the folder of training images and the destination',
    );
  });

  test('prepare/prompt: a prompt that leaves no name for a folder', async () => {
    expect(await refusal({ classPrompt: ' ?? ' })).toMatchObject({
      code: 'prepare/prompt',
      what: 'The class prompt "??" has nothing in it that a folder can be named after',
    });
  });

  test.each([0, -1, 1.5, 100_001])('prepare/repeats: %d times', async (repeats) => {
    expect(await refusal({ repeats })).toMatchObject({
      code: 'prepare/repeats',
      what: `${repeats} is no number of repeats`,
    });
  });

  test('a folder that is not there, is a file, or holds no pictures', async () => {
    expect(await refusal({ trainingImages: join(root, 'no') })).toMatchObject({
      code: 'data/folder-missing',
      what: 'There is no such folder of training images',
    });
    expect(await refusal({ regularisationImages: join(root, 'dogs/one.jpg') })).toMatchObject({
      code: 'data/not-a-folder',
      what: 'A folder of regularisation images is needed here, but this is a file',
    });
    expect(await refusal({ trainingImages: join(root, 'mine/notes') })).toMatchObject({
      code: 'data/no-images',
      what: 'The folder of training images holds no pictures',
    });
  });

  test('file/no-space: a disk that does not hold the copies', async () => {
    const full = { ...files, freeSpace: () => Promise.resolve(10) };
    expect(await refusal({}, full)).toMatchObject({
      code: 'file/no-space',
      what: 'The copies need 0.0 MB, but the disk has only 0.0 MB left',
    });
  });

  test.each([
    [
      'the folder that the copy would replace',
      'ready/img/40_sks dog',
      'is the very folder that the copy would replace',
    ],
    ['one inside it', 'ready/img/40_sks dog/inner', 'lies inside the folder that the copy would replace'],
    ['one around the destination', '.', 'holds the folder that the copy would go to'],
  ])('prepare/overlap: %s as source, also through a link', async (_, source, sentence) => {
    await put(`${source}/p.png`, 'precious');
    await nodeFiles.symlink(join(root, source), join(root, 'link'));
    for (const trainingImages of [join(root, source), join(root, 'link')]) {
      const report = await refusal({ trainingImages });
      expect(report.code).toBe('prepare/overlap');
      expect(report.what).toContain(sentence);
    }
    const asRegularisation = await refusal({ regularisationImages: join(root, 'link') });
    expect(asRegularisation.what).toContain('The folder of regularisation images');
  });

  test('prepare/overlap: a destination that a link leads into the source', async () => {
    await nodeFiles.symlink(join(root, 'mine/notes'), join(root, 'elsewhere'));
    expect((await refusal({ destination: join(root, 'elsewhere') })).code).toBe('prepare/overlap');
  });
});
