import { expect, test } from 'vitest';
import { epochName, savesAfter, stepName, type Moment } from '../../../trainer/train/saves.ts';

const NONE = {
  output_name: 'cat',
  save_every_n_epochs: undefined,
  save_every_n_steps: undefined,
  save_last_n_epochs: undefined,
  save_last_n_steps: undefined,
};

const moment = (change: Partial<Moment>): Moment => ({ step: 1, epoch: 1, epochs: 10, endsEpoch: false, ...change });

test('files have the names that sd-scripts gives them', () => {
  // get_epoch_ckpt_name and get_step_ckpt_name: "{}-{:06d}" and "{}-step{:08d}".
  expect([epochName('cat', 1), stepName('cat', 100)]).toEqual(['cat-000001', 'cat-step00000100']);
});

test('without save settings nothing is written on the way', () => {
  expect(savesAfter(NONE, moment({ step: 100, endsEpoch: true }))).toEqual([]);
});

test('an epoch is saved at its end, but not the last one: the final file is the same', () => {
  const settings = { ...NONE, save_every_n_epochs: 2 };
  const written = [1, 2, 3, 4, 9, 10].map((epoch) => savesAfter(settings, moment({ epoch, endsEpoch: true })).length);
  expect(written).toEqual([0, 1, 0, 1, 0, 0]);
  expect(savesAfter(settings, moment({ epoch: 2 }))).toEqual([]);
});

test('of every second epoch, the last two are kept', () => {
  const settings = { ...NONE, save_every_n_epochs: 2, save_last_n_epochs: 2 };
  const removed = [2, 4, 6, 8].map((epoch) => savesAfter(settings, moment({ epoch, endsEpoch: true }))[0]?.remove);
  expect(removed).toEqual([undefined, undefined, 'cat-000002', 'cat-000004']);
});

test('save_last_n_steps counts steps: of every 10 with the last 30, step 50 removes step 10', () => {
  // The example in the comment of sd-scripts' get_remove_step_no.
  const settings = { ...NONE, save_every_n_steps: 10, save_last_n_steps: 30 };
  const removed = [10, 30, 40, 50, 60].map((step) => savesAfter(settings, moment({ step }))[0]?.remove);
  expect(removed).toEqual([undefined, undefined, undefined, 'cat-step00000010', 'cat-step00000020']);
});

test('a step that ends an epoch is saved under both names', () => {
  const settings = { ...NONE, save_every_n_steps: 5, save_every_n_epochs: 1 };
  const names = savesAfter(settings, moment({ step: 10, epoch: 2, endsEpoch: true })).map(({ write }) => write);
  expect(names).toEqual(['cat-step00000010', 'cat-000002']);
});
