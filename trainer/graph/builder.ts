/**
 * Builds graphs: one method per op, leaves by name, and marks for what the passes need to know (scopes, blocks, kept
 * values). Every node's shape is checked as it is added, so a mistake is reported where it is made.
 */
import { InternalError } from '../base/errors.ts';
import type { DType } from '../base/tensor.ts';
import { equalShapes, showShape, type Dim, type Shape } from './dims.ts';
import {
  describeNode,
  type Graph,
  type GraphNode,
  type KeepLevel,
  type Leaf,
  type Origin,
  type Value,
} from './graph.ts';
import type { AttentionAttributes, ConvolutionAttributes, OpAttributes, OpName, PoolingAttributes } from './ops.ts';
import { inputDType, SHAPE_RULES } from './shape-rules.ts';

/** A value, or a number that stands for a constant. */
export type Operand = Value | number;

/** Something about the graph is wrong: our mistake, told with the node and how it came to be. */
export class GraphError extends InternalError {}

export interface Builder {
  readonly input: (name: string, shape: Shape, dtype?: DType) => Value;
  readonly parameter: (name: string, shape: Shape) => Value;
  readonly weight: (name: string, shape: Shape) => Value;
  readonly constant: (data: number | readonly number[], shape?: readonly number[]) => Value;
  /** Names what `build` adds: scopes nest as `unet/mid_block/resnets.0`. */
  readonly scope: <T>(name: string, build: () => T) => T;
  /** As `scope`, and makes it the unit of recomputing. Blocks do not nest. */
  readonly block: <T>(name: string, build: () => T) => T;
  /** Marks a value of a block as dear to compute again. */
  readonly keep: (value: Value, level: KeepLevel) => Value;
  /** Runs `build` with another origin for its nodes: what gradients and recomputed nodes say about themselves. */
  readonly withOrigin: <T>(origin: Origin, build: () => T) => T;
  readonly apply: <Op extends OpName>(
    op: Op,
    inputs: readonly Operand[],
    attributes: OpAttributes[Op],
  ) => readonly Value[];
  readonly finish: (outputs: Readonly<Record<string, Value>> | ReadonlyMap<string, Value>) => Graph;

  readonly neg: (x: Value) => Value;
  readonly abs: (x: Value) => Value;
  readonly exp: (x: Value) => Value;
  readonly log: (x: Value) => Value;
  readonly sqrt: (x: Value) => Value;
  readonly reciprocal: (x: Value) => Value;
  readonly erf: (x: Value) => Value;
  readonly tanh: (x: Value) => Value;
  readonly sigmoid: (x: Value) => Value;
  readonly sign: (x: Value) => Value;
  readonly silu: (x: Value) => Value;
  readonly gelu: (x: Value) => Value;
  readonly quickGelu: (x: Value) => Value;
  readonly leakyRelu: (x: Value, slope: number) => Value;
  readonly add: (a: Operand, b: Operand) => Value;
  readonly sub: (a: Operand, b: Operand) => Value;
  readonly mul: (a: Operand, b: Operand) => Value;
  readonly div: (a: Operand, b: Operand) => Value;
  readonly maximum: (a: Operand, b: Operand) => Value;
  readonly minimum: (a: Operand, b: Operand) => Value;
  readonly greater: (a: Operand, b: Operand) => Value;
  readonly reduceSum: (x: Value, axes: readonly number[]) => Value;
  readonly reduceMean: (x: Value, axes: readonly number[]) => Value;
  readonly reshape: (x: Value, shape: Shape) => Value;
  readonly transpose: (x: Value, permutation: readonly number[]) => Value;
  readonly expand: (x: Value, shape: Shape) => Value;
  readonly concat: (inputs: readonly Value[], axis: number) => Value;
  readonly slice: (x: Value, axis: number, start: number, size: Dim) => Value;
  readonly pad: (x: Value, axis: number, before: number, after: number) => Value;
  readonly matmul: (a: Value, b: Value, transposed?: { readonly a?: boolean; readonly b?: boolean }) => Value;
  readonly linear: (x: Value, w: Value, bias?: Value) => Value;
  readonly conv2d: (x: Value, w: Value, bias: Value | undefined, attributes: ConvolutionAttributes) => Value;
  readonly conv2dInputGradient: (dy: Value, w: Value, attributes: OpAttributes['conv2dInputGradient']) => Value;
  readonly conv2dWeightGradient: (x: Value, dy: Value, attributes: OpAttributes['conv2dWeightGradient']) => Value;
  readonly moments: (x: Value, epsilon: number) => readonly [mean: Value, inverseDeviation: Value];
  readonly layerNorm: (x: Value, gamma: Value, beta: Value, epsilon: number) => Value;
  readonly softmax: (x: Value) => Value;
  readonly attention: (q: Value, k: Value, v: Value, attributes: AttentionAttributes) => Value;
  readonly maxPool: (x: Value, attributes: PoolingAttributes) => Value;
  readonly averagePool: (x: Value, attributes: PoolingAttributes) => Value;
  readonly upsampleNearest: (x: Value) => Value;
  readonly sumPool: (x: Value) => Value;
  readonly gatherRows: (table: Value, ids: Value) => Value;
  readonly scatterAddRows: (ids: Value, dy: Value, rows: number) => Value;
}

export function createBuilder(): Builder {
  const leaves = new Map<string, Value>();
  const nodes: GraphNode[] = [];
  const kept = new Map<Value, KeepLevel>();
  let origin: Origin = { phase: 'forward', scope: '' };
  let nextValue = 0;

  const leaf = (key: string, source: Leaf, shape: Shape, dtype: DType): Value => {
    const known = leaves.get(key);
    if (known !== undefined) {
      if (equalShapes(known.shape, shape)) return known;
      throw new GraphError(`${key} was ${showShape(known.shape)} before and is now ${showShape(shape)}`);
    }
    const value: Value = { id: nextValue++, shape, dtype, source };
    leaves.set(key, value);
    return value;
  };

  const named =
    (kind: 'input' | 'parameter' | 'weight') =>
    (name: string, shape: Shape, dtype: DType = 'f32'): Value =>
      leaf(`${kind} ${name}`, { kind, name }, shape, dtype);

  const constant = (data: number | readonly number[], shape?: readonly number[]): Value => {
    const numbers = typeof data === 'number' ? [data] : data;
    const sides = shape ?? (typeof data === 'number' ? [] : [data.length]);
    return leaf(`constant [${sides.join()}] ${numbers.join()}`, { kind: 'constant', data: numbers }, sides, 'f32');
  };

  const apply = <Op extends OpName>(
    op: Op,
    operands: readonly Operand[],
    attributes: OpAttributes[Op],
  ): readonly Value[] => {
    const inputs = operands.map((operand) => (typeof operand === 'number' ? constant(operand) : operand));
    const node = { id: nodes.length, op, attributes, inputs, origin };
    const shapes = shapesOf(node);
    const outputs: Value[] = [];
    const added: GraphNode = Object.freeze({ ...node, outputs });
    for (const [index, shape] of shapes.entries()) {
      outputs.push({ id: nextValue++, shape, dtype: 'f32', source: { kind: 'node', node: added, index } });
    }
    nodes.push(added);
    return outputs;
  };

  const single = <Op extends OpName>(op: Op, inputs: readonly Operand[], attributes: OpAttributes[Op]): Value =>
    apply(op, inputs, attributes)[0] as Value;
  const unary = (op: PlainOp) => (x: Value) => single(op, [x], {});
  const binary = (op: PlainOp) => (a: Operand, b: Operand) => single(op, [a, b], {});

  const withOrigin = <T>(next: Origin, build: () => T): T => {
    const before = origin;
    origin = next;
    try {
      return build();
    } finally {
      origin = before;
    }
  };
  const nested = (name: string): string => (origin.scope === '' ? name : `${origin.scope}/${name}`);

  return {
    input: named('input'),
    parameter: named('parameter'),
    weight: named('weight'),
    constant,
    scope: (name, build) => withOrigin({ ...origin, scope: nested(name) }, build),
    block: (name, build) => {
      if (origin.block !== undefined) throw new GraphError(`the block ${name} lies inside the block ${origin.block}`);
      return withOrigin({ ...origin, scope: nested(name), block: nested(name) }, build);
    },
    keep: (value, level) => {
      kept.set(value, level);
      return value;
    },
    withOrigin,
    apply,
    finish: (outputs) => ({
      leaves: [...leaves.values()],
      nodes: [...nodes],
      outputs: outputs instanceof Map ? outputs : new Map(Object.entries(outputs)),
      kept: new Map(kept),
    }),

    neg: unary('neg'),
    abs: unary('abs'),
    exp: unary('exp'),
    log: unary('log'),
    sqrt: unary('sqrt'),
    reciprocal: unary('reciprocal'),
    erf: unary('erf'),
    tanh: unary('tanh'),
    sigmoid: unary('sigmoid'),
    sign: unary('sign'),
    silu: unary('silu'),
    gelu: unary('gelu'),
    quickGelu: unary('quickGelu'),
    leakyRelu: (x, slope) => single('leakyRelu', [x], { slope }),
    add: binary('add'),
    sub: binary('sub'),
    mul: binary('mul'),
    div: binary('div'),
    maximum: binary('maximum'),
    minimum: binary('minimum'),
    greater: binary('greater'),
    reduceSum: (x, axes) => single('reduceSum', [x], { axes }),
    reduceMean: (x, axes) => single('reduceMean', [x], { axes }),
    reshape: (x, shape) => (equalShapes(x.shape, shape) ? x : single('reshape', [x], { shape })),
    transpose: (x, permutation) => single('transpose', [x], { permutation }),
    expand: (x, shape) => (equalShapes(x.shape, shape) ? x : single('expand', [x], { shape })),
    concat: (inputs, axis) => single('concat', inputs, { axis }),
    slice: (x, axis, start, size) => single('slice', [x], { axis, start, size }),
    pad: (x, axis, before, after) => single('pad', [x], { axis, before, after }),
    matmul: (a, b, transposed = {}) =>
      single('matmul', [a, b], { transposeA: transposed.a ?? false, transposeB: transposed.b ?? false }),
    linear: (x, w, bias) => single('linear', bias === undefined ? [x, w] : [x, w, bias], {}),
    conv2d: (x, w, bias, attributes) => single('conv2d', bias === undefined ? [x, w] : [x, w, bias], attributes),
    conv2dInputGradient: (dy, w, attributes) => single('conv2dInputGradient', [dy, w], attributes),
    conv2dWeightGradient: (x, dy, attributes) => single('conv2dWeightGradient', [x, dy], attributes),
    moments: (x, epsilon) => apply('moments', [x], { epsilon }) as readonly [Value, Value],
    layerNorm: (x, gamma, beta, epsilon) => single('layerNorm', [x, gamma, beta], { epsilon }),
    softmax: unary('softmax'),
    attention: (q, k, v, attributes) => single('attention', [q, k, v], attributes),
    maxPool: (x, attributes) => single('maxPool', [x], attributes),
    averagePool: (x, attributes) => single('averagePool', [x], attributes),
    upsampleNearest: unary('upsampleNearest'),
    sumPool: unary('sumPool'),
    gatherRows: (table, ids) => single('gatherRows', [table, ids], {}),
    scatterAddRows: (ids, dy, rows) => single('scatterAddRows', [ids, dy], { rows }),
  };
}

/** Ops that take no attributes. */
type PlainOp = { [Op in OpName]: Record<never, never> extends OpAttributes[Op] ? Op : never }[OpName];

/**
 * The output shapes of a node, by its op's rule.
 * @throws {GraphError} naming the node, how it came to be and what does not fit
 */
export function shapesOf(node: Omit<GraphNode, 'outputs'>): readonly Shape[] {
  for (const [index, input] of node.inputs.entries()) {
    const expected = inputDType(node.op, index);
    if (input.dtype !== expected) {
      throw new GraphError(`${describeNode(node)}: input ${index} is ${input.dtype}, expected ${expected}`);
    }
  }
  const rule = SHAPE_RULES[node.op] as (inputs: readonly Shape[], attributes: unknown) => readonly Shape[];
  try {
    return rule(
      node.inputs.map((input) => input.shape),
      node.attributes,
    );
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const shapes = node.inputs.map((input) => showShape(input.shape)).join(', ');
    throw new GraphError(`${describeNode(node)} cannot take ${shapes}: ${cause.message}`, { cause });
  }
}
