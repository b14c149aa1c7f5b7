import { expect, test } from 'vitest';
import type { DatasetImage } from '../../../trainer/data/dataset.ts';
import { planSteps } from '../../../trainer/data/batches.ts';
import { stepOrder } from '../../../trainer/train/step-order.ts';

const image = (width: number, repeats: number): DatasetImage => ({
  path: `/${width}.png`,
  width,
  height: 64,
  bytes: 1,
  caption: '',
  captionFrom: 'nothing',
  subset: 0,
  repeats,
  isRegularisation: false,
  placement: { bucket: { width, height: 64 }, resized: { width, height: 64 }, aspectError: 0 },
});

// 5 samples of 64x64 and 3 of 128x64: with batches of 2, that is 3 + 2 batches an epoch.
const IMAGES = [image(64, 5), image(128, 3)];
const SETTINGS = { seed: 1, batchSize: 2, accumulation: 2 };
const STEPS = planSteps(IMAGES, SETTINGS, { kind: 'epochs', epochs: 2 });

test('steps are epochs times ceil(batches / accumulation), as in sd-scripts', () => {
  expect(STEPS).toMatchObject({ batchesPerEpoch: 5, stepsPerEpoch: 3, totalSteps: 6, epochs: 2 });
});

test('the last step of an epoch takes what is left, and the next epoch starts afresh', () => {
  const orderAt = stepOrder(IMAGES, STEPS, SETTINGS);
  const places = [0, 1, 2, 3, 4, 5].map(orderAt);
  expect(places.map(({ batches }) => batches.length)).toEqual([2, 2, 1, 2, 2, 1]);
  expect(places.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(places.map(({ firstPass }) => firstPass)).toEqual([0, 2, 4, 5, 7, 9]);
  expect(places.map(({ endsEpoch }) => endsEpoch)).toEqual([false, false, true, false, false, true]);
});

test('an epoch shows every sample once, whatever was asked before', () => {
  const orderAt = stepOrder(IMAGES, STEPS, SETTINGS);
  orderAt(5);
  const shown = [0, 1, 2].flatMap((done) => orderAt(done).batches.flatMap(({ samples }) => samples));
  expect(shown.map(({ image: index }) => index).sort()).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
});

test('a run of fewer steps than its epochs hold ends its last epoch early', () => {
  const steps = planSteps(IMAGES, SETTINGS, { kind: 'steps', steps: 4 });
  expect(steps).toMatchObject({ epochs: 2, totalSteps: 4 });
  expect(stepOrder(IMAGES, steps, SETTINGS)(3)).toMatchObject({ epoch: 2, endsEpoch: true });
});
