import { expect, test } from 'vitest';
import { alignedAt, sampledSteps } from '../../../renderer/comparison/aligned-samples.ts';
import { overlayRows } from '../../../renderer/comparison/overlay-points.ts';
import { presetChange } from '../../../renderer/form/preset-change.ts';
import { Metrics } from '../../../renderer/run/metrics.ts';

const sample = (step: number, prompt: string) => ({ file: `${step}.png`, step, prompt, promptIndex: 0, seed: 1 });

test('samples stand beside the nearest of each run, the earlier of two that are as near', () => {
  const runs = [[sample(100, 'a cat'), sample(200, 'a cat')], [sample(150, 'a cat')], [sample(100, 'a dog')]];
  expect(sampledSteps(runs)).toEqual([100, 150, 200]);
  const rows = alignedAt(runs, 150);
  expect(rows.map(({ prompt, cells }) => [prompt, cells.map((cell) => cell?.step)])).toEqual([
    ['a cat', [100, 150, undefined]],
    ['a dog', [undefined, undefined, 100]],
  ]);
});

test('a curve that ended earlier has no value after its last step', () => {
  const curves = [4, 2].map((length) => {
    const metrics = new Metrics();
    for (let step = 1; step <= length; step++) metrics.append({ step, loss: step, averageLoss: 0, seconds: 1, lr: {} });
    return { metrics, smooth: metrics.column('loss').slice(0, length) };
  });
  expect(overlayRows(curves, 'step', 100).map(({ x, smooth }) => [x, ...smooth])).toEqual([
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, undefined],
    [4, 4, undefined],
  ]);
});

test('a preset sets what it names, resets the rest of the training when asked, and leaves places alone', () => {
  const table = { train_data_dir: 'd', network_dim: 64, noise_offset: 0.1 };
  expect(presetChange(table, { network_dim: 16 }, true)).toMatchObject({
    set: { network_dim: 16 },
    unset: ['noise_offset'],
  });
  expect(presetChange(table, { network_dim: 16 }, false).unset).toEqual([]);
});
