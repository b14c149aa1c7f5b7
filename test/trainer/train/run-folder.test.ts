import { expect, test } from 'vitest';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Files } from '../../../trainer/base/ports.ts';
import { claimRunFolder, refuseResults, runPlaces } from '../../../trainer/train/run-folder.ts';
import { readState } from '../../../trainer/train/state.ts';
import { memoryFiles } from '../../support/memory-files.ts';

const JOB = { output_dir: '/out', output_name: 'cat' };

async function reportOf(work: Promise<unknown>) {
  const error: unknown = await work.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).report;
}

async function claim(files: Files, { needed = 1000 } = {}): Promise<void> {
  await refuseResults(files, runPlaces(files, JOB));
  await claimRunFolder(files, runPlaces(files, JOB), needed);
}

test('a new folder is made and tried, and nothing stays in it', async () => {
  const files = memoryFiles({});
  await claim(files);
  expect(await files.list('/out')).toEqual([{ name: 'cat', kind: 'folder' }]);
  expect(await files.list('/out/cat')).toEqual([]);
});

test('run/exists: results of an earlier run are never written over', async () => {
  const report = await reportOf(claim(memoryFiles({ '/out/cat/cat-000001.safetensors': 'x' })));
  expect(report).toMatchObject({
    code: 'run/exists',
    what: 'A run of this name is there already (cat-000001.safetensors)',
    where: '/out/cat',
    fix: 'Choose another output_name, or move the folder away.',
  });
});

test('run/exists: the folder of a whole model is a result; that of the numbers a run started from is none', async () => {
  for (const name of ['cat', 'cat-step00000010']) {
    const report = await reportOf(claim(memoryFiles({ [`/out/cat/${name}/model_index.json`]: '{}' })));
    expect(report.what).toBe(`A run of this name is there already (${name})`);
  }
  await claim(memoryFiles({ '/out/cat/initial/model_index.json': '{}', '/out/cat/job.toml': 'x' }));
});

test('run/exists: where there is a state, the sentence offers to resume', async () => {
  const report = await reportOf(claim(memoryFiles({ '/out/cat/state/state.safetensors': 'x' })));
  expect(report.fix).toContain('--resume');
});

test('run/exists: a file of that name is in the way', async () => {
  const report = await reportOf(claim(memoryFiles({ '/out/cat': 'x' })));
  expect(report.what).toBe('There is a file where the folder of the run is to be');
});

test('what a run left behind that saved nothing makes way', async () => {
  await claim(memoryFiles({ '/out/cat/job.toml': 'x', '/out/cat/log.txt': 'x', '/out/cat/metrics.jsonl': 'x' }));
});

test('run/no-state: without a state there is nothing to resume', async () => {
  const files = memoryFiles({ '/out/cat/job.toml': 'x' });
  const report = await reportOf(readState(files, runPlaces(files, JOB)));
  expect(report).toMatchObject({
    code: 'run/no-state',
    what: 'There is no run here that could be resumed: state/state.safetensors is missing',
    where: '/out/cat',
  });
});

test('file/no-space: a disk that cannot hold the run is found before it starts', async () => {
  const files = { ...memoryFiles({}), freeSpace: () => Promise.resolve(5_000_000) };
  const report = await reportOf(claim(files, { needed: 12_000_000 }));
  expect(report).toMatchObject({
    code: 'file/no-space',
    what: 'The run will write about 12 MB, but the disk has only 5 MB left',
  });
});

test('file/no-space: what is drawn before the first step counts too, where it takes room on the same disk', async () => {
  const claimBoth = (free: number, onSameDisk: boolean): Promise<void> => {
    const files = { ...memoryFiles({}), freeSpace: async () => free, onSameDisk: async () => onSameDisk };
    return claimRunFolder(files, runPlaces(files, JOB), 12_000_000, { folder: '/reg/1_dog', bytes: 3_000_000 });
  };
  expect(await reportOf(claimBoth(14_000_000, true))).toMatchObject({
    what: 'The run will write about 12 MB and class images of up to 3 MB, but the disk has only 14 MB left',
    fix: 'Free some space, choose another output_dir, ask for fewer with num_class_images, or keep fewer files with save_last_n_epochs or save_precision = "fp16".',
  });
  await claimBoth(15_000_000, true);
  await claimBoth(14_000_000, false);
});

test('what a run has written already needs no more room', async () => {
  const there = { '/out/cat/initial/unet/model.safetensors': new Uint8Array(7_000_000), '/out/cat/log.txt': 'x' };
  const files = { ...memoryFiles(there), freeSpace: () => Promise.resolve(5_000_000) };
  await claim(files, { needed: 12_000_000 });
});

test('a folder that cannot be written is found before anything dear begins', async () => {
  const refused = new UserError({
    code: 'file/unwritable',
    what: 'The file cannot be written',
    fix: 'Choose another.',
  });
  const files = { ...memoryFiles({}), write: () => Promise.reject(refused) };
  // About the folder: nobody knows the file that was tried.
  expect(await reportOf(claim(files))).toMatchObject({ code: 'file/unwritable', where: '/out/cat' });
});
