import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, serviceStage } from '../../support/service.ts';

test('sample prompts are read where they are, made with their folder, and told when something is wrong', async () => {
  await using stage = await serviceStage();
  const { client, folder } = stage;
  const path = join(folder, 'prompts', 'mine.txt');
  expect(await client.call('prompts.read', { path })).toMatchObject({ text: '', exists: false });
  expect(await client.call('prompts.write', { path, text: '# mine\na cat --w 64' })).toEqual({ problems: [] });
  expect(await readFile(path, 'utf8')).toBe('# mine\na cat --w 64\n');
  const { problems } = await client.call('prompts.write', { path, text: 'a cat --w wide' });
  expect(problems[0]).toMatchObject({ code: 'prompts/value', where: `${path}, line 1` });
  expect(await client.call('prompts.read', { path })).toMatchObject({
    text: 'a cat --w wide\n',
    exists: true,
    problems,
  });
  expect(await codeOf(client.call('prompts.write', { path: join(folder, 'mine.toml'), text: '' }))).toBe(
    'prompts/file-type',
  );
});

test("sample prompts of a job of Kohya's GUI become a file of the app's own, and none takes another's place", async () => {
  await using stage = await serviceStage();
  const gui = JSON.stringify({ output_name: '../mochi', sample_prompts: 'a cat --w 64\n# mine\na dog' });
  const { prompts = '' } = await stage.client.call('job.import', { text: gui });
  const paths: string[] = [];
  for (const text of [prompts, 'a bird']) {
    paths.push((await stage.client.call('prompts.keep', { name: '../mochi', text })).path);
  }
  const folder = join(stage.folder, 'work', 'prompts');
  expect(paths).toEqual([join(folder, 'mochi.txt'), join(folder, 'mochi-2.txt')]);
  expect(await readFile(join(folder, 'mochi.txt'), 'utf8')).toBe('a cat --w 64\n# mine\na dog\n');
});

test('prompts/bundled: the sample prompts that come with LoRA Loom are read and never written over', async () => {
  await using stage = await serviceStage();
  const path = 'bundled:sample-prompts';
  expect((await stage.client.call('prompts.read', { path })).text).toContain('a sks cat');
  await expect(stage.client.call('prompts.write', { path, text: 'a dog' })).rejects.toMatchObject({
    report: {
      code: 'prompts/bundled',
      what: 'These sample prompts come with LoRA Loom and are not written over',
      fix: expect.stringContaining('path of your own') as string,
    },
  });
});
