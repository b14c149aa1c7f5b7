import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../trainer/base/errors.ts';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { NEVER_STOP, playground, runUntil, tinyJob, tinyMachine, type Playground } from '../support/tiny-run.ts';

const machine = await tinyMachine();
const FOUR = [
  [64, 64],
  [128, 64],
  [64, 64],
  [66, 130],
] as const;

/** Everything that draws random numbers, accumulation over epochs' ends, three buckets (at 96 px: 64x64, 128x64, 64x128). */
const SETTINGS = {
  resolution: 96,
  max_train_steps: 5,
  gradient_accumulation_steps: 2,
  network_dropout: 0.2,
  flip_aug: true,
  shuffle_caption: true,
  noise_offset: 0.1,
  lr_scheduler: 'cosine',
};

const bytesOf = (place: Playground, name: string, file: string): Promise<Buffer> =>
  readFile(join(place.folder, 'output', name, file));

test('a run that was stopped and resumed ends with the bytes of one that never stopped', async () => {
  await using place = await playground(FOUR);
  const quiet = { report: () => undefined, stop: NEVER_STOP };
  const whole = tinyJob(place, { ...SETTINGS, output_name: 'run' });
  await runTraining(machine, whole, quiet);
  const wholeLora = await bytesOf(place, 'run', 'run.safetensors');
  const wholeState = await bytesOf(place, 'run', 'state/state.safetensors');
  await machine.files.makeFolder(join(place.folder, 'second'));

  const halves = tinyJob(place, { ...SETTINGS, output_name: 'run', output_dir: join(place.folder, 'second') });
  const events = await runUntil(machine, halves, 3);
  expect(events.at(-1)).toMatchObject({ kind: 'stopped', step: 3, steps: 5 });
  await runTraining(machine, halves, { ...quiet, resume: true });

  const second = join(place.folder, 'second', 'run');
  expect(await readFile(join(second, 'state/state.safetensors'))).toEqual(wholeState);
  expect(await readFile(join(second, 'run.safetensors'))).toEqual(wholeLora);
  const { metadata } = await openLora(machine.files, join(second, 'run.safetensors'));
  expect(metadata['ss_bucket_info']?.match(/resolution/g)).toHaveLength(3);
  const steps = (await readFile(join(second, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  expect(steps.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3, 4, 5]);
});

test('run/other-network: a run is not resumed with another rank', async () => {
  await using place = await playground([[64, 64]]);
  await runUntil(machine, tinyJob(place), 1);
  const resumed = runTraining(machine, tinyJob(place, { network_dim: 3 }), {
    report: () => undefined,
    stop: NEVER_STOP,
    resume: true,
  });
  const error: unknown = await resumed.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).report).toMatchObject({
    code: 'run/other-network',
    what: 'The run was started with another network or optimizer than the job asks for now',
  });
});
