import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { elementCount, f32, type F32Tensor } from '../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../trainer/exec/reference/index.ts';
import { createBuilder, type Builder } from '../../../trainer/graph/builder.ts';
import { showShape, symbol } from '../../../trainer/graph/dims.ts';
import type { Value } from '../../../trainer/graph/graph.ts';
import { drawMasks } from '../../../trainer/lora/dropout.ts';
import {
  combineAdapters,
  injectLora,
  type InjectionOptions,
  type LoraInjection,
} from '../../../trainer/lora/inject.ts';
import { layoutLora } from '../../../trainer/lora/layout.ts';
import { parameterFeeds } from '../../../trainer/optim/parameters.ts';
import type { LoraModule } from '../../../trainer/lora/modules.ts';
import { convolution, linear } from '../../../trainer/nn/layers.ts';
import type { LayerAdapter, Network } from '../../../trainer/nn/network.ts';
import { convolutionModule, linearModule } from './networks.ts';

const B = symbol('B');

const numbers = (shape: readonly number[], seed: number): F32Tensor =>
  f32(shape, createGenerator(seed).normals(elementCount(shape)));

/** Weights are inputs here, so that a test can feed what it likes. */
const network = (g: Builder, adapter?: LayerAdapter): Network => ({
  g,
  weights: { get: (name, shape, rows) => g.input(name, rows === undefined ? shape : [rows.count, ...shape.slice(1)]) },
  ...(adapter === undefined ? {} : { adapter }),
});

async function run(g: Builder, y: Value, feeds: Readonly<Record<string, F32Tensor>>): Promise<F32Tensor> {
  await using program = await createReferenceExecutor().compile(g.finish({ y }));
  return (await program.run(feeds))['y'] as F32Tensor;
}

/** Largest difference; all computed in f64 and rounded to f32 once, so what is left is a few roundings of numbers < 100. */
function expectClose(found: F32Tensor, expected: F32Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  for (const [index, value] of expected.data.entries())
    expect(Math.abs((found.data[index] ?? NaN) - value)).toBeLessThan(1e-4);
}

/** [rows, inner]·[inner, columns] */
function product(a: F32Tensor, b: F32Tensor): F32Tensor {
  const [rows = 0, inner = 0] = a.shape;
  const columns = b.shape[1] ?? 0;
  const value = (row: number, column: number): number => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (a.data[row * inner + k] ?? 0) * (b.data[k * columns + column] ?? 0);
    return sum;
  };
  return f32(
    [rows, columns],
    Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns)),
  );
}

const plus = (a: F32Tensor, b: F32Tensor, factor: number): F32Tensor =>
  f32(
    a.shape,
    a.data.map((value, index) => value + factor * (b.data[index] ?? 0)),
  );

describe('a LoRA in a linear layer', () => {
  const module = linearModule('layer', 5, 4, 2, 3);
  const layout = layoutLora([module]);
  const values = numbers([layout.size], 1).data;
  const [down, up] = layout.entries.map(({ offset, size, shape }) => f32(shape, values.slice(offset, offset + size)));
  const base = {
    x: numbers([2, 3, 5], 2),
    'unet/layer.weight': numbers([4, 5], 3),
    'unet/layer.bias': numbers([4], 4),
  };

  test('computes what the merged weight W + alpha/rank·up·down would, times the multiplier', async () => {
    const g = createBuilder();
    const lora = injectLora(g, [module], { multiplier: 0.5 });
    const y = linear(network(g, lora.adapter), 'unet/layer', g.input('x', [B, 3, 5]), 4);
    const found = await run(g, y, { ...base, ...parameterFeeds(layout, values, lora.parameters) });

    const merged = plus(base['unet/layer.weight'], product(up as F32Tensor, down as F32Tensor), (0.5 * 3) / 2);
    const plain = createBuilder();
    const z = linear(network(plain), 'unet/layer', plain.input('x', [B, 3, 5]), 4);
    expectClose(found, await run(plain, z, { ...base, 'unet/layer.weight': merged }));
  });

  test('computed in two halves of rows gives the two halves of the whole', async () => {
    const halves = createBuilder();
    const lora = injectLora(halves, [module]);
    const net = network(halves, lora.adapter);
    const x = halves.input('x', [B, 3, 5]);
    const part = (start: number): Value => linear(net, 'unet/layer', x, 4, { bias: false, rows: { start, count: 2 } });
    const weight = numbers([2, 5], 5);
    const joined = halves.concat([part(0), part(2)], 2);
    // This test's provider gives both halves the same rows, so the whole has them twice.
    const found = await run(halves, joined, {
      x: base.x,
      'unet/layer.weight': weight,
      ...parameterFeeds(layout, values, lora.parameters),
    });

    const whole = createBuilder();
    const other = injectLora(whole, [module]);
    const y = linear(network(whole, other.adapter), 'unet/layer', whole.input('x', [B, 3, 5]), 4, { bias: false });
    const twice = f32([4, 5], [...weight.data, ...weight.data]);
    expectClose(
      found,
      await run(whole, y, {
        x: base.x,
        'unet/layer.weight': twice,
        ...parameterFeeds(layout, values, other.parameters),
      }),
    );
    // down(x) is shared by the halves.
    expect(halves.finish({ joined }).nodes.filter(({ op }) => op === 'linear')).toHaveLength(5);
  });

  test('leaves other layers alone', () => {
    const g = createBuilder();
    const lora = injectLora(g, [module]);
    linear(network(g, lora.adapter), 'unet/other', g.input('x', [B, 3, 5]), 4);
    expect(g.finish({}).nodes).toHaveLength(1);
    expect(lora.parameters.size).toBe(0);
  });

  test('two LoRAs add up, each with its own multiplier and parameters', async () => {
    const g = createBuilder();
    const loras = [
      injectLora(g, [module], { prefix: '0/' }),
      injectLora(g, [module], { prefix: '1/', multiplier: -1 }),
    ];
    const net = network(g, combineAdapters(loras.map(({ adapter }) => adapter)));
    const y = linear(net, 'unet/layer', g.input('x', [B, 3, 5]), 4);
    const feeds = Object.assign({}, base, ...loras.map(({ parameters }) => parameterFeeds(layout, values, parameters)));
    const plain = createBuilder();
    const z = linear(network(plain), 'unet/layer', plain.input('x', [B, 3, 5]), 4);
    // The same LoRA once with 1 and once with -1 is no LoRA.
    expectClose(await run(g, y, feeds), await run(plain, z, base));
  });
});

describe('a LoRA in a convolution', () => {
  test.each([
    [3, 1],
    [3, 2],
    [1, 1],
  ] as const)('%ix%i kernel, stride %i: as the merged kernel', async (kernel, stride) => {
    const module = convolutionModule('conv', 3, 4, kernel, 2, 1);
    const layout = layoutLora([module]);
    const values = numbers([layout.size], 6).data;
    const [down, up] = layout.entries.map(({ offset, size }) => values.slice(offset, offset + size)) as [
      Float32Array,
      Float32Array,
    ];
    const x = numbers([2, 3, 4, 6], 7);
    const weight = numbers([4, 3, kernel, kernel], 8);
    const base = { x, 'unet/conv.weight': weight, 'unet/conv.bias': numbers([4], 9) };
    const build = (g: Builder, adapter?: LayerAdapter): Value =>
      convolution(network(g, adapter), 'unet/conv', g.input('x', [B, 3, 4, 6]), 4, { kernel, stride });

    const g = createBuilder();
    const lora = injectLora(g, [module]);
    const y = build(g, lora.adapter);
    const found = await run(g, y, { ...base, ...parameterFeeds(layout, values, lora.parameters) });

    const perOutput = 3 * kernel * kernel;
    const change = product(f32([4, 2], up), f32([2, perOutput], down));
    const merged = plus(weight, change, 1 / 2);
    const plain = createBuilder();
    const z = build(plain);
    expectClose(found, await run(plain, z, { ...base, 'unet/conv.weight': merged }));
  });
});

describe('dropouts', () => {
  const module: LoraModule = linearModule('layer', 5, 4, 10, 10);
  const picture = convolutionModule('conv', 3, 4, 3, 10, 10);

  function inject(options: InjectionOptions): LoraInjection {
    const g = createBuilder();
    const lora = injectLora(g, [module, picture], options);
    const net = network(g, lora.adapter);
    linear(net, 'unet/layer', g.input('x', [B, 30, 5]), 4);
    convolution(net, 'unet/conv', g.input('y', [B, 3, symbol('h'), symbol('w')]), 4);
    return lora;
  }

  test('without rates there are no masks', () => {
    expect(inject({}).masks).toEqual([]);
    expect(inject({ dropout: { network: 0, rank: 0, module: 0 } }).masks).toEqual([]);
  });

  test('network_dropout has a number for each element of down(x), and keeps the mean', () => {
    const { masks } = inject({ dropout: { network: 0.25 } });
    expect(masks.map(({ shape }) => showShape(shape))).toEqual(['[B, 30, 10]', '[B, 10, h, w]']);
    const drawn = drawMasks(masks, { network: 0.25 }, { B: 40, h: 4, w: 6 }, createGenerator(1));
    const { data } = drawn['lora_unet_layer.mask'] as F32Tensor;
    expect(data).toHaveLength(40 * 30 * 10);
    expect([...new Set(data)].sort()).toEqual([0, Math.fround(1 / 0.75)]);
    const kept = data.filter((value) => value > 0).length / data.length;
    // Standard error sqrt(0.25·0.75/12000) = 0.004: five of them.
    expect(Math.abs(kept - 0.75)).toBeLessThan(0.02);
  });

  test('rank_dropout has a number for each sample and rank', () => {
    const { masks } = inject({ dropout: { rank: 0.5 } });
    expect(masks.map(({ shape }) => showShape(shape))).toEqual(['[B, 1, 10]', '[B, 10, 1, 1]']);
    const drawn = drawMasks(masks, { rank: 0.5 }, { B: 3, h: 4, w: 6 }, createGenerator(1));
    expect([...new Set((drawn['lora_unet_conv.mask'] as F32Tensor).data)].sort()).toEqual([0, 2]);
  });

  test('rank_dropout with network_dropout drops whole ranks of a sample', () => {
    const { masks } = inject({ dropout: { rank: 0.5, network: 0.1 } });
    const drawn = drawMasks(masks, { rank: 0.5, network: 0.1 }, { B: 2, h: 4, w: 6 }, createGenerator(1));
    const { data } = drawn['lora_unet_conv.mask'] as F32Tensor;
    const perRank = Array.from({ length: 20 }, (_, rank) => data.slice(24 * rank, 24 * (rank + 1)));
    const dropped = perRank.filter((values) => values.every((value) => value === 0)).length;
    // A rank that is kept has 24 elements, which are all 0 with a chance of 1e-24.
    expect(dropped).toBeGreaterThan(3);
    expect(dropped).toBeLessThan(17);
    expect(new Set(perRank.flatMap((values) => [...values]))).toEqual(
      new Set([0, Math.fround(Math.fround(1 / 0.9) * 2)]),
    );
  });

  test('module_dropout has one number for each module, and does not rescale', () => {
    const { masks } = inject({ dropout: { module: 0.5 } });
    expect(masks.map(({ shape }) => shape)).toEqual([[], []]);
    const generator = createGenerator(1);
    const draws = Array.from({ length: 200 }, () => drawMasks(masks, { module: 0.5 }, { B: 1 }, generator));
    const seen = draws.map((drawn) => (drawn['lora_unet_layer.mask'] as F32Tensor).data[0] ?? NaN);
    expect(new Set(seen)).toEqual(new Set([0, 1]));
    const kept = seen.reduce((sum, value) => sum + value, 0);
    // Binomial, 200 draws: mean 100, standard deviation 7.
    expect(Math.abs(kept - 100)).toBeLessThan(36);
  });

  test('a mask of 0 leaves the layer as it is', async () => {
    const g = createBuilder();
    const lora = injectLora(g, [module], { dropout: { module: 0.5 } });
    const y = linear(network(g, lora.adapter), 'unet/layer', g.input('x', [B, 3, 5]), 4, { bias: false });
    const layout = layoutLora([module]);
    const base = { x: numbers([2, 3, 5], 2), 'unet/layer.weight': numbers([4, 5], 3) };
    const matrices = parameterFeeds(layout, numbers([layout.size], 1).data, lora.parameters);
    const found = await run(g, y, { ...base, ...matrices, 'lora_unet_layer.mask': f32([], [0]) });
    const plain = createBuilder();
    const z = linear(network(plain), 'unet/layer', plain.input('x', [B, 3, 5]), 4, { bias: false });
    expectClose(found, await run(plain, z, base));
  });
});
