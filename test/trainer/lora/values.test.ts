import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { initialiseLora } from '../../../trainer/lora/initialise.ts';
import { layoutLora, modulesToWrite, type LoraLayout } from '../../../trainer/lora/layout.ts';
import { viewOf } from '../../../trainer/optim/parameters.ts';
import { capNorms } from '../../../trainer/lora/max-norm.ts';
import { convolutionModule, linearModule } from './networks.ts';

const view = (layout: LoraLayout, values: Float32Array, index: number): Float32Array => {
  const entry = layout.entries[index];
  if (entry === undefined) throw new Error('no such entry');
  return viewOf(values, entry);
};

describe('a new LoRA', () => {
  const layout = layoutLora([linearModule('wide', 400, 100, 25, 1), convolutionModule('kernel', 40, 50, 3, 25, 1)]);
  const values = initialiseLora(layout, createGenerator(3));

  test.each([
    ['linear', 0, 400],
    ['3x3', 2, 40 * 9],
  ])('down of a %s layer is uniform within 1/sqrt(fan_in)', (_, index, fanIn) => {
    // torch: kaiming_uniform_(a = sqrt 5) has gain sqrt(1/3) and bound sqrt(3)·gain/sqrt(fan_in).
    const bound = 1 / Math.sqrt(fanIn);
    const down = view(layout, values, index);
    const largest = Math.max(...down.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    // Of 9000 numbers one is within 0.1 % of the bound, but for a chance of 1e-4.
    expect(largest).toBeGreaterThan(bound * 0.999);
    const mean = down.reduce((sum, value) => sum + value, 0) / down.length;
    const variance = down.reduce((sum, value) => sum + value * value, 0) / down.length;
    // Standard errors are bound·sqrt(1/3n) and bound²·sqrt(4/45n): five of each at n = 9000.
    expect(Math.abs(mean)).toBeLessThan(5 * bound * Math.sqrt(1 / (3 * 9000)));
    expect(Math.abs(variance - bound ** 2 / 3)).toBeLessThan(5 * bound ** 2 * Math.sqrt(4 / (45 * 9000)));
  });

  test('up is 0, so that nothing changes yet', () => {
    expect(view(layout, values, 1).every((value) => value === 0)).toBe(true);
    expect(view(layout, values, 3).every((value) => value === 0)).toBe(true);
  });

  test('the same seed gives the same LoRA, another seed another', () => {
    expect(initialiseLora(layout, createGenerator(3))).toEqual(values);
    expect(initialiseLora(layout, createGenerator(4))).not.toEqual(values);
  });

  test('is written with alpha, and matrices in the shapes of the file', () => {
    const [first, second] = modulesToWrite(layout, values);
    expect(first).toMatchObject({
      name: 'lora_unet_wide',
      alpha: 1,
      down: { shape: [25, 400] },
      up: { shape: [100, 25] },
    });
    expect(second).toMatchObject({ down: { shape: [25, 40, 3, 3] }, up: { shape: [50, 25, 1, 1] } });
    expect(first?.down.data).toEqual(view(layout, values, 0));
  });
});

describe('scale_weight_norms', () => {
  // up·down = [[3], [4]]·[[1, 0]] has the norm 5; alpha/rank = 2 makes it 10.
  const layout = layoutLora([linearModule('layer', 2, 2, 1, 2)]);
  const start = (): Float32Array => Float32Array.from([1, 0, 3, 4]);

  test('leaves a module below the limit as it is', () => {
    const values = start();
    expect(capNorms(layout, values, 12)).toEqual({ scaled: 0, mean: 10, largest: 10 });
    expect(values).toEqual(start());
  });

  test('brings a module above the limit to the limit, half by up and half by down', () => {
    const values = start();
    const { scaled, mean, largest } = capNorms(layout, values, 2.5);
    // ratio 1/4, so each matrix is multiplied by its root, 1/2.
    expect([...values]).toEqual([0.5, 0, 1.5, 2]);
    expect(scaled).toBe(1);
    expect(mean).toBeCloseTo(2.5, 12);
    expect(largest).toBeCloseTo(2.5, 12);
  });

  test('takes the norm of the whole product, not of its factors', () => {
    // Rank 2: up = [[1, 1]], down = [[1, 2], [-1, 1]]: the product is [[0, 3]], norm 3; alpha/rank = 1.
    const two = layoutLora([linearModule('layer', 2, 1, 2, 2)]);
    expect(capNorms(two, Float32Array.from([1, 2, -1, 1, 1, 1]), 100).largest).toBeCloseTo(3, 12);
  });

  test('a new LoRA, whose norm is 0, passes', () => {
    expect(capNorms(layout, Float32Array.from([1, 1, 0, 0]), 1)).toEqual({ scaled: 0, mean: 0, largest: 0 });
  });
});
