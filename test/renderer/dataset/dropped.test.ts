import { expect, test } from 'vitest';
import { droppedFiles, type Dropped } from '../../../renderer/dataset/dropped-files.ts';
import { planOf } from '../../../renderer/dataset/kohya-tree.ts';
import { sendFiles, takePaths } from '../../../renderer/dataset/take-dropped.ts';
import { createConnection } from '../../../renderer/service/connection.ts';
import { createApp, type App } from '../../../renderer/state/app.ts';
import { LARGEST_SENT_FILE } from '../../../trainer/api/dataset-files.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import { fakeService, type FakeService } from '../fake-service.ts';

/** Files with the paths that they were dropped with. */
const dropped = (...paths: string[]): Dropped => ({
  files: paths.map((path) => {
    const parts = path.split('/');
    return { folders: parts.slice(0, -1), file: new File(['x'], parts.at(-1) ?? '') };
  }),
  left: [],
});

const placesOf = (drop: Dropped): string[] =>
  planOf(drop).files.map(({ below, file }) => (below === '' ? file.name : `${below}/${file.name}`));

function entry(name: string, inside?: readonly FileSystemEntry[]): FileSystemEntry {
  if (inside === undefined) {
    const file = (done: (file: File) => void): void => done(new File(['x'], name));
    return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const batches = [inside.slice(0, 1), inside.slice(1), []].filter((batch, at) => batch.length > 0 || at === 2);
  const readEntries = (done: (entries: readonly FileSystemEntry[]) => void): void => done(batches.shift() ?? []);
  const createReader = (): unknown => ({ readEntries });
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

const listOf = (...entries: FileSystemEntry[]): Parameters<typeof droppedFiles>[0] =>
  ({ items: entries.map((one) => ({ webkitGetAsEntry: () => one })) }) as unknown as Parameters<typeof droppedFiles>[0];

test('folders are opened with their names; what lies deeper than Kohya’s folders is said', async () => {
  const tree = entry('cats', [
    entry('img', [entry('10_sks cat', [entry('a.png'), entry('a.txt'), entry('more', [entry('b.png')])])]),
  ]);
  const { files, left } = await droppedFiles(listOf(tree));
  expect(files.map(({ folders, file }) => [...folders, file.name].join('/'))).toEqual([
    'cats/img/10_sks cat/a.png',
    'cats/img/10_sks cat/a.txt',
  ]);
  expect(left).toEqual([{ name: 'cats/img/10_sks cat/more', why: 'Deeper in folders than Kohya’s datasets go' }]);
});

test('a Kohya tree keeps its folders, for training and for regularisation, however deep it was dropped', () => {
  const expected = ['img/10_sks cat/a.png', 'img/10_sks cat/a.caption', 'img/2_dog/a.png', 'reg/1_cat/b.png'];
  const tree = ['img/10_sks cat/a.png', 'img/10_sks cat/a.caption', 'img/2_dog/a.png', 'reg/1_cat/b.png'];
  expect(placesOf(dropped(...tree))).toEqual(expected);
  expect(placesOf(dropped(...tree.map((path) => `my cats/${path}`)))).toEqual(expected);
  expect(placesOf(dropped('10_a/x.png', '5_b/x.png'))).toEqual(['img/10_a/x.png', 'img/5_b/x.png']);
});

test('one folder of pictures is a dataset itself, and loose files go into the one that is open', () => {
  expect(planOf(dropped('10_sks cat/a.png', '10_sks cat/a.cap'))).toMatchObject({ kind: 'plain', name: '10_sks cat' });
  expect(placesOf(dropped('10_sks cat/a.png', '10_sks cat/a.cap'))).toEqual(['a.png', 'a.cap']);
  expect(planOf(dropped('a.png'))).toMatchObject({ kind: 'loose', left: [] });
});

test('each file that has no place is left with its reason; what the system hides is not worth a word', () => {
  const huge = new File([], 'huge.png');
  Object.defineProperty(huge, 'size', { value: LARGEST_SENT_FILE + 1 });
  const { files } = dropped(
    'img/10_a/x.png',
    'img/notes.pdf',
    'img/loose.png',
    'y.png',
    'img/.DS_Store',
    'img/0_b/z.png',
  );
  const { left } = planOf({ files: [...files, { file: huge, folders: ['img', '10_a'] }], left: [] });
  const noRepeats = 'Its folder is not named “<repeats>_<name>”, as in “10_sks cat”';
  expect(left).toEqual([
    { name: 'img/notes.pdf', why: 'Neither a picture nor a caption' },
    { name: 'img/10_a/huge.png', why: 'Larger than 256 MB' },
    { name: 'img/loose.png', why: noRepeats },
    { name: 'y.png', why: 'Dropped beside a folder, which is a dataset of its own' },
    { name: 'img/0_b/z.png', why: noRepeats },
  ]);
});

test('files and folders whose names differ in capitals or the spelling of an accent alone are not both taken', () => {
  const twins = ['img/1_a/caf\u00e9.png', 'img/1_a/CAFE\u0301.PNG', 'img/1_A/b.png', 'img/2_b/caf\u00e9.png'];
  const { files, left } = planOf(dropped(...twins));
  expect(files.map(({ below }) => below)).toEqual(['img/1_a', 'img/2_b']);
  const why = 'Another file or folder has the same name, or one that differs in capital letters alone';
  expect(left).toEqual(twins.slice(1, 3).map((name) => ({ name, why })));
});

async function appOf(
  given: Parameters<typeof fakeService>[0] = {},
): Promise<{ app: App; service: FakeService; sent: string[] }> {
  const sent: string[] = [];
  const service = fakeService({
    'dataset.create': ({ name }) => ({ folder: `/work/${name}` }),
    'dataset.add': ({ folder, paths }) => ({
      added: paths.filter((path) => path.endsWith('.png')).map((path) => `${folder}/${path.split('/').at(-1) ?? ''}`),
    }),
    ...given,
  });
  const app = createApp({
    connection: createConnection(service.transport),
    pictureUrl: (path) => path,
    upload: ({ folder, below }, { name }) => {
      if (name === 'twin.png') {
        return Promise.reject(new UserError({ code: 'upload/taken', what: 'It is there already', fix: 'Rename it.' }));
      }
      sent.push(`${folder}/${below}/${name}`);
      return Promise.resolve();
    },
  });
  await expect.poll(() => app.info.getState().info).toBeDefined();
  app.job.getState().load({ table: { instance_prompt: 'old words', num_repeats: 3 } });
  return { app, service, sent };
}

test('a tree that is sent becomes the dataset with its class images, and a twin keeps no other file from it', async () => {
  const { app, sent } = await appOf();
  const files = dropped('cats/img/10_a/twin.png', 'cats/img/10_a/x.png', 'cats/reg/1_cat/y.png');
  const taken = await sendFiles(app, files, () => undefined);
  expect(sent).toEqual(['/work/cats/img/10_a/x.png', '/work/cats/reg/1_cat/y.png']);
  expect(taken).toEqual({ files: 2, left: [{ name: 'img/10_a/twin.png', why: 'It is there already' }] });
  expect(app.job.getState().table).toEqual({ train_data_dir: '/work/cats/img', reg_data_dir: '/work/cats/reg' });
  app.job.getState().undo();
  expect(app.job.getState().table).toEqual({ instance_prompt: 'old words', num_repeats: 3 });
});

/** What lies in each folder; a name that ends with "/" is a folder. */
const onDisk = (tree: Readonly<Record<string, readonly string[]>>): Parameters<typeof fakeService>[0] => ({
  'files.status': ({ path }) => ({ kind: path in tree ? 'folder' : 'file' }),
  'files.list': ({ path }) => ({
    folder: path,
    entries: (tree[path] ?? []).map((name) => ({
      name: name.replace('/', ''),
      kind: name.endsWith('/') ? 'folder' : 'file',
      path: `${path}/${name.replace('/', '')}`,
    })),
  }),
});

test('in the desktop app pictures that are dropped without a dataset make one', async () => {
  const { app } = await appOf(onDisk({}));
  const taken = await takePaths(app, ['/home/a.png', '/home/notes.pdf']);
  expect(app.job.getState().table).toMatchObject({ train_data_dir: '/work/pictures' });
  expect(taken).toEqual({
    files: 1,
    left: [{ name: 'notes.pdf', why: 'No picture, or a picture of that name is there already' }],
  });
});

test('in the desktop app a folder becomes the dataset: "img" and "reg" in their places, a plain one with its words', async () => {
  const tree = { '/d': ['img/', 'reg/', 'log/'], '/d/img': ['10_a/'], '/d/reg': ['1_cat/'], '/d/log': [] };
  const { app } = await appOf(onDisk({ ...tree, '/p/10_sks cat': ['a.png'] }));
  expect(await takePaths(app, ['/d'])).toEqual({ files: 0, left: [] });
  expect(app.job.getState().table).toEqual({ train_data_dir: '/d/img', reg_data_dir: '/d/reg' });
  await takePaths(app, ['/p/10_sks cat']);
  expect(app.job.getState().table).toMatchObject({
    train_data_dir: '/p/10_sks cat',
    instance_prompt: 'sks cat',
    num_repeats: 10,
  });
});

test('of several folders that cannot all be the dataset, each that is left over is said', async () => {
  const { app } = await appOf(onDisk({ '/cats': ['10_a/'], '/dogs': ['5_b/'] }));
  expect(await takePaths(app, ['/cats', '/dogs', '/x.png'])).toEqual({
    files: 0,
    left: [
      {
        name: 'dogs',
        why: 'One folder can be the dataset, and that is “cats” now. Put both into one folder, named “<repeats>_<name>”, and drop that.',
      },
      { name: 'x.png', why: 'Dropped beside a folder, which is a dataset of its own' },
    ],
  });
  expect(app.job.getState().table).toEqual({ train_data_dir: '/cats' });
});
