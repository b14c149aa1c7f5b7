/**
 * InceptionV3 as FID uses it: the network of the TensorFlow graph `inception-2015-12-05`, in the names and shapes that
 * pytorch-fid gave it (`pt_inception-2015-12-05`).
 *
 * It differs from torchvision's InceptionV3 in what its pools do: averages leave the padding out, and the last block takes
 * maxima. Axes: B pictures, C channels, h w rows and columns. Source: Szegedy et al. 2015, arXiv:1512.00567, sections 5
 * and 6 with figures 5 to 7. Names, shapes and numbers checked against pytorch-fid 0.3.0: test/golden/inception.test.ts.
 */
import type { Value } from '../../graph/graph.ts';
import { featuresOf, type Network } from '../../nn/network.ts';

/** The part's name in front of its weights. */
export const INCEPTION = 'inception';

/** Rows and columns of the picture that the network takes. */
export const INCEPTION_SIDE = 299;

/** Classes of the 2015 network: more than the 1000 of ImageNet. */
const CLASSES = 1008;
const NORM_EPSILON = 0.001;

export interface InceptionOutputs {
  /** f32 [B, 2048]: the features that FID compares */
  readonly pool3: Value;
  /** f32 [B, 1008], without the layer's bias, as inception scores are computed */
  readonly logits: Value;
}

/** @param picture f32 [B, 3, 299, 299] in -1 … 1 */
export function buildInception(net: Network, picture: Value): InceptionOutputs {
  const { g } = net;
  return g.scope(INCEPTION, () => {
    const features = mixed(net, stem(net, picture));
    const channels = featuresOf(features.shape, 1);
    const pool3 = g.reshape(g.reduceMean(features, [2, 3]), [...features.shape.slice(0, 1), channels]);
    return { pool3, logits: g.linear(pool3, net.weights.get(`${INCEPTION}/fc.weight`, [CLASSES, channels])) };
  });
}

/** [B, 3, 299, 299] -> [B, 192, 35, 35] */
function stem(net: Network, picture: Value): Value {
  const { g } = net;
  const first = block(net, 'Conv2d_1a_3x3', picture, 32, { kernel: 3, stride: 2 });
  const second = block(net, 'Conv2d_2a_3x3', first, 32, { kernel: 3 });
  const third = block(net, 'Conv2d_2b_3x3', second, 64, SAME_3);
  const fourth = block(net, 'Conv2d_3b_1x1', g.maxPool(third, HALVING), 80);
  return g.maxPool(block(net, 'Conv2d_4a_3x3', fourth, 192, { kernel: 3 }), HALVING);
}

/** [B, 192, 35, 35] -> [B, 2048, 8, 8] */
function mixed(net: Network, x: Value): Value {
  const { g } = net;
  const average = (value: Value): Value => g.averagePool(value, KEEPING);
  const maximum = (value: Value): Value => g.maxPool(value, KEEPING);
  const fives = [32, 64, 64].reduce(
    (value, pooled, index) => squares(net, `Mixed_5${'bcd'.charAt(index)}`, value, pooled),
    x,
  );
  const sixes = [128, 160, 160, 192].reduce(
    (value, channels, index) => bars(net, `Mixed_6${'bcde'.charAt(index)}`, value, channels),
    halved(net, 'Mixed_6a', fives),
  );
  const sevenths = crosses(net, 'Mixed_7b', halvedByBars(net, 'Mixed_7a', sixes), average);
  return crosses(net, 'Mixed_7c', sevenths, maximum);
}

const SAME_3 = { kernel: 3, pads: [1, 1] } as const;
const ROW_3 = { kernel: [1, 3], pads: [0, 1] } as const;
const COLUMN_3 = { kernel: [3, 1], pads: [1, 0] } as const;
const ROW_7 = { kernel: [1, 7], pads: [0, 3] } as const;
const COLUMN_7 = { kernel: [7, 1], pads: [3, 0] } as const;
const HALF_3 = { kernel: 3, stride: 2 } as const;
const HALVING = { kernel: 3, stride: 2, pads: [0, 0, 0, 0] } as const;
const KEEPING = { kernel: 3, stride: 1, pads: [1, 1, 1, 1] } as const;

/** Figure 5, with 5x5 kept in one branch: [B, C, h, w] -> [B, 224 + pooled, h, w] */
function squares(net: Network, name: string, x: Value, pooled: number): Value {
  const conv = within(net, name);
  return net.g.concat(
    [
      conv('branch1x1', x, 64),
      conv('branch5x5_2', conv('branch5x5_1', x, 48), 64, { kernel: 5, pads: [2, 2] }),
      conv('branch3x3dbl_3', conv('branch3x3dbl_2', conv('branch3x3dbl_1', x, 64), 96, SAME_3), 96, SAME_3),
      conv('branch_pool', net.g.averagePool(x, KEEPING), pooled),
    ],
    1,
  );
}

/** [B, 288, 35, 35] -> [B, 768, 17, 17] */
function halved(net: Network, name: string, x: Value): Value {
  const conv = within(net, name);
  return net.g.concat(
    [
      conv('branch3x3', x, 384, HALF_3),
      conv('branch3x3dbl_3', conv('branch3x3dbl_2', conv('branch3x3dbl_1', x, 64), 96, SAME_3), 96, HALF_3),
      net.g.maxPool(x, HALVING),
    ],
    1,
  );
}

/** Figure 6, squares of 7 taken apart into bars: [B, 768, 17, 17] -> the same */
function bars(net: Network, name: string, x: Value, channels: number): Value {
  const conv = within(net, name);
  const once = conv('branch7x7_2', conv('branch7x7_1', x, channels), channels, ROW_7);
  const down = conv('branch7x7dbl_2', conv('branch7x7dbl_1', x, channels), channels, COLUMN_7);
  const along = conv('branch7x7dbl_3', down, channels, ROW_7);
  const again = conv('branch7x7dbl_4', along, channels, COLUMN_7);
  return net.g.concat(
    [
      conv('branch1x1', x, 192),
      conv('branch7x7_3', once, 192, COLUMN_7),
      conv('branch7x7dbl_5', again, 192, ROW_7),
      conv('branch_pool', net.g.averagePool(x, KEEPING), 192),
    ],
    1,
  );
}

/** [B, 768, 17, 17] -> [B, 1280, 8, 8] */
function halvedByBars(net: Network, name: string, x: Value): Value {
  const conv = within(net, name);
  const row = conv('branch7x7x3_2', conv('branch7x7x3_1', x, 192), 192, ROW_7);
  return net.g.concat(
    [
      conv('branch3x3_2', conv('branch3x3_1', x, 192), 320, HALF_3),
      conv('branch7x7x3_4', conv('branch7x7x3_3', row, 192, COLUMN_7), 192, HALF_3),
      net.g.maxPool(x, HALVING),
    ],
    1,
  );
}

/** Figure 7, a row and a column beside each other: [B, C, 8, 8] -> [B, 2048, 8, 8] */
function crosses(net: Network, name: string, x: Value, pool: (x: Value) => Value): Value {
  const conv = within(net, name);
  const single = conv('branch3x3_1', x, 384);
  const double = conv('branch3x3dbl_2', conv('branch3x3dbl_1', x, 448), 384, SAME_3);
  return net.g.concat(
    [
      conv('branch1x1', x, 320),
      conv('branch3x3_2a', single, 384, ROW_3),
      conv('branch3x3_2b', single, 384, COLUMN_3),
      conv('branch3x3dbl_3a', double, 384, ROW_3),
      conv('branch3x3dbl_3b', double, 384, COLUMN_3),
      conv('branch_pool', pool(x), 192),
    ],
    1,
  );
}

interface Window {
  /** 1 unless given; rows and columns, or both in one. */
  readonly kernel?: number | readonly [rows: number, columns: number];
  readonly stride?: number;
  /** Above and below, left and right; 0 unless given. */
  readonly pads?: readonly [number, number];
}

const within =
  (net: Network, name: string) =>
  (branch: string, x: Value, channels: number, window: Window = {}): Value =>
    block(net, `${name}.${branch}`, x, channels, window);

/**
 * Convolution, batch norm with the statistics of its training, ReLU. The norm is joined with the convolution:
 *
 *     y = max(0, x ∗ (w·A) + (beta − mean·A)),  A = gamma / √(variance + 0.001)
 */
function block(
  net: Network,
  name: string,
  x: Value,
  channels: number,
  { kernel = 1, stride = 1, pads: [vertical, horizontal] = [0, 0] }: Window = {},
): Value {
  const { g, weights } = net;
  const sides = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const norm = (key: string): Value => weights.get(`${INCEPTION}/${name}.bn.${key}`, [channels]);
  const weight = weights.get(`${INCEPTION}/${name}.conv.weight`, [channels, featuresOf(x.shape, 1), ...sides]);
  const factor = g.div(norm('weight'), g.sqrt(g.add(norm('running_var'), NORM_EPSILON)));
  const joined = g.mul(weight, g.reshape(factor, [channels, 1, 1, 1]));
  const bias = g.sub(norm('bias'), g.mul(norm('running_mean'), factor));
  const pads = [vertical, horizontal, vertical, horizontal] as const;
  return g.leakyRelu(g.conv2d(x, joined, bias, { stride, pads }), 0);
}
