import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { divergence } from '../../../trainer/train/divergence.ts';
import type { Run } from '../../../trainer/train/run-actions.ts';
import { runPlaces } from '../../../trainer/train/run-folder.ts';
import { memoryFiles, type MemoryFiles } from '../../support/memory-files.ts';

const LEAST = {
  pretrained_model_name_or_path: '/sd.safetensors',
  train_data_dir: '/in',
  output_dir: '/out',
  output_name: 'cat',
};
const STATE = '/out/cat/state/state.safetensors';

interface Situation {
  readonly settings?: object;
  readonly values?: readonly number[];
  readonly doneBefore?: number;
  readonly files?: MemoryFiles;
}

/** What a run that fails in the step after `done` tells, and what it saves. */
async function end(
  done: number,
  { settings = {}, values = [1], doneBefore = 0, files = memoryFiles({}) }: Situation = {},
) {
  const job = parseJob({ ...LEAST, ...settings }, 'the test');
  const saved: string[] = [];
  const run = {
    job,
    places: runPlaces(files, job),
    machine: { files },
    values: Float32Array.from(values),
    doneBefore,
    save: (name: string) => (saved.push(name), Promise.resolve(name)),
    saveState: (step: number) => (saved.push(`state ${step}`), Promise.resolve()),
  } as unknown as Run;
  return { report: (await divergence(run, done, 1)).report, saved };
}

test('run/diverged: after good steps, they are saved, and the words are those of the method', async () => {
  const { report, saved } = await end(2);
  expect(saved).toEqual(['state 2', 'cat-step00000002']);
  expect(report).toMatchObject({
    code: 'run/diverged',
    what: 'The training diverged: the loss of step 3 is not a finite number. What was trained until step 2 is saved',
    where: '/out/cat',
    fix: 'Lower learning_rate (and unet_lr, text_encoder_lr) to a third or a tenth, or set max_grad_norm = 1, and start anew.',
    details: { step: 3, saved: 'cat-step00000002' },
  });
  const fixOf = async (method: string) => (await end(2, { settings: { method } })).report.fix;
  expect(await fixOf('finetune')).toContain('Whole networks want lower rates than a LoRA');
  expect(await fixOf('autoencoder')).toContain('lower disc_weight or raise disc_start');
});

test('run/diverged: numbers that are not finite are never saved, least of all over good ones', async () => {
  const files = memoryFiles({ [STATE]: 'good' });
  const withState = await end(5, { values: [1, Number.NaN], files });
  expect(withState.saved).toEqual([]);
  expect(withState.report.what).toMatch(
    /the loss of step 6 is not a finite number\. What was saved before stays as it is$/,
  );
  expect((await end(5, { values: [Infinity] })).report.what).toMatch(/Nothing was saved before$/);
});

test('run/diverged: what a run that is going wrong made last does not take the place of an older state', async () => {
  const { saved, report } = await end(5, { files: memoryFiles({ [STATE]: 'good' }) });
  expect(saved).toEqual(['cat-step00000005']);
  expect(report.what).toMatch(/What was trained until step 5 is saved, the state of the save before it stays$/);
  expect(report.fix).toMatch(/and start anew or go on from the last saved state with --resume\.$/);
});

test('run/diverged: the first step after a resume has nothing new to save', async () => {
  const { saved, report } = await end(5, { doneBefore: 5, files: memoryFiles({ [STATE]: 'good' }) });
  expect(saved).toEqual([]);
  expect(report.what).toContain('the loss of step 6 is not a finite number. What was saved before stays as it is');
});

test('run/diverged: at the very first step what the run starts from is to blame', async () => {
  const { report } = await end(0);
  expect(report).toMatchObject({
    what: 'The loss of the very first step is not a finite number',
    where: '/sd.safetensors',
    details: { step: 1, untrained: true },
  });
  expect(report.fix).toContain('set vae to a separate VAE');
  const model = { method: 'finetune', model_config: '/config', pretrained_model_name_or_path: undefined };
  const settings = Object.fromEntries(
    Object.entries({ ...LEAST, ...model }).filter(([, value]) => value !== undefined),
  );
  const job = parseJob(settings, 'the test');
  const run = { job, places: runPlaces(memoryFiles({}), job) } as unknown as Run;
  const scratch = (await divergence(run, 0, 1)).report;
  expect(scratch).toMatchObject({ where: '/config', fix: expect.stringContaining('model_config') as string });
});
