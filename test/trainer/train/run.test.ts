import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Files } from '../../../trainer/base/ports.ts';
import type { Machine } from '../../../trainer/train/machine.ts';
import { runTraining } from '../../../trainer/train/run.ts';
import { memoryFiles } from '../../support/memory-files.ts';
import { NEVER_STOP, STILL_CLOCK } from '../../support/tiny-run.ts';

const notUsed = (): never => {
  throw new Error('not used here');
};

/** What a run is refused for, on a machine where only files work. */
async function refusal(files: Files, settings: object = {}) {
  const machine: Machine = {
    files,
    pictures: { inspect: notUsed, load: notUsed, loadSmall: notUsed, encodePng: notUsed },
    clock: STILL_CLOCK,
    executor: { name: 'none', compile: notUsed },
    tokenizer: { encode: notUsed, vocabularyFiles: notUsed },
    sha256: notUsed,
  };
  const least = {
    pretrained_model_name_or_path: '/gone.safetensors',
    train_data_dir: '/pictures',
    output_dir: '/out',
    output_name: 'cat',
  };
  const job = parseJob({ ...least, ...settings }, 'the test');
  const error: unknown = await runTraining(machine, job, { report: () => undefined, stop: NEVER_STOP }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).report;
}

test('what went wrong is told, also where the log cannot be written', async () => {
  const full = new UserError({ code: 'file/no-space', what: 'The disk is full', where: '/out/cat/log.txt', fix: '-' });
  const files = { ...memoryFiles({ '/out/cat/': '' }), append: () => Promise.reject(full) };
  expect(await refusal(files)).toMatchObject({ where: '/gone.safetensors' });
});

test('sample prompts that are missing or wrong are told before anything begins', async () => {
  const settings = { sample_prompts: '/prompts.txt', sample_every_n_steps: 100 };
  expect(await refusal(memoryFiles({}), settings)).toMatchObject({ code: 'file/missing', where: '/prompts.txt' });
  const wrong = await refusal(memoryFiles({ '/prompts.txt': 'a cat --width 64' }), settings);
  expect(wrong.what).toContain('has the setting "--width", which does not exist');
});
