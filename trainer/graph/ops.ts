/**
 * The closed list of ops, with what each means and which attributes it takes.
 *
 * Every table keyed by op (shapes, gradients, reference, lowering, operation counts, samples for tests) is complete:
 * a missing row is a compile error. Axes: B batch, S T tokens, C channels, h w rows and columns, N any leading axes.
 */
import type { Dim, Shape } from './dims.ts';

/** Convolution geometry; pads are [top, left, bottom, right]. */
export interface ConvolutionAttributes {
  readonly stride: number;
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

/** Windows of `kernel` rows and columns; pads are narrower than the kernel, so that each window holds an element. */
export interface PoolingAttributes extends ConvolutionAttributes {
  readonly kernel: number;
}

export interface AttentionAttributes {
  readonly heads: number;
  /** Factor on q·k, 1/sqrt(head size) in every Stable Diffusion network. */
  readonly scale: number;
  /** A token sees itself and the tokens before it. */
  readonly causal: boolean;
}

type None = Readonly<Record<never, never>>;

export interface OpAttributes {
  // Elementwise, one input.
  neg: None;
  abs: None;
  exp: None;
  log: None;
  sqrt: None;
  reciprocal: None;
  erf: None;
  tanh: None;
  sigmoid: None;
  /** -1, 0 or 1. */
  sign: None;
  /** x·σ(x) */
  silu: None;
  /** x·Φ(x), exact (with erf) */
  gelu: None;
  /** x·σ(1.702·x), CLIP-L's approximation */
  quickGelu: None;
  /** x where x > 0, else slope·x */
  leakyRelu: { readonly slope: number };

  // Elementwise, two inputs, broadcast as in NumPy.
  add: None;
  sub: None;
  mul: None;
  div: None;
  maximum: None;
  minimum: None;
  /** 1 where a > b, else 0. */
  greater: None;

  // Reductions; the reduced axes stay with size 1.
  reduceSum: { readonly axes: readonly number[] };
  reduceMean: { readonly axes: readonly number[] };

  // Layout.
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  expand: { readonly shape: Shape };
  concat: { readonly axis: number };
  slice: { readonly axis: number; readonly start: number; readonly size: Dim };
  /** Zeros before and after along one axis: the counterpart of `slice`. */
  pad: { readonly axis: number; readonly before: number; readonly after: number };

  // Products.
  /** a·b over the last two axes; leading axes equal, or b has just two axes. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** x [N, in], w [out, in], optional bias [out] -> x·wᵀ + bias [N, out] */
  linear: None;
  /** x [B, C, h, w], w [out, C, k, k], optional bias [out] -> [B, out, h', w'] */
  conv2d: ConvolutionAttributes;
  /** dy, w -> dx of conv2d, of shape `inputShape`. */
  conv2dInputGradient: ConvolutionAttributes & { readonly inputShape: Shape };
  /** x, dy -> dw of conv2d, with `kernel` rows and columns. */
  conv2dWeightGradient: ConvolutionAttributes & { readonly kernel: readonly [rows: number, columns: number] };

  // Normalisation.
  /** x [N, C] -> mean [N, 1] and 1/sqrt(variance + epsilon) [N, 1] over the last axis. */
  moments: { readonly epsilon: number };
  /** x [N, C], gamma [C], beta [C] -> normalised x, and the mean [N, 1] and 1/deviation [N, 1] that it used. */
  layerNorm: { readonly epsilon: number };
  /** Over the last axis. */
  softmax: None;

  // Attention, computed in chunks of queries; see exec/onnx.
  /** q [B, S, C], k v [B, T, C] -> softmax(scale·q·kᵀ)·v [B, S, C], heads side by side in C */
  attention: AttentionAttributes;
  /** q, k, v, output, d output -> dq, dk, dv; the probabilities are computed again, never kept. */
  attentionGradient: AttentionAttributes;

  // Windows of each plane of [B, C, h, w] -> [B, C, h', w'], sides as of conv2d; the padding is no element.
  maxPool: PoolingAttributes;
  /** Over the elements that lie inside: what PyTorch calls count_include_pad=False. */
  averagePool: PoolingAttributes;

  // Resampling of [B, C, h, w] by two.
  upsampleNearest: None;
  /** Sum of each 2x2 square: the counterpart of `upsampleNearest`. */
  sumPool: None;

  // Tables.
  /** table [V, C], ids i32 [N] -> [N, C] */
  gatherRows: None;
  /** ids i32 [N], dy [N, C] -> [rows, C]: the sum of the dy of each id. */
  scatterAddRows: { readonly rows: number };
}

export type OpName = keyof OpAttributes;

export const ELEMENTWISE_UNARY = [
  'neg',
  'abs',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'erf',
  'tanh',
  'sigmoid',
  'sign',
  'silu',
  'gelu',
  'quickGelu',
  'leakyRelu',
] as const satisfies readonly OpName[];

export const ELEMENTWISE_BINARY = [
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'greater',
] as const satisfies readonly OpName[];

/** The parts that the tables keyed by op are cut into. */
export type ElementwiseOp = (typeof ELEMENTWISE_UNARY)[number] | (typeof ELEMENTWISE_BINARY)[number];
export type LayoutOp =
  | 'reduceSum'
  | 'reduceMean'
  | 'reshape'
  | 'transpose'
  | 'expand'
  | 'concat'
  | 'slice'
  | 'pad'
  | 'upsampleNearest'
  | 'sumPool'
  | 'gatherRows'
  | 'scatterAddRows';
export type ProductOp = 'matmul' | 'linear' | 'conv2d' | 'conv2dInputGradient' | 'conv2dWeightGradient';
export type PoolingOp = 'maxPool' | 'averagePool';
export type RowOp = 'moments' | 'layerNorm' | 'softmax';
export type AttentionOp = 'attention' | 'attentionGradient';
