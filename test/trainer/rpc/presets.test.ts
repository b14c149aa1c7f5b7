import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUILT_IN_PRESETS } from '../../../trainer/api/job/index.ts';
import { codeOf, serviceStage, type ServiceStage } from '../../support/service.ts';

const TABLE = { pretrained_model_name_or_path: 'm.safetensors', output_name: 'cat', network_dim: 16, seed: 3 };

const save = (stage: ServiceStage, name: string, more: { withPlaces?: boolean; replaces?: boolean } = {}) =>
  stage.client.call('presets.save', { name, table: TABLE, withPlaces: false, replaces: false, ...more });

const ownOf = async ({ client }: ServiceStage): Promise<readonly string[]> =>
  (await client.call('presets.list', {})).presets.filter(({ isBuiltIn }) => !isBuiltIn).map(({ name }) => name);

const errorOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error as Error).message,
  );

test('the presets that come with LoRA Loom are listed first, with what they are for', async () => {
  await using stage = await serviceStage();
  const { presets, broken } = await stage.client.call('presets.list', {});
  expect(broken).toEqual([]);
  expect(presets.map(({ name, about }) => ({ name, about }))).toEqual(
    BUILT_IN_PRESETS.map(({ name, about }) => ({ name, about })),
  );
  expect(presets[0]?.table).toMatchObject({ network_dim: 16, network_alpha: 8 });
});

test('a preset keeps settings without folders and paths, and with them when asked', async () => {
  await using stage = await serviceStage();
  await save(stage, ' My cat ');
  await save(stage, 'All of it', { withPlaces: true });
  const { presets } = await stage.client.call('presets.list', {});
  expect(presets.slice(BUILT_IN_PRESETS.length)).toEqual([
    { name: 'All of it', isBuiltIn: false, table: TABLE },
    { name: 'My cat', isBuiltIn: false, table: { network_dim: 16, seed: 3 } },
  ]);
  expect(await readFile(join(stage.folder, 'config', 'presets', 'My cat.toml'), 'utf8')).toBe(
    'network_dim = 16\nseed = 3\n',
  );
});

test('preset/taken: no preset takes the place of another unless asked, and none that of a built-in one', async () => {
  await using stage = await serviceStage();
  await save(stage, 'mine');
  expect(await errorOf(save(stage, 'Mine'))).toMatch(/^There is a preset "Mine" already\.\n.*Choose another name/);
  await save(stage, 'mine', { replaces: true, withPlaces: true });
  expect(await ownOf(stage)).toEqual(['mine']);
  const ours = save(stage, 'style, SD 1.5', { replaces: true });
  expect(await errorOf(ours)).toMatch(/is the name of a preset that comes with LoRA Loom/);
});

test('preset/name: a name that is no file name on every system is refused', async () => {
  await using stage = await serviceStage();
  for (const name of ['', '../mine', 'a/b', 'con', 'what?', 'x'.repeat(200)]) {
    expect(await codeOf(save(stage, name)), name).toBe('preset/name');
  }
  expect(await errorOf(save(stage, 'a/b'))).toContain("A preset's name must be a file name");
  await save(stage, 'mine');
  expect(await codeOf(stage.client.call('presets.rename', { name: 'mine', to: '..' }))).toBe('preset/name');
  expect(await readdir(join(stage.folder, 'config'))).toEqual(['presets']);
});

test('preset/empty: a preset of nothing is not saved', async () => {
  await using stage = await serviceStage();
  const call = stage.client.call('presets.save', {
    name: 'mine',
    table: { output_name: 'cat' },
    withPlaces: false,
    replaces: false,
  });
  expect(await errorOf(call)).toMatch(/nothing to save\.\n {2}Change a setting first/);
});

test('preset/missing: one is renamed and deleted, and then it is no longer there', async () => {
  await using stage = await serviceStage();
  const { client } = stage;
  await save(stage, 'mine');
  await client.call('presets.rename', { name: 'mine', to: 'Mine' });
  expect(await ownOf(stage)).toEqual(['Mine']);
  await save(stage, 'other');
  expect(await codeOf(client.call('presets.rename', { name: 'other', to: 'mine' }))).toBe('preset/taken');
  await client.call('presets.delete', { name: 'Mine' });
  expect(await ownOf(stage)).toEqual(['other']);
  expect(await errorOf(client.call('presets.delete', { name: 'Mine' }))).toContain(
    'There is no preset "Mine" of yours',
  );
  expect(await codeOf(client.call('presets.delete', { name: 'Style, SD 1.5' }))).toBe('preset/missing');
});

test('a file that is no preset is told with its reason, and the others are listed all the same', async () => {
  await using stage = await serviceStage();
  await save(stage, 'mine');
  const folder = join(stage.folder, 'config', 'presets');
  await writeFile(join(folder, 'broken.toml'), 'network_dim = = 8\n');
  await writeFile(join(folder, 'newer.toml'), 'network_dims = 8\n');
  await mkdir(join(folder, 'a folder.toml'));
  const { broken } = await stage.client.call('presets.list', {});
  expect(broken.map(({ name, error }) => [name, error.code])).toEqual([
    ['broken', 'job/syntax'],
    ['newer', 'job/unknown-key'],
  ]);
  expect(broken[0]?.error.where).toBe(join(folder, 'broken.toml'));
  expect(await ownOf(stage)).toEqual(['mine']);
  await stage.client.call('presets.delete', { name: 'broken' });
  expect((await stage.client.call('presets.list', {})).broken.map(({ name }) => name)).toEqual(['newer']);
});
