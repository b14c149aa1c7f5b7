import { describe, expect, test } from 'vitest';
import { STABLE_DIFFUSION } from '../../../trainer/formats/checkpoint/scheduler-config.ts';
import type { Checkpoint, WeightRef } from '../../../trainer/formats/checkpoint/types.ts';
import { createBuilder } from '../../../trainer/graph/builder.ts';
import { describeValue } from '../../../trainer/graph/graph.ts';
import { checkpointWeights } from '../../../trainer/models/checkpoint-weights.ts';
import { SD15 } from './published-configs.ts';

const ref = (offset: number, shape: readonly number[], transposed = false): WeightRef => ({
  file: '/model.safetensors',
  offset,
  byteLength: 2 * shape.reduce((product, side) => product * side, 1),
  dtype: 'F16',
  shape,
  ...(transposed ? { transposed } : {}),
});

const checkpoint: Checkpoint = {
  family: 'sd1',
  layout: 'ldm',
  path: '/model.safetensors',
  noiseSchedule: STABLE_DIFFUSION,
  unet: {
    config: SD15.unet,
    weights: new Map([
      ['proj_in.weight', ref(100, [8, 4, 1, 1])],
      ['ff.bias', ref(500, [8])],
    ]),
  },
  vae: { config: SD15.vae, weights: new Map() },
  textEncoders: SD15.textEncoders.map((config) => ({
    config,
    weights: new Map([['text_projection.weight', ref(900, [3, 5], true)]]),
  })),
  dtypes: ['F16'],
};

describe('the weights of a checkpoint', () => {
  test('are leaves that point into the file; a 1x1 kernel may be asked for as a matrix', () => {
    const g = createBuilder();
    const weights = checkpointWeights(g, checkpoint);
    const leaf = weights.get('unet/proj_in.weight', [8, 4]);
    expect(leaf.source).toEqual({ kind: 'weight', name: 'unet/proj_in.weight' });
    expect(leaf.shape).toEqual([8, 4]);
    expect([...weights.sources]).toEqual([
      ['unet/proj_in.weight', { kind: 'file', file: '/model.safetensors', offset: 100, byteLength: 64, dtype: 'F16' }],
    ]);
  });

  test('give some of their rows as a stretch of the same bytes', () => {
    const g = createBuilder();
    const weights = checkpointWeights(g, checkpoint);
    const leaf = weights.get('unet/proj_in.weight', [8, 4], { start: 6, count: 2 });
    expect(leaf.shape).toEqual([2, 4]);
    // A row has four elements of two bytes.
    expect(weights.sources.get(describeValue(leaf))).toMatchObject({ offset: 100 + 6 * 8, byteLength: 16 });
    const bias = weights.get('unet/ff.bias', [8], { start: 4, count: 4 });
    expect(weights.sources.get(describeValue(bias))).toMatchObject({ offset: 508, byteLength: 8 });
  });

  test('that the file holds transposed are turned by the graph', () => {
    const g = createBuilder();
    const value = checkpointWeights(g, checkpoint).get('text_encoder/text_projection.weight', [3, 5]);
    expect(value.shape).toEqual([3, 5]);
    const graph = g.finish({ value });
    expect(graph.leaves.map(({ shape }) => shape)).toEqual([[5, 3]]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['transpose']);
  });

  test('that are trained are parameters, in the shape that the network asks for', () => {
    const g = createBuilder();
    const weights = checkpointWeights(g, checkpoint, { trained: (name) => name.startsWith('unet/') });
    const half = weights.get('unet/ff.bias', [8], { start: 4, count: 4 });
    expect(half.shape).toEqual([4]);
    expect(g.finish({ half }).leaves.map(({ source, shape }) => [source.kind, shape])).toEqual([['parameter', [8]]]);
    expect(weights.sources.size).toBe(0);
  });

  test('that the checkpoint lacks, or has in another size, are reported by name', () => {
    const weights = checkpointWeights(createBuilder(), checkpoint);
    expect(() => weights.get('unet/none.weight', [1])).toThrow('the weight unet/none.weight');
    expect(() => weights.get('unet/ff.bias', [9])).toThrow(
      'unet/ff.bias is [8] in the checkpoint and [9] in the network',
    );
  });
});
