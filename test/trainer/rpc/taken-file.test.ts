import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serviceStage } from '../../support/service.ts';

const TABLE = { pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o', seed: 3 };

test('file/taken: a job does not take the place of a file that it was not opened from', async () => {
  await using stage = await serviceStage();
  const path = join(stage.folder, 'cat.toml');
  await writeFile(path, '# years of work\n');
  const save = stage.client.call('job.save', { path, table: TABLE });
  await expect(save).rejects.toMatchObject({
    report: {
      code: 'file/taken',
      what: 'A file named cat.toml is there already',
      where: path,
      fix: 'Save under another name, or let the new file take the place of the old one.',
      details: { path, free: join(stage.folder, 'cat-2.toml') },
    },
  });
  expect(await readFile(path, 'utf8')).toBe('# years of work\n');
});

test('a job takes the place of the file that it names, by whatever way that is spelled', async () => {
  await using stage = await serviceStage();
  const { client, folder } = stage;
  const { path } = await client.call('job.save', { path: join(folder, 'cat'), table: TABLE });
  const replaces = join(folder, 'sub', '..', 'cat.toml');
  await client.call('job.save', { path, table: { ...TABLE, seed: 4 }, replaces });
  expect((await client.call('job.open', { path })).table).toEqual({ ...TABLE, seed: 4 });
});

test('"cat" was agreed to, but "cat.toml" is what would be lost: it is asked for', async () => {
  await using stage = await serviceStage();
  const path = join(stage.folder, 'cat');
  await writeFile(`${path}.toml`, '# mine\n');
  await writeFile(join(stage.folder, 'cat-2.toml'), '# too\n');
  await expect(stage.client.call('job.save', { path, table: TABLE, replaces: path })).rejects.toMatchObject({
    report: { code: 'file/taken', details: { free: join(stage.folder, 'cat-3.toml') } },
  });
});

test('an export asks as a save does; a folder of the name cannot be replaced at all', async () => {
  await using stage = await serviceStage();
  const { client, folder } = stage;
  const order = { table: TABLE, format: 'kohya-json', path: join(folder, 'cat.json') } as const;
  await client.call('job.export', order);
  await expect(client.call('job.export', order)).rejects.toMatchObject({ report: { code: 'file/taken' } });
  await client.call('job.export', { ...order, replaces: order.path });
  await mkdir(join(folder, 'dog.json'));
  const onFolder = client.call('job.export', { ...order, path: join(folder, 'dog.json') });
  await expect(onFolder).rejects.toMatchObject({ report: { code: 'file/is-folder' } });
});
