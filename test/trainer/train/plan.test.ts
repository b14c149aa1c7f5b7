/**
 * What a job is estimated to need, with numbers counted by hand.
 */
import { expect, test } from 'vitest';
import { parseJob } from '../../../trainer/api/job/index.ts';
import { estimateOf, memoryWarnings } from '../../../trainer/train/plan.ts';

const LEAST = { pretrained_model_name_or_path: '/sd.safetensors', train_data_dir: '/in', output_dir: '/out' };
const STEPS = { totalSteps: 100, epochs: 10 };
/** A thousand numbers are trained, three thousand beside them are not. */
const METHOD = { layout: { size: 1000 }, frozen: 3000, startBytes: 0, fileBytes: 8000 };
/** Log, metrics and headers. */
const SMALL = 4_000_000;

const estimate = (settings: object, method: object = {}) =>
  estimateOf(parseJob({ ...LEAST, ...settings }, 'the test'), { ...METHOD, ...method }, STEPS);

test('memory: the numbers, their gradients twice, two vectors of the optimizer and the average, and what is frozen', () => {
  // values + 2 gradients + 2 vectors = 5 of 1000, and 3000, in f32.
  expect(estimate({}).memoryBytes).toBe(4 * (5 * 1000 + 3000));
  expect(estimate({ ema_decay: 0.999 }).memoryBytes).toBe(4 * (6 * 1000 + 3000));
});

test('disk: the saves that are there at once, the state twice, and what a run from scratch starts from', () => {
  const state = 4 * 3 * 1000;
  expect(estimate({}).folderBytes).toBe(8000 + 2 * state + SMALL);
  expect(estimate({ ema_decay: 0.999 }).folderBytes).toBe(8000 + 2 * 4 * 4 * 1000 + SMALL);
  expect(estimate({}, { startBytes: 16_000 }).folderBytes).toBe(16_000 + 8000 + 2 * state + SMALL);
  const savesIn = (settings: object): number => (estimate(settings).folderBytes - 2 * state - SMALL) / 8000;
  // After epochs 2, 4, 6 and 8, and the last: the tenth is the final one.
  expect(savesIn({ save_every_n_epochs: 2 })).toBe(5);
  expect(savesIn({ save_every_n_epochs: 2, save_last_n_epochs: 1 })).toBe(2);
  expect(savesIn({ save_every_n_steps: 10 })).toBe(11);
  // The last 20 of step 100 are 80, 90 and 100 (saves.ts); then there is the final one.
  expect(savesIn({ save_every_n_steps: 10, save_last_n_steps: 20 })).toBe(4);
});

test('a run that needs more memory than there is begins with a warning, in the words of its method', () => {
  const warn = (method: string, memory: number | undefined) => {
    const job = parseJob({ ...LEAST, method }, 'the test');
    const needed = { trained: 859_520_964, fileBytes: 0, folderBytes: 0, memoryBytes: 18.2e9 };
    return memoryWarnings(job, needed, memory);
  };
  expect(warn('finetune', 16e9)).toEqual([
    {
      kind: 'warning',
      what: 'Training 859,520,964 numbers takes about 18.2 GB of memory beside what is computed from the pictures, but there are 16.0 GB',
      fix: 'Train a LoRA instead (method = "lora"), or the UNet alone with text_encoder_lr = 0.',
    },
  ]);
  expect(warn('lora', 16e9)[0]?.fix).toContain('network_dim');
  expect(warn('autoencoder', 16e9)[0]?.fix).toContain('smaller autoencoder');
  expect(warn('finetune', 32e9)).toEqual([]);
  expect(warn('finetune', undefined)).toEqual([]);
});
