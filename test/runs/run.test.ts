import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLora } from '../../trainer/formats/lora/read.ts';
import { runTraining } from '../../trainer/train/run.ts';
import { NEVER_STOP, playground, recorder, tinyJob, tinyMachine } from '../support/tiny-run.ts';

const machine = await tinyMachine();
const THREE = [
  [64, 64],
  [70, 64],
  [64, 80],
] as const;

test('a run leaves the folder that design and docs describe, and a LoRA with the keys of sd-scripts', async () => {
  await using place = await playground(THREE);
  const { events, report } = recorder();
  const outcome = await runTraining(machine, tinyJob(place, { save_every_n_steps: 2 }), { report, stop: NEVER_STOP });

  const folder = join(place.folder, 'output', 'tiny');
  expect((await readdir(folder)).sort()).toEqual([
    'job.toml',
    'log.txt',
    'metrics.jsonl',
    'state',
    'tiny-step00000002.safetensors',
    'tiny-step00000004.safetensors',
    'tiny.safetensors',
  ]);
  expect(outcome).toEqual({ kind: 'done', step: 4, file: join(folder, 'tiny.safetensors') });
  expect(events.at(-1)).toMatchObject({ kind: 'done', steps: 4 });

  const lora = await openLora(machine.files, join(folder, 'tiny.safetensors'), 'sd1');
  // The tiny text encoder has 3 layers of 6 linear layers; the UNet has the real one's 192.
  const parts = [...lora.modules.values()].map(({ part }) => part);
  expect(parts.filter((part) => part === 'unet')).toHaveLength(192);
  expect(lora.metadata).toMatchObject({ ss_network_dim: '2', ss_steps: '4', ss_epoch: '2', ss_seed: '7' });

  const metrics = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  expect(metrics.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3, 4]);
});
