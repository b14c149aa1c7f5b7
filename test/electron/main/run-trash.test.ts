import { expect, test } from 'vitest';
import { trashRun } from '../../../electron/main/run-trash.ts';
import { Refusal } from '../../../electron/main/shell-answers.ts';
import { UserError } from '../../../trainer/base/errors.ts';

test('the folder that the service knows goes into the trash, not the path that a page wrote', async () => {
  const gone: string[] = [];
  await trashRun(
    { trashable: async () => '/runs/cat', trashItem: async (path) => void gone.push(path) },
    '/runs/dog/../cat',
  );
  expect(gone).toEqual(['/runs/cat']);
});

test('what is no run stays where it is, and the refusal says why', async () => {
  const gone: string[] = [];
  const refused = new UserError({ code: 'run/no-folder', what: 'This is not the folder of a run', fix: 'Choose one.' });
  const trash = trashRun(
    { trashable: () => Promise.reject(refused), trashItem: async (path) => void gone.push(path) },
    '/home',
  );
  await expect(trash).rejects.toThrow(new Refusal('/home: This is not the folder of a run. Choose one.'));
  expect(gone).toEqual([]);
});

test('a computer without a trash says so, and what to do', async () => {
  const trash = trashRun(
    { trashable: async (folder) => folder, trashItem: () => Promise.reject(new Error('no trash on this drive')) },
    '/runs/cat',
  );
  const sentence = '/runs/cat could not be moved to the trash (no trash on this drive). Delete it in the file manager.';
  await expect(trash).rejects.toThrow(new Refusal(sentence));
});
