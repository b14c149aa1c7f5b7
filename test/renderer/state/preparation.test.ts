import { expect, test } from 'vitest';
import { createConnection } from '../../../renderer/service/connection.ts';
import { createJobStore } from '../../../renderer/state/job.ts';
import { createPreparationStore } from '../../../renderer/state/preparation.ts';
import { preparationLines } from '../../../renderer/text/preparation.ts';
import { UserError } from '../../../trainer/base/errors.ts';
import type { Handlers, PreparationShape } from '../../../trainer/api/rpc/index.ts';
import { fakeService } from '../fake-service.ts';

const PREPARED: PreparationShape = {
  image: { folder: '/d/img/40_sks dog', pictures: 9, files: 18, backup: '/d/backup/40_sks dog' },
  regularisation: { folder: '/d/reg/1_dog', pictures: 1, files: 1 },
  others: ['/d/img/10_sks dog'],
  regularisationFolder: '/d/reg',
  settings: { train_data_dir: '/d/img', reg_data_dir: '/d/reg', output_dir: '/d/model' },
};

function stage(prepare: Handlers['dataset.prepare']) {
  const service = fakeService({ 'dataset.prepare': prepare });
  const job = createJobStore();
  return { job, service, store: createPreparationStore(createConnection(service.transport).client, job) };
}

test('what was prepared goes into the fields of the job, which then counts on folder names alone', async () => {
  const { job, service, store } = stage(() => PREPARED);
  job.getState().load({ table: { instance_prompt: 'a sks cat', num_repeats: 10, reg_data_dir: '/old', seed: 1 } });
  store.getState().change({ instancePrompt: 'sks', classPrompt: 'dog' });
  await store.getState().prepare();
  expect(service.calls.at(-1)).toMatchObject({
    name: 'dataset.prepare',
    input: { instancePrompt: 'sks', classPrompt: 'dog', repeats: 40, regularisationRepeats: 1 },
  });
  expect(job.getState().table).toHaveProperty('instance_prompt');
  store.getState().copyToFields();
  expect(job.getState().table).toEqual({ ...PREPARED.settings, class_prompt: 'dog', seed: 1 });
});

test('class images that the model is to draw go where the regularisation images of the destination lie', async () => {
  const settings = { train_data_dir: '/d/img', output_dir: '/d/model' };
  const drawn = { with_prior_preservation: true, class_prompt: 'dog', reg_data_dir: '/d/reg' };
  const { job, store } = stage(() => ({ ...PREPARED, settings }));
  store.getState().change({ classPrompt: ' dog ' });
  await store.getState().prepare();
  // What is typed after that is about the next preparation.
  store.getState().change({ classPrompt: 'cat' });
  store.getState().drawClassImages(true);
  store.getState().copyToFields();
  expect(job.getState().table).toEqual({ ...settings, ...drawn });
  store.getState().drawClassImages(false);
  store.getState().copyToFields();
  expect(job.getState().table).toEqual({ ...settings, class_prompt: 'dog' });
});

test('a job that makes class images goes on to, unless the preparation says otherwise', async () => {
  const settings = { train_data_dir: '/d/img', output_dir: '/d/model' };
  const { job, store } = stage(() => ({ ...PREPARED, settings }));
  job.getState().load({ table: { with_prior_preservation: true, class_prompt: 'a cat', reg_data_dir: '/old' } });
  store.getState().change({ classPrompt: 'dog' });
  await store.getState().prepare();
  store.getState().copyToFields();
  const drawn = { with_prior_preservation: true, class_prompt: 'dog', reg_data_dir: '/d/reg' };
  expect(job.getState().table).toEqual({ ...settings, ...drawn });
});

test('without regularisation images, the field of their folder becomes empty', async () => {
  const settings = { train_data_dir: '/d/img', output_dir: '/d/model' };
  const { job, store } = stage(() => ({ ...PREPARED, settings }));
  job.getState().load({ table: { reg_data_dir: '/old' } });
  store.getState().change({ classPrompt: 'dog' });
  await store.getState().prepare();
  store.getState().copyToFields();
  expect(job.getState().table).toEqual({ ...settings, class_prompt: 'dog' });
});

test('a refusal is shown, and changes no field', async () => {
  const { job, store } = stage(() => {
    throw new UserError({ code: 'prepare/missing', what: 'Missing: the class prompt', fix: 'Give it.' });
  });
  await store.getState().prepare();
  expect(store.getState().progress).toMatchObject({ kind: 'failed', error: { what: 'Missing: the class prompt' } });
  store.getState().copyToFields();
  expect(job.getState().table).toEqual({});
});

test('a stop cancels the copying', async () => {
  let aborted = false;
  const { store } = stage(
    (_, { signal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve(PREPARED);
        }),
      ),
  );
  const prepared = store.getState().prepare();
  await Promise.resolve();
  store.getState().stop();
  await prepared;
  expect(store.getState().progress).toEqual({ kind: 'nothing' });
  await new Promise((resolve) => setTimeout(resolve));
  expect(aborted).toBe(true);
});

test('the status says where pictures went, what was kept, and what else would be trained on', () => {
  expect(preparationLines(PREPARED)).toEqual([
    '9 pictures copied to /d/img/40_sks dog',
    'What was there before is kept in /d/backup/40_sks dog',
    '1 picture copied to /d/reg/1_dog',
    'Also there, and trained on too: /d/img/10_sks dog',
  ]);
});
