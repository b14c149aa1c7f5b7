import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Machine } from '../../../trainer/train/machine.ts';
import { runTraining } from '../../../trainer/train/run.ts';
import { memoryFiles } from '../../support/memory-files.ts';
import { NEVER_STOP, STILL_CLOCK } from '../../support/tiny-run.ts';

const notUsed = (): never => {
  throw new Error('not used here');
};

test('what went wrong is told, also where the log cannot be written', async () => {
  const full = new UserError({ code: 'file/no-space', what: 'The disk is full', where: '/out/cat/log.txt', fix: '-' });
  const machine: Machine = {
    files: { ...memoryFiles({ '/out/cat/': '' }), append: () => Promise.reject(full) },
    pictures: { inspect: notUsed, load: notUsed, encodePng: notUsed },
    clock: STILL_CLOCK,
    executor: { name: 'none', compile: notUsed },
    tokenizer: { encode: notUsed },
    sha256: notUsed,
  };
  const job = parseJob(
    {
      pretrained_model_name_or_path: '/gone.safetensors',
      train_data_dir: '/pictures',
      output_dir: '/out',
      output_name: 'cat',
    },
    'the test',
  );
  const error: unknown = await runTraining(machine, job, { report: () => undefined, stop: NEVER_STOP }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toMatchObject({ where: '/gone.safetensors' });
});
