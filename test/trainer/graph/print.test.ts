import { expect, test } from 'vitest';
import { must } from '../../../trainer/base/errors.ts';
import { differentiate } from '../../../trainer/graph/autodiff/index.ts';
import { createBuilder } from '../../../trainer/graph/builder.ts';
import { multiply, symbol } from '../../../trainer/graph/dims.ts';
import { printGraph } from '../../../trainer/graph/print.ts';

test('a graph reads from leaves to outputs, under headings of scope and part', () => {
  const g = createBuilder();
  const [B, h, w] = [symbol('B'), symbol('h'), symbol('w')];
  const x = g.parameter('x', [B, 4, h, w]);
  const y = g.block('unet/mid', () => {
    const rows = g.reshape(g.silu(x), [B, 2, multiply(2, h, w)]);
    const [mean] = g.moments(rows, 1e-5);
    const pads = [1, 1, 1, 1] as const;
    g.keep(mean, 'product');
    return g.conv2d(x, g.weight('conv.weight', [8, 4, 3, 3]), undefined, { stride: 1, pads });
  });
  const loss = g.scope('loss', () => g.reshape(g.reduceSum(y, [0, 1, 2, 3]), []));
  const [dx] = differentiate(g, loss, [x]);
  expect(printGraph(g.finish({ loss, dx: must(dx, 'dx') }))).toBe(
    `parameters
  x f32 [B, 4, h, w]
weights
  conv.weight f32 [8, 4, 3, 3]
unet/mid
  %0 [B, 4, h, w] = silu(x)
  %1 [B, 2, 2*h*w] = reshape(%0) shape B,2,2*h*w
  %2.0 [B, 2, 1], %2.1 [B, 2, 1] = moments(%1) epsilon 0.00001   # kept as product
  %3 [B, 8, h, w] = conv2d(x, conv.weight) stride 1 pads 1,1,1,1
loss
  %4 [1, 1, 1, 1] = reduceSum(%3) axes 0,1,2,3
  %5 [] = reshape(%4) shape []
loss, backward
  %6 [1, 1, 1, 1] = reshape(1) shape 1,1,1,1   # gradient of reshape#5
  %7 [B, 8, h, w] = expand(%6) shape B,8,h,w   # gradient of reduceSum#4
unet/mid, backward
  %8 [B, 4, h, w] = conv2dInputGradient(%7, conv.weight) stride 1 pads 1,1,1,1 inputShape B,4,h,w   # gradient of conv2d#3
outputs
  loss = %5 []
  dx = %8 [B, 4, h, w]
`,
  );
});
