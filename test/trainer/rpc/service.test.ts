import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable } from '../../../trainer/api/job/index.ts';
import type { JobSettings } from '../../../trainer/api/rpc/index.ts';
import { codeOf, serviceStage } from '../../support/service.ts';
import { playground, tinyJob } from '../../support/tiny-run.ts';

const tableOf = (place: Parameters<typeof tinyJob>[0], settings = {}): JobSettings =>
  jobTable(tinyJob(place, settings));

test('settings last, and a damaged file of them counts for what can be read', async () => {
  await using stage = await serviceStage();
  const { client, folder } = stage;
  await client.call('settings.write', { settings: { theme: 'dark', expert: true } });
  await client.call('settings.write', { settings: { textSize: 125 } });
  const path = join(folder, 'config', 'settings.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ theme: 'dark', expert: true, textSize: 125 });

  await using later = await serviceStage();
  await mkdir(join(later.folder, 'config'));
  await writeFile(join(later.folder, 'config', 'settings.json'), '{"theme":"pink","expert":true,"other":1}');
  expect((await later.client.call('settings.read', {})).settings).toMatchObject({ theme: 'system', expert: true });
});

test('a job is saved and opened as it is, in the order of the form', async () => {
  await using stage = await serviceStage();
  const table = { train_data_dir: 'b', pretrained_model_name_or_path: 'a', network_args: ['conv_dim=4'], seed: 3 };
  const { path } = await stage.client.call('job.save', { path: join(stage.folder, 'mine'), table });
  expect(path).toBe(join(stage.folder, 'mine.toml'));
  expect((await readFile(path, 'utf8')).startsWith('pretrained_model_name_or_path')).toBe(true);
  expect((await stage.client.call('job.open', { path })).table).toEqual(table);
});

test('job/syntax: a job that is no TOML is told with its line', async () => {
  await using stage = await serviceStage();
  const path = join(stage.folder, 'job.toml');
  await writeFile(path, 'seed = 1\nnetwork_dim = = 4\n');
  await expect(stage.client.call('job.open', { path })).rejects.toMatchObject({
    report: { code: 'job/syntax', what: expect.stringContaining('Line 2') as string },
  });
});

test('a check tells steps, rates and the checkpoint of a job that is right', async () => {
  await using stage = await serviceStage();
  await using place = await playground([
    [64, 64],
    [64, 64],
    [64, 64],
  ]);
  const table = tableOf(place, { max_train_steps: 10, train_batch_size: 2, lr_scheduler: 'linear' });
  const { problems, plan, checkpoint } = await stage.client.call('job.check', { table });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  // 3 pictures in batches of 2 are 2 steps an epoch; 10 steps are 5 epochs.
  expect(plan?.steps).toMatchObject({ images: 3, batchSize: 2, stepsPerEpoch: 2, epochs: 5, totalSteps: 10 });
  const unet = plan?.lrCurve.find(({ part }) => part === 'unet')?.points ?? [];
  expect(unet[0]).toEqual([1, 1e-3]);
  // Linear without warmup: after 9 of 10 steps a tenth is left.
  expect(unet.at(-1)?.[1]).toBeCloseTo(1e-4, 12);
  expect(checkpoint).toMatchObject({ family: 'sd1', title: 'SD 1.x' });
});

test('a check of a job that is wrong tells each problem by its setting, with a remedy where there is one', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const subset = join(place.pictures, '1_sks dog');
  const table = { ...tableOf(place), train_data_dir: subset, network_dim: 'x', pretrained_model_name_or_path: '/no' };
  const { problems } = await stage.client.call('job.check', { table });
  const byKey = new Map(problems.flatMap((problem) => problem.keys.map((key) => [key, problem] as const)));
  expect(byKey.get('network_dim')).toMatchObject({
    code: 'job/wrong-type',
    remedies: [{ kind: 'settings', unset: ['network_dim'] }],
  });
  expect(byKey.get('pretrained_model_name_or_path')?.severity).toBe('error');
  const fixed = await stage.client.call('job.check', { table: { ...tableOf(place), train_data_dir: subset } });
  const parent = fixed.problems.find(({ code }) => code === 'data/image-folder-given');
  expect(parent?.remedies[0]).toMatchObject({ kind: 'settings', set: { train_data_dir: place.pictures } });
});

test('a scan tells pictures, buckets and captions; an edit of tags is seen by the next', async () => {
  await using stage = await serviceStage();
  await using place = await playground([
    [64, 64],
    [128, 64],
  ]);
  const table = tableOf(place);
  const before = await stage.client.call('dataset.scan', { table });
  expect(before.images.map(({ name, caption }) => [name, caption])).toEqual([
    ['0.png', 'a sks dog, number 0, outdoors'],
    ['1.png', 'a sks dog, number 1, outdoors'],
  ]);
  const images = before.images.map(({ path }) => path);
  const options = { images, extension: '.txt', separator: ',' };
  const changed = stage.next('dataset.changed');
  await stage.client.call('captions.edit', { ...options, edit: { kind: 'remove', tags: ['outdoors'] } });
  await stage.client.call('captions.edit', { ...options, edit: { kind: 'add', tags: ['toy'], where: 'start' } });
  await stage.client.call('captions.edit', { ...options, edit: { kind: 'replace', find: 'number', replace: 'no.' } });
  expect((await changed).folders).toEqual([join(place.pictures, '1_sks dog')]);
  const after = await stage.client.call('dataset.scan', { table });
  expect(after.images[0]?.caption).toBe('toy, a sks dog, no. 0');
});

test('a picture without a caption is captioned by the remedy of its finding, and left out by that of another', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const subset = join(place.pictures, '1_sks dog');
  await writeFile(join(subset, 'copy.png'), await readFile(join(subset, '0.png')));
  const scan = await stage.client.call('dataset.scan', { table: tableOf(place) });
  const missing = scan.findings.find(({ code }) => code === 'folders/from-name')?.remedies[0];
  if (missing?.kind !== 'files') throw new Error('no remedy');
  expect(await stage.client.call('dataset.fix', { fix: missing.fix })).toEqual({ changed: 1 });
  expect(await readFile(join(subset, 'copy.txt'), 'utf8')).toBe('sks dog\n');

  const twice = scan.findings.find(({ code }) => code === 'images/duplicate')?.remedies[0];
  if (twice?.kind !== 'files') throw new Error('no remedy');
  await stage.client.call('dataset.fix', { fix: twice.fix });
  expect((await stage.client.call('dataset.scan', { table: tableOf(place) })).images).toHaveLength(1);
  expect(await readdir(join(`${place.pictures}, left out`, '1_sks dog'))).toHaveLength(2);
});

test("Kohya's preparation of folders copies pictures and gives the settings", async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const prepared = join(stage.folder, 'prepared');
  const order = {
    instancePrompt: ' sks ',
    classPrompt: 'dog',
    trainingImages: join(place.pictures, '1_sks dog'),
    repeats: 20,
    regularisationImages: '',
    regularisationRepeats: 1,
    destination: 'prepared',
  };
  const { image, others, settings } = await stage.client.call('dataset.prepare', order);
  expect(image).toEqual({ folder: join(prepared, 'img', '20_sks dog'), pictures: 1, files: 2 });
  expect(others).toEqual([]);
  expect(settings).toEqual({ train_data_dir: join(prepared, 'img'), output_dir: join(prepared, 'model') });
  expect(await readdir(image.folder)).toEqual(['0.png', '0.txt']);
  // What was prepared may be looked at.
  await stage.client.call('media.locate', { path: join(image.folder, '0.png') });
  expect(await codeOf(stage.client.call('dataset.prepare', { ...order, classPrompt: '' }))).toBe('prepare/missing');
});

test('media/not-allowed: only pictures of folders that were opened are shown, and no link leads out of them', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const subset = join(place.pictures, '1_sks dog');
  const picture = join(subset, '0.png');
  expect(await codeOf(stage.client.call('media.locate', { path: picture }))).toBe('media/not-allowed');
  await stage.client.call('dataset.scan', { table: tableOf(place) });
  expect(await stage.client.call('media.locate', { path: picture })).toMatchObject({ type: 'image/png' });
  expect(await stage.client.call('media.locate', { path: picture, size: 32 })).toMatchObject({ type: 'image/webp' });

  await writeFile(join(stage.folder, 'outside.png'), 'x');
  await symlink(join(stage.folder, 'outside.png'), join(subset, 'link.png'));
  for (const path of [
    join(subset, 'link.png'),
    join(subset, '..', '..', '..', 'etc'),
    `${place.pictures} and more/a.png`,
  ]) {
    expect(['media/not-allowed', 'file/missing'], path).toContain(
      await codeOf(stage.client.call('media.locate', { path })),
    );
  }
  expect(await codeOf(stage.client.call('media.locate', { path: join(subset, '0.txt') }))).toBe('media/not-a-picture');
  const write = { image: join(stage.folder, 'outside.png'), extension: '.txt', text: 'x' };
  expect(await codeOf(stage.client.call('caption.write', write))).toBe('media/not-allowed');
  const odd = { image: picture, extension: '/../../x', text: 'x' };
  expect(await codeOf(stage.client.call('caption.write', odd))).toBe('job/out-of-range');
});

test('calls about a run that is not on say so', async () => {
  await using stage = await serviceStage();
  const { client, folder } = stage;
  expect(await client.call('run.current', {})).toEqual({});
  expect(await codeOf(client.call('run.pause', { runId: 'x' }))).toBe('run/not-on');
  expect(await codeOf(client.call('run.sampleNow', { runId: 'x' }))).toBe('run/no-prompts');
  expect(await codeOf(client.call('run.history', { folder }))).toBe('run/no-folder');
  expect(await codeOf(client.call('runs.restore', { trashed: folder }))).toBe('run/not-in-trash');
  expect(await client.call('runs.list', { folders: [folder] })).toEqual({ runs: [] });
});

test('generate/on: there is one drawing at a time, and one that fails is told as an event', async () => {
  const error = JSON.stringify({ error: { code: 'file/missing', what: 'There is no such file', fix: 'Check it.' } });
  await using stage = await serviceStage([
    process.execPath,
    '-e',
    `console.error(${JSON.stringify(error)}); process.exit(1)`,
    '--',
  ]);
  const order = {
    model: '/no',
    loras: [],
    prompt: 'a cat',
    negative: '',
    steps: 2,
    cfg: 7.5,
    sampler: 'ddim',
    count: 1,
    compare: false,
    engine: 'cpu',
  };
  const failed = stage.next('generate', ({ event }) => event.kind === 'failed');
  await stage.client.call('generate.start', { order });
  expect(await codeOf(stage.client.call('generate.start', { order }))).toBe('generate/on');
  expect((await failed).event).toMatchObject({ error: { code: 'file/missing' } });
  expect(stage.mistakes).toEqual([]);
});
