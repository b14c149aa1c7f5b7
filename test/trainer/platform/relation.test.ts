import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { relationOf, type RelationSystem } from '../../../trainer/platform/relation.ts';

let root = '';
beforeEach(async () => {
  root = await nodeFiles.realpath(await nodeFiles.mkdtemp(join(tmpdir(), 'loom-relation-')));
  await nodeFiles.mkdir(join(root, 'pictures', 'cats'), { recursive: true });
});
afterEach(() => nodeFiles.rm(root, { recursive: true, force: true }));

const relation = (path: string, other: string, system: RelationSystem = nodeFiles) =>
  relationOf(system, join(root, path), join(root, other));

test('places are the same, inside, around or apart, also those that are not there yet', async () => {
  expect(await relation('pictures', 'pictures')).toBe('same');
  expect(await relation('pictures/cats', 'pictures')).toBe('inside');
  expect(await relation('pictures', 'pictures/cats')).toBe('around');
  expect(await relation('pictures', 'pictures/new/img')).toBe('around');
  expect(await relation('new', 'new/img')).toBe('around');
  expect(await relation('pictures', 'pictures and more')).toBe('apart');
});

test('links are followed', async () => {
  await nodeFiles.symlink(join(root, 'pictures', 'cats'), join(root, 'link'));
  expect(await relation('link', 'pictures/cats')).toBe('same');
  expect(await relation('link/new', 'pictures')).toBe('inside');
});

/** A disk that takes "PICTURES" and "pictures" for one name, and whose realpath keeps the spelling that it is asked with. */
const careless = {
  realpath: async (path: string) => {
    await nodeFiles.stat(path.toLowerCase());
    return path;
  },
  stat: (path: string, options: { bigint: true }) => nodeFiles.stat(path.toLowerCase(), options),
} as unknown as RelationSystem;

test('another spelling is the same place where the disk says so', async () => {
  root = await nodeFiles.mkdtemp(join(tmpdir().toLowerCase(), 'loom-relation-'));
  const lower = root.toLowerCase();
  if (lower !== root) await nodeFiles.rename(root, lower);
  root = lower;
  await nodeFiles.mkdir(join(root, 'pictures', 'cats'), { recursive: true });
  expect(await relation('PICTURES', 'pictures', careless)).toBe('same');
  expect(await relation('Pictures/Cats', 'pictures', careless)).toBe('inside');
  expect(await relation('PICTURES/new', 'pictures', careless)).toBe('inside');
  expect(await relation('pictures', 'PICTURES/cats', careless)).toBe('around');
});
