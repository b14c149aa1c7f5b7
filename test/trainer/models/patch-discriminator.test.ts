import { expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { createBuilder } from '../../../trainer/graph/builder.ts';
import { symbol } from '../../../trainer/graph/dims.ts';
import {
  buildDiscriminator,
  discriminatorInitial,
  leastSide,
  type DiscriminatorConfig,
} from '../../../trainer/models/vae/patch-discriminator.ts';

/** Names and shapes of the weights, and the shape of the logits. */
function build(config: DiscriminatorConfig, side: number) {
  const g = createBuilder();
  const shapes: Record<string, readonly number[]> = {};
  const get = (name: string, shape: readonly number[]) => {
    shapes[name] = shape;
    return g.parameter(name, shape);
  };
  const image = g.input('image', [symbol('B'), 3, side, side]);
  const { shape } = buildDiscriminator({ g, weights: { get } }, config, image);
  return { shapes, logits: shape.slice(1) };
}

test('the published network: 64 channels, three layers, 30x30 patches of a picture of 256 pixels', () => {
  const { shapes, logits } = build({ channels: 64, layers: 3 }, 256);
  expect(logits).toEqual([1, 30, 30]);
  const convolutions = Object.entries(shapes).filter(([, shape]) => shape.length === 4);
  expect(convolutions).toEqual([
    ['discriminator/main.0.weight', [64, 3, 4, 4]],
    ['discriminator/main.2.weight', [128, 64, 4, 4]],
    ['discriminator/main.5.weight', [256, 128, 4, 4]],
    ['discriminator/main.8.weight', [512, 256, 4, 4]],
    ['discriminator/main.11.weight', [1, 512, 4, 4]],
  ]);
  const total = Object.values(shapes).reduce(
    (sum, shape) => sum + shape.reduce((product, side) => product * side, 1),
    0,
  );
  // Kernels; biases of the first and the last layer; gamma and beta of the three between.
  const kernels = 16 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512);
  expect(total).toBe(kernels + 64 + 1 + 2 * (128 + 256 + 512));
});

test('channels double up to eight times as many', () => {
  const { shapes } = build({ channels: 4, layers: 5 }, 256);
  const widths = Object.values(shapes).flatMap((shape) => (shape.length === 4 ? [shape[0]] : []));
  expect(widths).toEqual([4, 8, 16, 32, 32, 32, 1]);
});

test('of the smallest picture one patch is left, of a smaller one none', () => {
  for (const layers of [1, 2, 3]) {
    const side = leastSide({ layers });
    expect(build({ channels: 2, layers }, side).logits).toEqual([1, 1, 1]);
    expect(build({ channels: 2, layers }, side - 1).logits).not.toEqual([1, 1, 1]);
  }
});

test('it starts with small convolutions, norms near the identity and no biases', () => {
  const start = (name: string, shape: readonly number[]): number[] => [
    ...discriminatorInitial(name, shape, createGenerator(1)),
  ];
  const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const kernel = start('main.2.weight', [64, 16, 4, 4]);
  expect(Math.sqrt(meanOf(kernel.map((value) => value ** 2)))).toBeCloseTo(0.02, 3);
  // 512 numbers of deviation 0.02: their mean is off by 0.001 or so.
  expect(meanOf(start('main.3.weight', [512]))).toBeCloseTo(1, 2);
  expect(start('main.3.bias', [3])).toEqual([0, 0, 0]);
});
