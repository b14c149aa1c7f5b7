/**
 * How long activations live, read off ONNX Runtime's profile: nothing of a block outlives the block but what it keeps.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as runtime from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { elementCount, f32, type F32Tensor } from '../../../../trainer/base/tensor.ts';
import { createOrtExecutor } from '../../../../trainer/exec/ort/executor.ts';
import { readProfile } from '../../../../trainer/exec/ort/profile.ts';
import type { Feeds } from '../../../../trainer/exec/executor.ts';
import { differentiate } from '../../../../trainer/graph/autodiff/index.ts';
import { createBuilder } from '../../../../trainer/graph/builder.ts';
import { evaluateShape, symbol, type Bindings } from '../../../../trainer/graph/dims.ts';
import { producer, type Graph, type Value } from '../../../../trainer/graph/graph.ts';
import { optimise, type RecomputeDial } from '../../../../trainer/graph/passes/index.ts';
import type { Network } from '../../../../trainer/nn/network.ts';
import { transformer2d } from '../../../../trainer/nn/transformer.ts';

const CHANNELS = 32;
const HEADS = 2;
const SIZES: Bindings = { B: 1, h: 32, w: 32, S: 7 };
const MIB = 2 ** 20;

test.each<RecomputeDial>(['products', 'attention'])(
  'a deeper network needs more memory by just what each block keeps (dial: %s)',
  async (dial) => {
    const [shallow, deep] = [transformers(3, dial), transformers(9, dial)];
    const grown = (await peakBytes(deep)) - (await peakBytes(shallow));
    const expected = keptBytes(deep) - keptBytes(shallow);
    // One more activation [1, 1024, 32] per block would be 6 x 128 KiB = 0.75 MiB. (Without bodies of its own for each
    // block the difference is 6 MiB with products kept, 17 MiB without.)
    expect(Math.abs(grown - expected)).toBeLessThan(0.5 * MIB);
  },
);

test('the scores of one chunk of attention are gone before the next chunk begins', async () => {
  // 1 x 2 heads x 1024 x 1024 scores are 8 MiB in f32, one chunk; told of pictures four times as large, whose scores are
  // 128 MiB, the lowering makes eight.
  const few = await peakBytes(transformers(1, 'products'));
  const many = await peakBytes(transformers(1, 'products'), { ...SIZES, h: 128, w: 32 });
  // One chunk has at least two arrays of scores alive at a time: probabilities and their gradient.
  expect(few - many).toBeGreaterThan(2 * 8 * MIB);
});

/** A loss over `count` transformer blocks in a row, and the gradients of one matrix in each. */
function transformers(count: number, dial: RecomputeDial): Graph {
  const g = createBuilder();
  const x = g.input('x', [symbol('B'), CHANNELS, symbol('h'), symbol('w')]);
  const text = g.input('text', [symbol('B'), symbol('S'), 8]);
  const trained: Value[] = [];
  const net: Network = {
    g,
    weights: {
      get: (name, shape, rows) => {
        const key = rows === undefined ? name : `${name} from ${rows.start}`;
        const value = g.parameter(key, rows === undefined ? shape : [rows.count, ...shape.slice(1)]);
        if (name.endsWith('to_q.weight') || name.endsWith('proj_in.weight')) trained.push(value);
        return value;
      },
    },
  };
  let y = x;
  for (let index = 0; index < count; index++) {
    const from = y;
    const options = { depth: 1, heads: HEADS, groups: 4, linearProjection: true };
    y = g.block(`block ${index}`, () => transformer2d(net, `${index}`, from, text, options));
  }
  const loss = g.reduceMean(g.mul(y, y), [0, 1, 2, 3]);
  const gradients = differentiate(g, loss, trained);
  return optimise(
    g.finish(new Map([['loss', loss], ...gradients.map((value, i): [string, Value] => [`g${i}`, value])])),
    dial,
  );
}

/** The bytes of what forward parts make and backward parts use. */
function keptBytes(graph: Graph): number {
  const backward = graph.nodes.filter(({ origin }) => origin.phase !== 'forward');
  const used = new Set(
    backward.flatMap(({ inputs }) => inputs.filter((input) => producer(input)?.origin.phase === 'forward')),
  );
  return [...used].reduce((sum, { shape }) => sum + 4 * elementCount(evaluateShape(shape, SIZES)), 0);
}

/** The most that was alive at once in the second run; the first also allocates what stays. */
async function peakBytes(graph: Graph, largest: Bindings = SIZES): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lora-loom-profile-'));
  try {
    const executor = createOrtExecutor(runtime, {
      provider: 'cpu',
      threads: 1,
      profilePrefix: join(folder, 'profile'),
    });
    {
      await using program = await executor.compile(graph, { largest });
      await program.run(feedsOf(graph));
    }
    const [file = ''] = await readdir(folder);
    const runs = readProfile(await readFile(join(folder, file), 'utf8'));
    expect(runs.length).toBeGreaterThan(graph.nodes.length / 2);
    return Math.max(...runs.map(({ liveBytes }) => liveBytes));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const feedsOf = (graph: Graph): Feeds =>
  Object.fromEntries(
    graph.leaves.flatMap(({ source, shape }): [string, F32Tensor][] => {
      if (source.kind !== 'input' && source.kind !== 'parameter') return [];
      const sides = evaluateShape(shape, SIZES);
      return [
        [
          source.name,
          f32(
            sides,
            Float32Array.from({ length: elementCount(sides) }, (_, i) => Math.sin(i)),
          ),
        ],
      ];
    }),
  );
