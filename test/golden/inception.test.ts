/**
 * InceptionV3 in the FID layout against pytorch-fid, with made-up weights: 24 million numbers of a formula that both sides
 * compute, since the published ones cannot be shipped. See test/golden/data/inception/inception.json.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must, UserError } from '../../trainer/base/errors.ts';
import type { Picture } from '../../trainer/base/ports.ts';
import { elementCount, type F32Tensor, type Tensor } from '../../trainer/base/tensor.ts';
import type { Executor } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { streamSafetensors } from '../../trainer/formats/safetensors/write.ts';
import { createBuilder } from '../../trainer/graph/builder.ts';
import { symbol } from '../../trainer/graph/dims.ts';
import { optimise } from '../../trainer/graph/passes/index.ts';
import { buildInception, INCEPTION_SIDE } from '../../trainer/models/inception/inception.ts';
import { inceptionInput } from '../../trainer/models/inception/picture-input.ts';
import { inceptionWeightList, inceptionWeights, openInception } from '../../trainer/models/inception/weights.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';
import { openFeatures } from '../../trainer/train/evaluation/picture-features.ts';
import { scoresOf } from '../../trainer/train/evaluation/scores.ts';
import { goldenTensors, largestMagnitude, maxDifference } from './math-goldens.ts';
import { openGolden } from './model-goldens.ts';

const golden = goldenTensors('../data/inception/inception.safetensors');
const expected = (name: string): Float32Array => must(golden.get(name), name);

/** Names and shapes of pytorch-fid's state dict, in its order. */
const PUBLISHED: ReadonlyMap<string, readonly number[]> = new Map(
  readFileSync(new URL('./data/inception/fid_inception.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split('\t') as [string, string])
    .map(([name, shape]) => [name, JSON.parse(shape) as number[]]),
);

/** 0 … 1 by place and seed: two rounds of multiplying and mixing in 32 bits. */
function numbers(seed: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    let x = Math.imul(index + seed * 1_000_003, 2_654_435_761);
    x = Math.imul(x ^ (x >>> 15), 2_246_822_519);
    return ((x ^ (x >>> 13)) >>> 0) / 2 ** 32;
  });
}

/** Sizes that keep the signal alive through all layers: uniform with the variance of He et al., norms around 1. */
function weightOf(name: string, shape: readonly number[], seed: number): Float32Array {
  const uniform = numbers(seed, elementCount(shape));
  const spread = (size: number): Float32Array => uniform.map((value) => (value * 2 - 1) * size);
  const inputs = elementCount(shape.slice(1));
  if (name === 'fc.weight') return spread(Math.sqrt(3 / inputs));
  if (name.endsWith('conv.weight')) return spread(Math.sqrt(6 / inputs));
  return /bn\.weight$|running_var$/.test(name) ? uniform.map((value) => 0.5 + value) : spread(0.1);
}

/** Made-up pixels, rows after channels in the formula. */
function picture(seed: number, count: number, [height, width]: readonly [number, number]): Picture[] {
  const area = height * width;
  const values = numbers(seed, count * 3 * area);
  return Array.from({ length: count }, (_, index) => {
    const data = new Uint8Array(3 * area);
    for (let at = 0; at < 3 * area; at++) {
      data[3 * (at % area) + Math.floor(at / area)] = Math.floor((values[index * 3 * area + at] as number) * 256);
    }
    return { width, height, data };
  });
}

const PICTURES = picture(9999, 2, [40, 56]);

let folder: string;
let path: string;
const files = machineFiles();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inception-'));
  path = join(folder, 'inception.safetensors');
  await write(path, [...PUBLISHED]);
});
afterAll(() => rm(folder, { recursive: true }));

async function write(target: string, list: readonly (readonly [string, readonly number[]])[]): Promise<void> {
  const seeds = [...PUBLISHED.keys()];
  const tensors = list.map(([name, shape]) => {
    const data = () => [weightOf(name, shape, seeds.indexOf(name))];
    return { name, shape, dtype: 'F32', data } as const;
  });
  await files.write(target, streamSafetensors(tensors, {}));
}

async function answers(executor: Executor, input: F32Tensor): Promise<Readonly<Record<string, Tensor>>> {
  const g = createBuilder();
  const weights = inceptionWeights(g, await openInception(files, path));
  const outputs = buildInception({ g, weights }, g.input('picture', [symbol('B'), ...input.shape.slice(1)]));
  const graph = optimise(g.finish({ ...outputs }));
  await using program = await executor.compile(graph, { weights: weights.sources });
  return await program.run({ picture: input });
}

test('the network asks for the weights of the published file, by name and shape, but for the bias of its last layer', () => {
  const asked = new Map(inceptionWeightList()).set('fc.bias', [1008]);
  expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(PUBLISHED));
});

describe('the input', () => {
  const sample = (tensor: F32Tensor): Float32Array => {
    const [pictures = 0] = tensor.shape;
    const places = (step: number): number[] =>
      Array.from({ length: Math.ceil(INCEPTION_SIDE / step) }, (_, index) => index * step);
    const planes = Array.from({ length: 3 * pictures }, (_, plane) => plane * INCEPTION_SIDE ** 2);
    return Float32Array.from(
      planes.flatMap((plane) => places(23).flatMap((y) => places(29).map((x) => plane + y * INCEPTION_SIDE + x))),
      (at) => tensor.data[at] as number,
    );
  };

  // PyTorch finds its places in f32: off by 6e-8 of the side, times a step between pixels of up to 2.
  test('enlarges as PyTorch does', () =>
    expect(maxDifference(sample(inceptionInput(PICTURES)), expected('resized.sample'))).toBeLessThan(1e-5));
  test('shrinks as PyTorch does, without smoothing', () =>
    expect(maxDifference(sample(inceptionInput(picture(9998, 1, [310, 512]))), expected('shrunk.sample'))).toBeLessThan(
      7e-5,
    ));
});

test('features and logits of two pictures are those of pytorch-fid', async () => {
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 2 });
  const { pool3, logits } = await answers(executor, inceptionInput(PICTURES));
  for (const [name, tensor] of [
    ['pool3', pool3],
    ['logits_unbiased', logits],
  ] as const) {
    const found = must(tensor, name).data;
    expect(found).toHaveLength(expected(name).length);
    // 94 layers in f32 on both sides, with sums in another order.
    expect(maxDifference(found, expected(name)) / largestMagnitude(expected(name)), name).toBeLessThan(1e-4);
  }
});

test('an evaluation compares by these features where the weights are given, and calls the distance FID', async () => {
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 2 });
  const { checkpoint } = await openGolden('sd15');
  const inception = await openInception(files, path);
  await using features = await openFeatures({ executor, checkpoint, side: 56, atOnce: 2, inception });
  const described = await features.describe(PICTURES);
  const size = expected('pool3').length / 2;
  for (const [index, each] of described.entries()) {
    const golden = expected('pool3').subarray(index * size, (index + 1) * size);
    // As above.
    expect(maxDifference(must(each.inception, 'features').pool3, golden) / largestMagnitude(golden)).toBeLessThan(1e-4);
  }
  const label = { concept: 'noise', prompt: 'noise', example: '' };
  const known = described.map((each) => ({ ...each, label }));
  const drawn = known.map((each, seed) => ({ ...each, seed, picture: must(PICTURES[seed], 'a picture') }));
  const scores = scoresOf(known, drawn);
  // The same pictures on both sides, in f64 from there on.
  expect(scores.frechetInceptionDistance).toBeLessThan(1e-6);
  expect(scores.inceptionScore).toMatchObject({ splits: 1, deviation: 0 });
  expect(scores.inceptionScore?.mean).toBeGreaterThanOrEqual(1);
  expect(scores.inceptionScore?.mean).toBeLessThanOrEqual(2);
});

describe('files that are not it', () => {
  const reportOf = async (file: string) => {
    const error: unknown = await openInception(files, file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).report;
  };

  test('a network that lacks layers, or has others, is refused by their names (evaluate/inception)', async () => {
    const file = join(folder, 'other.safetensors');
    await write(file, [
      ['Conv2d_1a_3x3.conv.weight', [32, 3, 3, 3]],
      ['fc.weight', [1000, 2048]],
    ]);
    const { code, what, where, fix } = await reportOf(file);
    expect(code).toBe('evaluate/inception');
    expect(what).toBe(
      'The file does not hold the InceptionV3 that FID uses: Conv2d_1a_3x3.bn.weight is missing; ' +
        'Conv2d_1a_3x3.bn.running_var is missing; Conv2d_1a_3x3.bn.bias is missing; and 467 more',
    );
    expect(where).toBe(file);
    expect(fix).toContain('pt_inception-2015-12-05-6726825d.pth');
  });

  test('a pickle is never opened, and it is said how it becomes safetensors (file/pickle)', async () => {
    const file = join(folder, 'pt_inception-2015-12-05-6726825d.pth');
    await files.write(file, Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0));
    const { code, fix } = await reportOf(file);
    expect(code).toBe('file/pickle');
    expect(fix).toContain('safetensors.torch as s; s.save_file(');
  });
});
