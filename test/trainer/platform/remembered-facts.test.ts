import { expect, test } from 'vitest';
import type { FileStatus } from '../../../trainer/base/ports.ts';
import { rememberByFile } from '../../../trainer/platform/remembered-facts.ts';

function stage(answer: (path: string) => Promise<string> = (path) => Promise.resolve(`facts of ${path}`)) {
  const status: { modified: number } = { modified: 1 };
  const asked: [string, number][] = [];
  const files = {
    status: (): Promise<FileStatus> => Promise.resolve({ kind: 'file', size: 10, modified: status.modified }),
  };
  const facts = rememberByFile(files, (path: string, side: number) => {
    asked.push([path, side]);
    return answer(path);
  });
  return { status, asked, facts };
}

test('a file is looked into once, also by two who ask at the same time', async () => {
  const { asked, facts } = stage();
  expect(await Promise.all([facts('/a.png', 64), facts('/a.png', 64)])).toEqual(['facts of /a.png', 'facts of /a.png']);
  await facts('/a.png', 64);
  expect(asked).toEqual([['/a.png', 64]]);
});

test('a file that changed, and another question about it, are looked into anew', async () => {
  const { asked, facts, status } = stage();
  await facts('/a.png', 64);
  await facts('/a.png', 32);
  status.modified = 2;
  await facts('/a.png', 64);
  expect(asked).toEqual([
    ['/a.png', 64],
    ['/a.png', 32],
    ['/a.png', 64],
  ]);
});

test('a failure is not remembered', async () => {
  let isDown = true;
  const { facts } = stage((path) => (isDown ? Promise.reject(new Error('no disk')) : Promise.resolve(path)));
  await expect(facts('/a.png', 64)).rejects.toThrow('no disk');
  isDown = false;
  expect(await facts('/a.png', 64)).toBe('/a.png');
});
