import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../trainer/cli/program.ts';
import { fakeTerminal } from './fake-terminal.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'prepare-'));
  await mkdir(join(root, 'mine'));
  await writeFile(join(root, 'mine', 'a.png'), 'a picture');
  await writeFile(join(root, 'mine', 'a.txt'), 'a sks dog');
});
afterAll(() => rm(root, { recursive: true }));

async function prepare(...words: string[]) {
  const terminal = fakeTerminal();
  const code = await runCommandLine(['prepare', ...words], terminal);
  return { code, ...terminal.written };
}

const given = (): string[] => [
  ...['--instance-prompt', 'sks', '--class-prompt', 'dog', '--training-images', join(root, 'mine')],
  ...['--destination', join(root, 'ready')],
];

describe('the prepare command', () => {
  test('copies pictures with their captions and says what the job needs', async () => {
    const { code, out, error } = await prepare(...given());
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const folder = join(root, 'ready', 'img', '40_sks dog');
    expect(out).toContain(`1 picture in ${folder} (2 files copied)\n`);
    expect(out).toContain(`  train_data_dir = ${JSON.stringify(join(root, 'ready', 'img'))}\n`);
    expect(await readdir(folder)).toEqual(['a.png', 'a.txt']);
  });

  test('prints the same as JSON, and names folders from before', async () => {
    const { out } = await prepare(...given(), '--repeats', '5', '--json');
    expect(JSON.parse(out)).toMatchObject({
      image: { folder: join(root, 'ready', 'img', '5_sks dog'), pictures: 1, files: 2 },
      others: [join(root, 'ready', 'img', '40_sks dog')],
    });
  });

  test('names what is missing', async () => {
    const { code, error } = await prepare('--class-prompt', 'dog', '--destination', root);
    expect(code).not.toBe(0);
    expect(error).toContain('Error: Missing: the instance prompt and the folder of training images.\n');
  });

  test('takes whole numbers as repeats only', async () => {
    expect((await prepare(...given(), '--repeats', 'many')).error).toContain('It must be a whole number.');
  });
});
