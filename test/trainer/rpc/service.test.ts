import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobTable, NEW_JOB } from '../../../trainer/api/job/index.ts';
import type { JobSettings } from '../../../trainer/api/rpc/index.ts';
import { bundledPath } from '../../../trainer/platform/bundled.ts';
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
  // One of another computer is sent as text, and has no path here.
  const text = await readFile(path, 'utf8');
  expect(await stage.client.call('job.open', { text })).toEqual({ table });
});

test("a new job begins with the values of Kohya's GUI and the folder of the runs", async () => {
  await using stage = await serviceStage();
  const { table } = await stage.client.call('job.new', {});
  expect(table).toEqual({ output_dir: expect.stringMatching(/runs$/) as string, ...NEW_JOB });
});

test('an export is written with the extension of its format, and gives the job back', async () => {
  await using stage = await serviceStage();
  const table = { pretrained_model_name_or_path: 'm', train_data_dir: 'd', output_dir: 'o', network_dim: 16 };
  for (const [format, ending] of [
    ['kohya-json', '.json'],
    ['sd-scripts-toml', '.toml'],
  ] as const) {
    const { path, text } = await stage.client.call('job.export', { table, format, path: join(stage.folder, 'mine') });
    expect(path).toBe(join(stage.folder, `mine${ending}`));
    expect(await readFile(path ?? '', 'utf8')).toBe(text);
    const back = await stage.client.call('job.import', { path: path ?? '' });
    expect(back.report.format).toBe(format);
    expect(back.table).toMatchObject(table);
  }
  expect((await stage.client.call('job.export', { table, format: 'kohya-json' })).path).toBeUndefined();
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

test('run/exists: a name that is taken keeps nobody from starting, and the check says what the run will be called', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  await mkdir(join(place.folder, 'output', 'tiny', 'samples'), { recursive: true });
  const { problems } = await stage.client.call('job.check', { table: tableOf(place) });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(problems.find(({ code }) => code === 'run/exists')).toMatchObject({
    severity: 'info',
    what: 'There is a run named tiny already',
    fix: 'Start names the next one tiny-2.',
  });
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
  const { image, others, settings, regularisationFolder } = await stage.client.call('dataset.prepare', order);
  expect(image).toEqual({ folder: join(prepared, 'img', '20_sks dog'), pictures: 1, files: 2 });
  expect(others).toEqual([]);
  expect(settings).toEqual({ train_data_dir: join(prepared, 'img'), output_dir: join(prepared, 'model') });
  expect(regularisationFolder).toBe(join(prepared, 'reg'));
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
  expect((await client.call('runs.list', {})).runs).toEqual([]);
});

const ORDER = {
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

test('the folder of a run that is over tells how long it was meant to be, from its last start', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const folder = join(stage.folder, 'cat');
  await mkdir(folder);
  await stage.client.call('job.save', { path: join(folder, 'job.toml'), table: tableOf(place) });
  const lines = ['240 steps an epoch, 5 epochs: 1,200 steps.', '240 steps an epoch, 10 epochs: 2,400 steps.'];
  await writeFile(join(folder, 'log.txt'), lines.map((line) => `2026-05-01T10:00:00.000Z ${line}\n`).join(''));
  const { planned } = await stage.client.call('run.history', { folder });
  expect(planned).toEqual({ epochs: 10, steps: 2400 });
});

test('the settings of a run name what comes with LoRA Loom as the job did, so that a clone of it fits every copy', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const own = tableOf(place);
  const folder = join(place.folder, 'output', 'tiny');
  await mkdir(folder, { recursive: true });
  // As `train` writes it: with the places of all files.
  const written = {
    ...own,
    train_data_dir: bundledPath('bundled:sample-dataset'),
    sample_prompts: bundledPath('bundled:sample-prompts'),
  };
  await stage.client.call('job.save', { path: join(folder, 'job.toml'), table: written });
  const { table } = await stage.client.call('run.history', { folder });
  expect(table).toMatchObject({
    pretrained_model_name_or_path: own['pretrained_model_name_or_path'],
    train_data_dir: 'bundled:sample-dataset',
    sample_prompts: 'bundled:sample-prompts',
  });
  await stage.client.call('runs.addFolder', { folder: join(place.folder, 'output') });
  const { runs } = await stage.client.call('runs.list', {});
  expect(runs.map((run) => run.table)).toEqual([table]);
});

test('the picture of a run in the list is the first prompt at its last step', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const parent = join(place.folder, 'output');
  const samples = join(parent, 'tiny', 'samples');
  await mkdir(samples, { recursive: true });
  for (const name of ['000100_00_1.png', '000200_00_1.png', '000200_01_2.png'])
    await writeFile(join(samples, name), '');
  await stage.client.call('job.save', { path: join(parent, 'tiny', 'job.toml'), table: tableOf(place) });
  await stage.client.call('runs.addFolder', { folder: parent });
  const { runs } = await stage.client.call('runs.list', {});
  expect(runs.map(({ picture }) => picture)).toEqual([join(samples, '000200_00_1.png')]);
});

test('run/no-folder: runs that were not started here are listed once their folder is added, and in every later session', async () => {
  await using place = await playground([[64, 64]]);
  const parent = join(place.folder, 'output');
  for (const name of ['tiny', 'tiny-2']) await mkdir(join(parent, name), { recursive: true });
  await using stage = await serviceStage();
  const { client, folder: home } = stage;
  await expect(client.call('runs.addFolder', { folder: parent })).rejects.toMatchObject({
    report: {
      code: 'run/no-folder',
      what: 'There are no runs in this folder',
      where: parent,
      fix: expect.stringContaining('output directory') as string,
    },
  });
  for (const name of ['tiny', 'tiny-2']) {
    await client.call('job.save', { path: join(parent, name, 'job.toml'), table: tableOf(place) });
  }
  // The folder of one run stands for the one around it.
  expect(await client.call('runs.addFolder', { folder: join(parent, 'tiny') })).toEqual({ folder: parent, runs: 2 });
  expect(await readFile(join(home, 'config', 'run-folders.txt'), 'utf8')).toBe(`${parent}\n`);
  const { runs } = await client.call('runs.list', {});
  expect(runs.map(({ folder }) => folder).sort()).toEqual([join(parent, 'tiny'), join(parent, 'tiny-2')]);
});

test('a folder of runs is taken off the list, and its runs stay on the disk', async () => {
  await using place = await playground([[64, 64]]);
  await using stage = await serviceStage();
  const { client } = stage;
  const [first, second] = [join(place.folder, 'first'), join(place.folder, 'second')];
  for (const parent of [first, second]) {
    await mkdir(join(parent, 'tiny'), { recursive: true });
    await client.call('job.save', { path: join(parent, 'tiny', 'job.toml'), table: tableOf(place) });
    await client.call('runs.addFolder', { folder: parent });
  }
  await rm(second, { recursive: true });
  expect((await client.call('runs.list', {})).folders).toEqual([
    { folder: second, runs: 0 },
    { folder: first, runs: 1 },
  ]);
  for (const folder of [first, second]) await client.call('runs.forgetFolder', { folder });
  expect(await client.call('runs.list', {})).toEqual({ runs: [], folders: [] });
  expect(await readdir(join(first, 'tiny'))).toEqual(['job.toml']);
});

test('run/unknown: only runs in folders where runs were started may go, to whichever trash', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const { client } = stage;
  const parent = join(place.folder, 'output');
  const folder = join(parent, 'tiny');
  await mkdir(folder, { recursive: true });
  await client.call('job.save', { path: join(folder, 'job.toml'), table: tableOf(place) });
  for (const name of ['runs.trash', 'runs.trashable'] as const) {
    await expect(client.call(name, { folder })).rejects.toMatchObject({
      report: {
        code: 'run/unknown',
        what: 'No run was started in the folder around this one, so it is not moved',
        where: folder,
      },
    });
    expect(await codeOf(client.call(name, { folder: place.pictures }))).toBe('run/no-folder');
  }
  await client.call('runs.addFolder', { folder: parent });
  expect(await client.call('runs.trashable', { folder: join(parent, '.', 'tiny') })).toEqual({ folder });
});

test('the trash is emptied of runs and of nothing else', async () => {
  await using stage = await serviceStage();
  await using place = await playground([[64, 64]]);
  const { client } = stage;
  const parent = join(place.folder, 'output');
  const folder = join(parent, 'tiny');
  await mkdir(join(parent, '.trash', 'mine 2'), { recursive: true });
  await mkdir(folder);
  await client.call('job.save', { path: join(folder, 'job.toml'), table: tableOf(place) });
  await client.call('runs.addFolder', { folder: parent });
  const { trashed } = await client.call('runs.trash', { folder });
  expect((await client.call('runs.trashed', {})).runs).toMatchObject([{ name: 'tiny', trashed }]);
  expect(await client.call('runs.emptyTrash', {})).toEqual({ removed: 1 });
  expect(await readdir(join(parent, '.trash'))).toEqual(['mine 2']);
  expect(await codeOf(client.call('runs.restore', { trashed }))).toBe('run/not-in-trash');
});

test('a run that begins ends the trial that is on, and the trial says why', async () => {
  // A trainer that hears its order and does nothing, until it is ended.
  await using stage = await serviceStage([process.execPath, '-e', 'process.on("message", () => undefined)', '--']);
  await using place = await playground([[64, 64]]);
  const table = tableOf(place);
  const trial = stage.client.call('check.start', { table });
  const refused = trial.catch((error: unknown) => (error as { report?: unknown }).report);
  const { runId } = await stage.client.call('run.start', { table, numbered: true });
  expect(await refused).toMatchObject({
    code: 'run/on',
    what: 'A run is on, and a trial beside it would measure both',
  });
  expect(await codeOf(stage.client.call('check.start', { table }))).toBe('run/on');
  const ended = stage.next('run.status', ({ run }) => run.end !== undefined);
  await stage.client.call('run.stop', { runId, how: 'now' });
  await ended;
  expect(stage.mistakes).toEqual([]);
});

test('generate/on: there is one drawing at a time, and one that fails is told as an event', async () => {
  const error = JSON.stringify({ error: { code: 'file/missing', what: 'There is no such file', fix: 'Check it.' } });
  await using stage = await serviceStage([
    process.execPath,
    '-e',
    `console.error(${JSON.stringify(error)}); process.exit(1)`,
    '--',
  ]);
  const begun = stage.next('generate', () => true);
  const failed = stage.next('generate', ({ event }) => event.kind === 'failed');
  await stage.client.call('generate.start', { order: ORDER });
  expect((await begun).event).toEqual({ kind: 'started' });
  expect(await codeOf(stage.client.call('generate.start', { order: ORDER }))).toBe('generate/on');
  expect((await failed).event).toMatchObject({ error: { code: 'file/missing' } });
  expect(stage.mistakes).toEqual([]);
});

/** Stands for `lora-loom`: a process that goes on until it is ended. */
const WAITS = [process.execPath, '-e', 'setInterval(() => undefined, 1000)', '--'];

test('run/on: nothing is drawn beside a run, and the refusal says what to do', async () => {
  await using stage = await serviceStage(WAITS);
  await using place = await playground([[64, 64]]);
  const { runId } = await stage.client.call('run.start', { table: tableOf(place), numbered: false });
  await expect(stage.client.call('generate.start', { order: ORDER })).rejects.toMatchObject({
    report: { code: 'run/on', fix: expect.stringContaining('Pause the run') as string },
  });
  const ended = stage.next('run.status', ({ run }) => run.end !== undefined);
  await stage.client.call('run.stop', { runId, how: 'now' });
  await ended;
  expect(await stage.client.call('generate.start', { order: ORDER })).toHaveProperty('drawingId');
});

test('a run that starts ends the drawing that is on, and waits until its memory is free', async () => {
  await using stage = await serviceStage(WAITS);
  await using place = await playground([[64, 64]]);
  await stage.client.call('generate.start', { order: ORDER });
  const told: string[] = [];
  stage.client.on('generate', ({ event }) => told.push(event.kind));
  stage.client.on('run.status', () => told.push('run'));
  await stage.client.call('run.start', { table: tableOf(place), numbered: false });
  expect(told.slice(0, 2)).toEqual(['stopped', 'run']);
  expect(await stage.client.call('generate.history', {})).toEqual({ pictures: [] });
});

test('pictures are remembered while their files are there', async () => {
  await using stage = await serviceStage();
  const folder = join(stage.folder, 'work', 'drawings');
  await mkdir(folder, { recursive: true });
  const pictures = ['kept.png', 'gone.png'].map((name) => ({
    file: join(folder, name),
    width: 64,
    height: 64,
    seed: 1,
    withLoras: true,
    order: ORDER,
    drawnAt: 0,
  }));
  await writeFile(join(folder, 'pictures.jsonl'), pictures.map((picture) => JSON.stringify(picture)).join('\n'));
  await writeFile(join(folder, 'kept.png'), '');
  const { pictures: remembered } = await stage.client.call('generate.history', {});
  expect(remembered).toEqual([pictures[0]]);
});
