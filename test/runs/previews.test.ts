import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runTraining } from '../../trainer/train/run.ts';
import { NEVER_STOP, playground, recorder, tinyJob, tinyMachine } from '../support/tiny-run.ts';

const machine = await tinyMachine();

test('samples are drawn at first and every n steps, and change nothing of the training', async () => {
  await using place = await playground([[64, 64]]);
  const prompts = join(place.folder, 'prompts.txt');
  await writeFile(prompts, 'a sks dog --w 64 --h 64 --s 2 --d 5\n');
  const settings = { sample_prompts: prompts, sample_at_first: true, sample_every_n_steps: 2, max_train_steps: 3 };
  const { events, report } = recorder();
  await runTraining(machine, tinyJob(place, settings), { report, stop: NEVER_STOP });

  const drawn = events.flatMap((event) => (event.kind === 'sample' ? [[event.step, event.seed]] : []));
  expect(drawn).toEqual([
    [0, 5],
    [2, 5],
  ]);
  // Step, prompt, seed: design.md, section 4.
  expect(await readdir(join(place.folder, 'output', 'tiny', 'samples'))).toEqual([
    '000000_00_5.png',
    '000002_00_5.png',
  ]);

  const without = recorder();
  const plain = tinyJob(place, { max_train_steps: 3, output_name: 'plain' });
  await runTraining(machine, plain, { report: without.report, stop: NEVER_STOP });
  const losses = (from: typeof events): number[] =>
    from.flatMap((event) => (event.kind === 'step' ? [event.loss] : []));
  expect(losses(without.events)).toEqual(losses(events));
});
