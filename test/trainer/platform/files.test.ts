import { spawnSync } from 'node:child_process';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import { machineFiles, type FileSystem } from '../../../trainer/platform/files.ts';

const files = machineFiles();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (data: Uint8Array): string => new TextDecoder().decode(data);

let folder = '';
beforeEach(async () => {
  folder = await nodeFiles.mkdtemp(join(tmpdir(), 'loom-files-'));
});
afterEach(async () => {
  await nodeFiles.rm(folder, { recursive: true, force: true });
});

/** Code and sentence of the UserError that the work ends with. */
async function complaint(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`no UserError but ${String(error)}`);
  return `${error.report.code}: ${error.report.what}. ${error.report.fix}`;
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as a test has it`), { code });
}

/** The machine's file functions, with every write of bytes failing as a full disk makes it fail. */
function fullDisk(): FileSystem {
  return {
    ...nodeFiles,
    open: async (...args) => {
      const handle = await nodeFiles.open(...args);
      handle.write = () => Promise.reject(systemError('ENOSPC'));
      return handle;
    },
    appendFile: () => Promise.reject(systemError('ENOSPC')),
  };
}

const failing = (name: 'stat' | 'readFile' | 'rename' | 'mkdir' | 'readdir', code: string): FileSystem => ({
  ...nodeFiles,
  [name]: () => Promise.reject(systemError(code)),
});

describe('moving', () => {
  test('takes a file to its new name, and replaces what has that', async () => {
    await files.write(join(folder, 'a'), bytes('new'));
    await files.write(join(folder, 'b'), bytes('old'));
    await files.move(join(folder, 'a'), join(folder, 'b'));
    expect(await files.list(folder)).toEqual([{ name: 'b', kind: 'file' }]);
    expect(textOf(await files.read(join(folder, 'b')))).toBe('new');
  });

  test('is refused in words where the system refuses it', async () => {
    const locked = machineFiles(failing('rename', 'EACCES'));
    expect(await complaint(locked.move(join(folder, 'a'), join(folder, 'b')))).toMatch(/^file\/unwritable: /);
  });
});

describe('writing', () => {
  test('a folder is made with those around it, and may be there already', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    await files.makeFolder(deep);
    await files.makeFolder(deep);
    expect(await files.status(deep)).toMatchObject({ kind: 'folder' });
  });

  test('a place where the system takes no folders is told, not tried forever', async () => {
    // As Linux's /proc: every folder is refused as missing, though the one around it exists.
    const mkdir = (path: unknown): Promise<undefined> =>
      Promise.reject(systemError(path === folder ? 'EEXIST' : 'ENOENT'));
    const refusing: FileSystem = { ...nodeFiles, mkdir };
    const sentence = await complaint(machineFiles(refusing).makeFolder(join(folder, 'a', 'b')));
    expect(sentence).toBe(
      'file/missing: The folder to write into does not exist. Make the folder, or choose another one.',
    );
  });

  test('a file gets its chunks in order, whatever they come as', async () => {
    async function* later(): AsyncGenerator<Uint8Array> {
      yield bytes('one ');
      await Promise.resolve();
      yield bytes('two');
    }
    const path = join(folder, 'a');
    await files.write(path, later());
    expect(textOf(await files.read(path))).toBe('one two');
    await files.write(path, [bytes('three '), new Uint8Array(0), bytes('four')]);
    expect(textOf(await files.read(path))).toBe('three four');
    await files.write(path, bytes('five'));
    expect(textOf(await files.read(path))).toBe('five');
    expect(await nodeFiles.readdir(folder)).toEqual(['a']);
  });

  test('a full disk leaves the old file as it was and nothing beside it', async () => {
    const path = join(folder, 'lora.safetensors');
    await files.write(path, bytes('old'));
    expect(await complaint(machineFiles(fullDisk()).write(path, bytes('new')))).toBe(
      'file/no-space: The disk is full. Free some space or choose a folder on another disk, then start again. What was there before is untouched.',
    );
    expect(textOf(await files.read(path))).toBe('old');
    expect(await nodeFiles.readdir(folder)).toEqual(['lora.safetensors']);
  });

  test.skipIf(process.platform !== 'linux')('a full device is told as such', async () => {
    // /dev/full answers every write with ENOSPC.
    expect(await complaint(files.append('/dev/full', 'line'))).toContain('file/no-space: The disk is full.');
  });

  test('an error of whoever makes the bytes passes through and leaves nothing behind', async () => {
    function* broken(): Generator<Uint8Array> {
      yield bytes('start');
      throw new RangeError('ours');
    }
    await expect(files.write(join(folder, 'a'), broken())).rejects.toThrow(RangeError);
    expect(await nodeFiles.readdir(folder)).toEqual([]);
  });

  test('a process that ends in the middle of a write leaves nothing beside', async () => {
    const script = [
      "import { machineFiles } from './trainer/platform/files.ts';",
      'async function* endless() { yield new Uint8Array(9); process.exit(130); }',
      `await machineFiles().write(${JSON.stringify(join(folder, 'a'))}, endless());`,
    ].join('\n');
    const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(status).toBe(130);
    expect(await nodeFiles.readdir(folder)).toEqual([]);
  });

  test('a failed rename leaves nothing beside', async () => {
    const work = machineFiles(failing('rename', 'EPERM')).write(join(folder, 'a'), bytes('x'));
    expect(await complaint(work)).toBe(
      'file/unwritable: The file cannot be written: the system does not permit it. Choose a folder of your own, or give yourself permission to write there. Close programs that have the file open.',
    );
    expect(await nodeFiles.readdir(folder)).toEqual([]);
  });

  test('a folder in the place of the file is told', async () => {
    await files.makeFolder(join(folder, 'a'));
    expect(await complaint(files.write(join(folder, 'a'), bytes('x')))).toContain(
      'file/is-folder: A file is needed here, but this is a folder.',
    );
  });

  test('a folder that does not exist is told', async () => {
    expect(await complaint(files.write(join(folder, 'no', 'a'), bytes('x')))).toBe(
      'file/missing: The folder to write into does not exist. Make the folder, or choose another one.',
    );
  });

  test('a file in the place of a folder is told', async () => {
    await files.write(join(folder, 'a'), bytes('x'));
    const sentence =
      'file/unwritable: The file cannot be written: a part of its path is a file, not a folder. Correct the path, or move that file away.';
    expect(await complaint(files.write(join(folder, 'a', 'b'), bytes('x')))).toBe(sentence);
    expect(await complaint(files.makeFolder(join(folder, 'a', 'b')))).toBe(sentence);
    expect(await complaint(files.makeFolder(join(folder, 'a')))).toBe(sentence);
  });

  test.each([
    ['EROFS', 'file/unwritable: The file cannot be written: the disk is read-only.'],
    ['EACCES', 'file/unwritable: The file cannot be written: the system does not permit it.'],
    ['EDQUOT', 'file/no-space: Your share of the disk is used up.'],
    ['ENAMETOOLONG', 'file/unwritable: The file cannot be written: its name is too long.'],
    ['EBUSY', 'file/unwritable: The file cannot be written: another program uses it.'],
    ['EIO', 'file/unwritable: The file cannot be written (the system says EIO).'],
  ])('%s is told in words', async (code, words) => {
    expect(await complaint(machineFiles(failing('mkdir', code)).makeFolder('x'))).toContain(words);
  });

  test('appending adds to the end', async () => {
    const path = join(folder, 'metrics.jsonl');
    await files.append(path, '1\n');
    await files.append(path, '2\n');
    expect(textOf(await files.read(path))).toBe('1\n2\n');
  });

  test('removing a file that is not there is no error, removing a folder is one', async () => {
    await files.remove(join(folder, 'a'));
    await files.makeFolder(join(folder, 'b'));
    await expect(files.remove(join(folder, 'b'))).rejects.toBeInstanceOf(UserError);
  });

  test('removing a folder takes all that is inside, and none there is no error', async () => {
    await files.removeFolder(join(folder, 'none'));
    await files.writeFolder(join(folder, 'a'), new Map([['b/c', bytes('x')]]));
    await files.removeFolder(join(folder, 'a'));
    expect(await nodeFiles.readdir(folder)).toEqual([]);
  });
});

describe('writing a folder', () => {
  const model = (text: string) =>
    new Map([
      ['index', bytes(text)],
      ['unet/weights', bytes(`${text} weights`)],
    ]);
  const read = async (name: string): Promise<string> => textOf(await files.read(join(folder, 'model', name)));

  test('makes its files and the folders inside, and an older folder is gone', async () => {
    const path = join(folder, 'model');
    await files.writeFolder(path, new Map([['left/over', bytes('x')]]));
    await files.writeFolder(path, model('new'));
    expect([await read('index'), await read('unet/weights')]).toEqual(['new', 'new weights']);
    expect((await files.list(path)).map(({ name }) => name)).toEqual(['index', 'unet']);
    expect(await nodeFiles.readdir(folder)).toEqual(['model']);
  });

  test('a full disk leaves the old folder as it was and nothing beside it', async () => {
    const path = join(folder, 'model');
    await files.writeFolder(path, model('old'));
    expect(await complaint(machineFiles(fullDisk()).writeFolder(path, model('new')))).toContain(
      'file/no-space: The disk is full.',
    );
    expect(await read('unet/weights')).toBe('old weights');
    expect(await nodeFiles.readdir(folder)).toEqual(['model']);
  });

  test('a rename that fails after the old folder has made way brings the old one back', async () => {
    const path = join(folder, 'model');
    await files.writeFolder(path, model('old'));
    const system: FileSystem = {
      ...nodeFiles,
      rename: (from, to) =>
        String(from).endsWith('.part') ? Promise.reject(systemError('EPERM')) : nodeFiles.rename(from, to),
    };
    expect(await complaint(machineFiles(system).writeFolder(path, model('new')))).toContain('file/unwritable');
    expect(await read('index')).toBe('old');
    expect(await nodeFiles.readdir(folder)).toEqual(['model']);
  });

  test('a file of the name stays, and is told', async () => {
    await files.write(join(folder, 'model'), bytes('precious'));
    expect(await complaint(files.writeFolder(join(folder, 'model'), model('new')))).toContain(
      'a part of its path is a file, not a folder. Correct the path, or move that file away.',
    );
    expect(textOf(await files.read(join(folder, 'model')))).toBe('precious');
    expect(await nodeFiles.readdir(folder)).toEqual(['model']);
  });
});

describe('reading', () => {
  test('a missing file is told with its path', async () => {
    const path = join(folder, 'nothing');
    expect(await complaint(files.read(path))).toBe(
      'file/missing: There is no such file or folder. Check the path: capital letters count, and a relative path starts at the folder you are in.',
    );
    await expect(files.read(path)).rejects.toMatchObject({ report: { where: path } });
    expect(await files.status(path)).toBeUndefined();
    expect(await files.status(join(path, 'below'))).toBeUndefined();
  });

  test('a folder in the place of a file is told', async () => {
    expect(await complaint(files.read(folder))).toBe(
      'file/is-folder: A file is needed here, but this is a folder. Give the path of a file inside it.',
    );
  });

  test.each([
    ['EACCES', 'file/unreadable: The file cannot be read: the system does not permit it.'],
    ['EMFILE', 'file/unreadable: The file cannot be read: too many files are open.'],
    ['ERR_FS_FILE_TOO_LARGE', 'file/unreadable: The file cannot be read: it is larger than 2 GiB.'],
  ])('%s is told in words', async (code, words) => {
    expect(await complaint(machineFiles(failing('readFile', code)).read('x'))).toContain(words);
  });

  test('a range has exactly its bytes, or the file is called short', async () => {
    const path = join(folder, 'a');
    await files.write(path, bytes('0123456789'));
    expect(textOf(await files.readRange(path, 3, 4))).toBe('3456');
    expect(await files.readRange(path, 10, 0)).toHaveLength(0);
    expect(await complaint(files.readRange(path, 8, 4))).toBe(
      'file/unreadable: The file ends at byte 10, but 12 bytes were expected. It was cut off or changed while it was read: copy or download it again.',
    );
  });

  test('a list leaves out pipes, linked to or not: reading one would never end', async (context) => {
    const pipe = join(folder, 'pipe.png');
    if (spawnSync('mkfifo', [pipe]).status !== 0) return context.skip('this system makes no pipes');
    await nodeFiles.symlink(pipe, join(folder, 'link.png'));
    await nodeFiles.writeFile(join(folder, 'cat.png'), 'x');
    expect(await files.list(folder)).toEqual([{ name: 'cat.png', kind: 'file' }]);
  });

  test('a list leaves out links in a circle and links to what may not be looked at', async () => {
    await files.write(join(folder, 'a'), bytes('x'));
    await nodeFiles.symlink('circle.png', join(folder, 'circle.png'));
    expect((await files.list(folder)).map(({ name }) => name)).toEqual(['a']);

    await nodeFiles.symlink('a', join(folder, 'forbidden.png'));
    const forbidden = machineFiles(failing('stat', 'EACCES'));
    expect((await forbidden.list(folder)).map(({ name }) => name)).toEqual(['a']);
  });

  test('a list is sorted, follows links and leaves out those that lead nowhere', async () => {
    await files.write(join(folder, 'b'), bytes(''));
    await files.makeFolder(join(folder, 'a'));
    await nodeFiles.symlink(join(folder, 'a'), join(folder, 'c'));
    await nodeFiles.symlink(join(folder, 'none'), join(folder, 'd'));
    expect(await files.list(folder)).toEqual([
      { name: 'a', kind: 'folder' },
      { name: 'b', kind: 'file' },
      { name: 'c', kind: 'folder' },
    ]);
  });

  test('the hash is that of the bytes asked for', async () => {
    const path = join(folder, 'a');
    await files.write(path, bytes('xxabcyy'));
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await files.sha256(path, 2, 3)).toBe(abc);
    await files.write(path, bytes('xxabc'));
    expect(await files.sha256(path, 2)).toBe(abc);
    expect(await complaint(files.sha256(path, 2, 9))).toContain('The file ends at byte 5, but 11 bytes were expected');
  });

  test('the status tells kind and size', async () => {
    await files.write(join(folder, 'a'), bytes('12345'));
    expect(await files.status(join(folder, 'a'))).toMatchObject({ kind: 'file', size: 5 });
    expect(await files.status(folder)).toMatchObject({ kind: 'folder' });
  });

  test('free space of a folder that is yet to be made is that of its volume', async () => {
    const here = await files.freeSpace(folder);
    const there = await files.freeSpace(join(folder, 'x', 'y'));
    expect(here).toBeGreaterThan(0);
    // Other programs write meanwhile; a gigabyte is far more than they do in a moment and far less than a wrong unit.
    expect(Math.abs((here ?? 0) - (there ?? 0))).toBeLessThan(2 ** 30);
  });

  test('what is yet to be made will be on the disk of the nearest folder that is there', async () => {
    expect(await files.onSameDisk(join(folder, 'x', 'y'), folder)).toBe(true);
  });

  // A file system of the kernel's own, on no disk.
  test.skipIf(process.platform !== 'linux')('folders of two disks share no space', async () => {
    expect(await files.onSameDisk('/proc/1', join(folder, 'x'))).toBe(false);
  });
});
