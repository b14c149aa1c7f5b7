import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { f32 } from '../../../trainer/base/tensor.ts';
import type { Executor, Feeds } from '../../../trainer/exec/executor.ts';
import { createReferenceExecutor } from '../../../trainer/exec/reference/index.ts';
import { createOptimizer } from '../../../trainer/optim/optimizers.ts';
import { layOut } from '../../../trainer/optim/parameters.ts';
import { openOptimizer, type OptimizerRunOptions } from '../../../trainer/train/optimizer-run.ts';

const executor = createReferenceExecutor();
const SGD = createOptimizer({ kind: 'sgd', momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 });
const ADAMW = createOptimizer({ kind: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 });
const LAYOUT = layOut([
  { name: 'unet/a', part: 'unet', shape: [2] },
  { name: 'unet/b', part: 'unet', shape: [1] },
  { name: 'text_encoder/c', part: 'text_encoder', shape: [1] },
]);
const ALL = { has: () => true };
const RATES = { unet: 0.5, text_encoder: 0.25 };

const open = (options: Partial<OptimizerRunOptions> = {}) =>
  openOptimizer(executor, SGD, { layout: LAYOUT, reached: ALL, ...options });

describe('a step', () => {
  test('takes each part at its own rate', async () => {
    await using optimizer = await open();
    const values = Float32Array.of(1, 2, 3, 4);
    await optimizer.apply(values, Float32Array.of(1, 1, 2, 2), { step: 1, rates: RATES, gradientScale: 0.5 });
    // value - rate·scale·gradient
    expect([...values]).toEqual([1 - 0.25, 2 - 0.25, 3 - 0.5, 4 - 0.25]);
  });

  test('leaves entries alone that the loss does not reach: no weight decay pulls at them', async () => {
    await using optimizer = await openOptimizer(executor, ADAMW, {
      layout: LAYOUT,
      reached: { has: (name) => name !== 'unet/b' },
    });
    const values = Float32Array.of(1, 2, 3, 4);
    await optimizer.apply(values, new Float32Array(4), { step: 1, rates: RATES, gradientScale: 1 });
    // Without a gradient only the decay acts: value·(1 - rate·0.01).
    expect(values[2]).toBe(3);
    expect(values[0]).toBeCloseTo(1 - 0.005, 6);
    expect(values[3]).toBeCloseTo(4 * (1 - 0.0025), 6);
  });
});

test('a part that has stopped keeps its values and its state', async () => {
  await using optimizer = await openOptimizer(executor, ADAMW, { layout: LAYOUT, reached: ALL });
  const values = Float32Array.of(1, 2, 3, 4);
  const gradient = Float32Array.of(1, 1, 1, 1);
  await optimizer.apply(values, gradient, { step: 1, rates: RATES, gradientScale: 1 });
  const text = [values[3], ...Object.values(optimizer.state).map((moment) => moment[3])];
  const unet = values[0];
  const stopped = new Set(['text_encoder']);
  await optimizer.apply(values, gradient, { step: 2, rates: RATES, gradientScale: 1, stopped });
  expect([values[3], ...Object.values(optimizer.state).map((moment) => moment[3])]).toEqual(text);
  expect(values[0]).not.toBe(unet);
});

describe('the moving average', () => {
  const step = (number: number) => ({ step: number, rates: RATES, gradientScale: 1 });

  test('takes the first step over, then follows at its share, and is part of the state', async () => {
    const values = Float32Array.of(0, 0, 0, 0);
    await using optimizer = await open({ average: { decay: 0.999, values } });
    expect(Object.keys(optimizer.state)).toEqual(['average']);
    await optimizer.apply(values, Float32Array.of(-2, -2, -2, -4), step(1));
    expect([...(optimizer.state['average'] ?? [])]).toEqual([1, 1, 1, 1]);
    await optimizer.apply(values, Float32Array.of(-22, 0, 0, 0), step(2));
    // 1 + 9/11·(12 - 1)
    expect(optimizer.state['average']?.[0]).toBeCloseTo(10, 5);
    expect(values[0]).toBe(12);
  });

  test('does not change when what it started from changes', async () => {
    const values = Float32Array.of(1, 1, 1, 1);
    await using optimizer = await open({ average: { decay: 0.9, values } });
    values.fill(5);
    expect([...(optimizer.state['average'] ?? [])]).toEqual([1, 1, 1, 1]);
  });

  test('goes on from the state that it is given', async () => {
    const average = Float32Array.of(0, 0, 0, 0);
    const values = Float32Array.of(1, 1, 1, 1);
    await using optimizer = await open({ start: { average }, average: { decay: 0.5, values } });
    await optimizer.apply(values, new Float32Array(4), step(100));
    expect([...(optimizer.state['average'] ?? [])]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});

/**
 * Computes what SGD and the average compute, without a graph: half a million numbers are many for the reference.
 *
 * @param lengths of the vectors that it is fed
 */
const counting = (lengths: number[]): Executor => ({
  name: 'counting',
  compile: () =>
    Promise.resolve({
      run: (feeds: Feeds) => {
        const at = (name: string, index: number): number => feeds[name]?.data[index] ?? Number.NaN;
        const combined = (towards: (index: number) => number) => {
          const size = feeds['parameter']?.data.length ?? 0;
          lengths.push(size);
          return f32(
            [size],
            Float32Array.from({ length: size }, (_, index) => towards(index)),
          );
        };
        if (feeds['average'] === undefined) {
          const rate = at('learningRate', 0);
          return Promise.resolve({ parameter: combined((i) => at('parameter', i) - rate * at('gradient', i)) });
        }
        const share = at('share', 0);
        const average = combined((i) => at('average', i) - share * (at('average', i) - at('parameter', i)));
        return Promise.resolve({ average });
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
});

test('a long part goes through in pieces, with the bits of one piece', async () => {
  const size = 2 ** 17 + 5;
  const random = createGenerator(1);
  const [start, gradient] = [random.normals(size), random.normals(size)];
  const lengths: number[] = [];
  const values = start.slice();
  await using optimizer = await openOptimizer(counting(lengths), SGD, {
    layout: layOut([{ name: 'unet/w', part: 'unet', shape: [size] }]),
    reached: ALL,
    average: { decay: 0.5, values },
  });
  const rates = { unet: 0.25 };
  for (const step of [1, 2]) await optimizer.apply(values, gradient, { step, rates, gradientScale: 1 });
  // Twice the optimizer, then the average.
  const pieces = [2 ** 17, 5];
  expect(lengths).toEqual([...pieces, ...pieces, ...pieces, ...pieces]);

  const after = (from: Float32Array): Float32Array => from.map((value, i) => value - 0.25 * (gradient[i] ?? 0));
  const once = after(start);
  const twice = after(once);
  expect(values).toEqual(twice);
  // At the second step the share is 1 - min(0.5, 2/11).
  const share = Math.fround(1 - 2 / 11);
  expect(optimizer.state['average']).toEqual(once.map((value, i) => value - share * (value - (twice[i] ?? 0))));
});
