import { describe, expect, test } from 'vitest';
import { createGenerator } from '../../../trainer/base/random.ts';
import { elementCount, f32, type F32Tensor } from '../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../trainer/exec/reference/index.ts';
import { createBuilder } from '../../../trainer/graph/builder.ts';
import { symbol } from '../../../trainer/graph/dims.ts';
import type { Value } from '../../../trainer/graph/graph.ts';
import { convolution, groupNorm, linear } from '../../../trainer/nn/layers.ts';
import type { Layer, LayerAdapter, Network } from '../../../trainer/nn/network.ts';

const numbers = (shape: readonly number[], seed: number): F32Tensor =>
  f32(shape, createGenerator(seed).normals(elementCount(shape)));

/** A network whose weights are inputs. */
function network(adapter?: LayerAdapter): Network {
  const g = createBuilder();
  return { g, weights: { get: (name, shape) => g.input(name, shape) }, ...(adapter === undefined ? {} : { adapter }) };
}

async function run({ g }: Network, y: Value, feeds: Readonly<Record<string, F32Tensor>>): Promise<F32Tensor> {
  await using program = await createReferenceExecutor().compile(g.finish({ y }));
  return (await program.run(feeds))['y'] as F32Tensor;
}

describe('group norm', () => {
  test('has mean 0 and deviation 1 within each group, then gamma and beta of each channel', async () => {
    const net = network();
    const x = net.g.input('x', [symbol('B'), 6, symbol('h'), symbol('w')]);
    const feeds = { x: numbers([2, 6, 3, 4], 1), 'n.weight': numbers([6], 2), 'n.bias': numbers([6], 3) };
    const found = await run(net, groupNorm(net, 'n', x, { groups: 3, epsilon: 1e-5 }), feeds);

    for (let group = 0; group < 6; group++) {
      const values = [...feeds.x.data.subarray(group * 24, (group + 1) * 24)];
      const mean = values.reduce((sum, value) => sum + value, 0) / 24;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 24;
      for (const [index, value] of values.entries()) {
        const channel = (2 * group + Math.floor(index / 12)) % 6;
        const normed = (value - mean) / Math.sqrt(variance + 1e-5);
        const expected = normed * (feeds['n.weight'].data[channel] ?? 0) + (feeds['n.bias'].data[channel] ?? 0);
        // Both sides are f64; what differs is the rounding of the result to f32.
        expect(Math.abs((found.data[group * 24 + index] ?? NaN) - expected)).toBeLessThan(1e-6);
      }
    }
  });

  test('passes over the large value twice only, after its moments', () => {
    const net = network();
    const x = net.g.input('x', [symbol('B'), 6, symbol('h'), symbol('w')]);
    groupNorm(net, 'n', x, { groups: 3, epsilon: 1e-5 });
    const { nodes } = net.g.finish({});
    const large = nodes.filter(
      ({ op, outputs }) => op !== 'reshape' && outputs[0]?.shape.includes(x.shape[2] as never),
    );
    expect(large.map(({ op }) => op)).toEqual(['mul', 'add']);
  });
});

describe('an adapter', () => {
  test('is asked about every layer, with its name and size, and may add to it', () => {
    const seen: Layer[] = [];
    const adapter: LayerAdapter = {
      linear: (layer, _x, base) => (seen.push(layer), base),
      convolution: (layer, _x, base) => (seen.push(layer), base),
    };
    const net = network(adapter);
    linear(net, 'unet/a', net.g.input('x', [symbol('B'), 3]), 5);
    linear(net, 'unet/b', net.g.input('x', [symbol('B'), 3]), 6, { pointwise: true });
    convolution(net, 'unet/c', net.g.input('y', [symbol('B'), 3, symbol('h'), symbol('w')]), 7);
    expect(seen).toEqual([
      { name: 'unet/a', kind: 'linear', inFeatures: 3, outFeatures: 5, kernel: 1 },
      { name: 'unet/b', kind: 'convolution', inFeatures: 3, outFeatures: 6, kernel: 1 },
      { name: 'unet/c', kind: 'convolution', inFeatures: 3, outFeatures: 7, kernel: 3 },
    ]);
  });

  test("decides what comes out: the layer's result is what it gives back", async () => {
    const net: Network = network({
      linear: (_layer, _x, base) => net.g.mul(base, 10),
      convolution: (_layer, _x, base) => base,
    });
    const y = linear(net, 'a', net.g.input('x', [symbol('B'), 1]), 1, { bias: false });
    const found = await run(net, y, { x: f32([1, 1], [3]), 'a.weight': f32([1, 1], [2]) });
    expect([...found.data]).toEqual([60]);
  });
});
