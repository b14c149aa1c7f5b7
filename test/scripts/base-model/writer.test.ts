import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createCanvas } from '../../../scripts/base-model/canvas.ts';
import { createFolder } from '../../../scripts/base-model/writer.ts';

const place = await mkdtemp(join(tmpdir(), 'lora-loom-writer-'));
afterAll(() => rm(place, { recursive: true }));

test('a folder of pictures replaces an older one, and no folder that holds anything else', async () => {
  const folder = join(place, 'set');
  for (const name of ['first', 'second']) {
    const writer = createFolder(folder, '1_emoji');
    await writer.add(name, createCanvas(), 'a cat');
    writer.finish();
  }
  expect((await readdir(join(folder, '1_emoji'))).sort()).toEqual(['second.png', 'second.txt']);
  await writeFile(join(folder, 'job.toml'), 'seed = 1');
  expect(() => createFolder(folder, '1_emoji')).toThrow('job.toml is in it; give another folder with --out');
  expect((await readdir(folder)).sort()).toEqual(['1_emoji', 'job.toml']);
});
