import { expect, test } from 'vitest';
import { must } from '../../../../trainer/base/errors.ts';
import { f32 } from '../../../../trainer/base/tensor.ts';
import { createReferenceExecutor } from '../../../../trainer/exec/reference/index.ts';
import { differentiate } from '../../../../trainer/graph/autodiff/index.ts';
import { createBuilder, type Builder } from '../../../../trainer/graph/builder.ts';
import { symbol } from '../../../../trainer/graph/dims.ts';
import type { Value } from '../../../../trainer/graph/graph.ts';

/** The gradient of the sum of all windows of one 3 x 3 plane. */
async function gradientOf(plane: readonly number[], pool: (g: Builder, x: Value) => Value): Promise<number[]> {
  const g = createBuilder();
  const x = g.parameter('x', [1, 1, 3, 3]);
  const sum = g.reshape(g.reduceSum(pool(g, x), [0, 1, 2, 3]), []);
  const [gradient] = differentiate(g, sum, [x]);
  await using program = await createReferenceExecutor().compile(g.finish({ dx: must(gradient, 'a gradient') }));
  return [...must((await program.run({ x: f32([1, 1, 3, 3], plane) }))['dx'], 'dx').data];
}

const PADDED = { kernel: 2, stride: 2, pads: [1, 1, 0, 0] } as const;

test('where several elements are the maximum, the first has the gradient, as in PyTorch', async () => {
  const plane = [5, 5, 5, 5, 5, 5, 5, 5, 5];
  // Windows: the corner alone, the rest of the first row, of the first column, and the lower right square.
  expect(await gradientOf(plane, (g, x) => g.maxPool(x, PADDED))).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 0]);
});

test('the padding is never the maximum, not even of negative numbers', async () => {
  const plane = [-5, -2, -1, -4, -9, -9, -3, -9, -8];
  expect(await gradientOf(plane, (g, x) => g.maxPool(x, PADDED))).toEqual([1, 0, 1, 0, 0, 0, 1, 0, 1]);
});

test('an average shares among the elements that its window holds', async () => {
  const shares = await gradientOf([0, 0, 0, 0, 0, 0, 0, 0, 0], (g, x) => g.averagePool(x, PADDED));
  expect(shares).toEqual([1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.5, 0.25, 0.25]);
});

test('what is in no window has no gradient', async () => {
  const corner = { kernel: 2, stride: 2, pads: [0, 0, 0, 0] } as const;
  const shares = await gradientOf([0, 0, 0, 0, 0, 0, 0, 0, 0], (g, x) => g.averagePool(x, corner));
  expect(shares).toEqual([0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0]);
});

test('windows without an element, or larger than the plane, are refused as the graph is built', () => {
  const g = createBuilder();
  const x = g.input('x', [1, 1, 3, 3]);
  expect(() => g.maxPool(x, { kernel: 2, stride: 1, pads: [2, 0, 0, 0] })).toThrow(
    'pads 2, 0, 0, 0 leave windows of 2 without an element',
  );
  expect(() => g.averagePool(x, { kernel: 4, stride: 1, pads: [0, 0, 0, 0] })).toThrow(
    '[1, 1, 3, 3] is smaller than the window of 4',
  );
});

test('overlapping windows of a side that is a symbol have no gradient, and it is said why', () => {
  const g = createBuilder();
  const x = g.parameter('x', [1, 1, symbol('h'), 3]);
  const y = g.maxPool(x, { kernel: 3, stride: 1, pads: [1, 1, 1, 1] });
  const sum = g.reshape(g.reduceSum(y, [0, 1, 2, 3]), []);
  expect(() => differentiate(g, sum, [x])).toThrow('needs numbers for rows and columns');
});
