import { describe, expect, test } from 'vitest';
import { parseJob } from '../../../../trainer/api/job/index.ts';
import {
  digestIn,
  findClassFolder,
  movePicture,
  pictureName,
  readClassFolder,
} from '../../../../trainer/train/class-images/class-folder.ts';
import { memoryFiles } from '../../../support/memory-files.ts';

const FOLDER = '/reg/1_a dog';
const [A, B, C] = ['0123456789abcdef', '123456789abcdef0', '23456789abcdef01'] as const;
const PLACE = { folder: FOLDER, name: '1_a dog', repeats: 1 };

test('the name of a class image has its place and its digest, and no other picture is taken for one', () => {
  expect(pictureName(12, A)).toBe(`class-000012-${A}.png`);
  expect(digestIn(pictureName(12, A))).toBe(A);
  // More than a million still have names.
  expect(digestIn(pictureName(2_000_000, A))).toBe(A);
  for (const other of ['mine.png', `class-000012-${A}.jpg`, `class-12-${A}.png`, `a class-000012-${A}.png`]) {
    expect(digestIn(other), other).toBeUndefined();
  }
});

describe('the folder of a class', () => {
  const found = (class_prompt: string, tree: Readonly<Record<string, string>> = {}) => {
    const least = { pretrained_model_name_or_path: '/sd.safetensors', train_data_dir: '/in', output_dir: '/out' };
    return findClassFolder(memoryFiles(tree), parseJob({ ...least, reg_data_dir: '/reg', class_prompt }, 'the test'));
  };

  test('is the one that has its name, with whatever repeats', async () => {
    expect(await found('a dog')).toEqual(PLACE);
    const tree = { '/reg/0_a dog/x': '', '/reg/3_a dog/x': '', '/reg/3_a cat/x': '', '/reg/a dog/x': '' };
    expect(await found('a dog', tree)).toEqual({ folder: '/reg/3_a dog', name: '3_a dog', repeats: 3 });
  });

  test('leaves out what no folder can be called, and then the captions say it', async () => {
    expect(await found(' a dog: "Rex"? ')).toEqual({
      folder: '/reg/1_a dog Rex',
      name: '1_a dog Rex',
      repeats: 1,
      caption: 'a dog: "Rex"?',
    });
  });

  test('classes/folder: is no file', async () => {
    await expect(found('a dog', { '/reg': 'x' })).rejects.toMatchObject({
      report: {
        code: 'classes/folder',
        what: 'reg_data_dir names a file, where a folder for class images is expected',
      },
    });
  });
});

describe('what lies in the folder', () => {
  test('is nothing where there is none yet, and none is made by looking', async () => {
    const files = memoryFiles({});
    expect(await readClassFolder(files, FOLDER)).toEqual({ pictures: [], removed: new Set(), foreign: [] });
    expect(await files.list('/')).toEqual([]);
  });

  test('are class images there and aside, digests of removed ones, and pictures from elsewhere', async () => {
    const files = memoryFiles({
      [`${FOLDER}/${pictureName(1, A)}`]: 'a',
      [`${FOLDER}/.aside/${pictureName(0, B)}`]: 'b',
      [`${FOLDER}/.removed/${pictureName(2, C)}`]: 'c',
      [`${FOLDER}/mine.png`]: 'x',
      [`${FOLDER}/notes.txt`]: 'x',
      // Cut off in the middle of a line.
      [`${FOLDER}/.made`]: `${pictureName(1, A)}\n${pictureName(2, C)}\nclass-0000`,
    });
    const { pictures, removed, foreign } = await readClassFolder(files, FOLDER);
    expect(pictures.map(({ digest, isAside }) => [digest, isAside])).toEqual([
      [B, true],
      [A, false],
    ]);
    expect([[...removed], foreign]).toEqual([[C], ['mine.png']]);
    // Not listed before, so noted by the look at it: gone, it is a removed one.
    await files.remove(`${FOLDER}/.aside/${pictureName(0, B)}`);
    expect((await readClassFolder(files, FOLDER)).removed).toEqual(new Set([C, B]));
  });
});

test('a picture goes aside and comes back with its caption', async () => {
  const name = pictureName(0, A);
  const files = memoryFiles({ [`${FOLDER}/${name}`]: 'a', [`${FOLDER}/${name.replace('.png', '.txt')}`]: 'a dog' });
  const only = async () => {
    const { pictures } = await readClassFolder(files, FOLDER);
    return pictures[0] ?? { digest: '', name: '', file: '', isAside: false };
  };
  const before = [...files.contents.keys()];
  await movePicture(files, PLACE, await only(), '.txt');
  expect((await files.list(`${FOLDER}/.aside`)).map((entry) => entry.name)).toEqual([
    name,
    name.replace('.png', '.txt'),
  ]);
  expect(await only()).toMatchObject({ isAside: true });
  await movePicture(files, PLACE, await only(), '.txt');
  expect(await files.list(`${FOLDER}/.aside`)).toEqual([]);
  expect([...files.contents.keys()].filter((path) => !path.endsWith('.made')).toSorted()).toEqual(before.toSorted());
});
