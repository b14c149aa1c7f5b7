import { expect, test } from 'vitest';
import { f32, i32 } from '../../../../trainer/base/tensor.ts';
import { createReferenceExecutor, evaluate } from '../../../../trainer/exec/reference/index.ts';
import { createBuilder } from '../../../../trainer/graph/builder.ts';
import { symbol } from '../../../../trainer/graph/dims.ts';

test('a convolution with padding on the right and below only reads zeros there', () => {
  const g = createBuilder();
  const x = g.input('x', [1, 1, 3, 3]);
  const w = g.input('w', [1, 1, 3, 3]);
  const y = g.conv2d(x, w, undefined, { stride: 2, pads: [0, 0, 1, 1] });
  const ones = { shape: [1, 1, 3, 3], data: new Float64Array(9).fill(1) };
  const outputs = evaluate(g.finish({ y }), { x: ones, w: ones });
  // floor((3 + 1 - 3) / 2) + 1 = 1: one window, wholly inside.
  expect(outputs.get('y')?.data).toEqual(Float64Array.of(9));
});

test('in causal attention the first token sees itself alone, the second the first two', () => {
  const g = createBuilder();
  const [q, k, v] = [g.input('q', [1, 2, 1]), g.input('k', [1, 3, 1]), g.input('v', [1, 3, 1])];
  const o = g.attention(q, k, v, { heads: 1, scale: 1, causal: true });
  const outputs = evaluate(g.finish({ o }), {
    q: { shape: [1, 2, 1], data: Float64Array.of(5, 0) },
    k: { shape: [1, 3, 1], data: Float64Array.of(1, 2, 3) },
    v: { shape: [1, 3, 1], data: Float64Array.of(10, 20, 30) },
  });
  // The second query is 0, so both tokens that it sees weigh one half.
  expect(outputs.get('o')?.data).toEqual(Float64Array.of(10, 15));
});

test('the executor binds symbols from what is fed and rounds to f32 only at the end', async () => {
  const g = createBuilder();
  const table = g.weight('table', [3, 2]);
  const rows = g.gatherRows(table, g.input('ids', [symbol('S')], 'i32'));
  const graph = g.finish({ y: g.sub(g.add(rows, 1e8), 1e8) });
  const weights = new Map([['table', { kind: 'data', tensor: f32([3, 2], [0, 1, 2, 3, 4, 5]) } as const]]);
  await using program = await createReferenceExecutor().compile(graph, { weights });
  // In f32 the sum 1e8 + 5 would lose the 5.
  expect(await program.run({ ids: i32([2], [2, 0]) })).toEqual({ y: f32([2, 2], [4, 5, 0, 1]) });
});

test('an id beyond the table is an error that names the op', async () => {
  const g = createBuilder();
  const rows = g.gatherRows(g.input('table', [3, 2]), g.input('ids', [1], 'i32'));
  await using program = await createReferenceExecutor().compile(g.finish({ rows }));
  const feeds = { table: f32([3, 2], new Float32Array(6)), ids: i32([1], [3]) };
  await expect(program.run(feeds)).rejects.toThrow('gatherRows#0: the id 3 is not below 3');
});
