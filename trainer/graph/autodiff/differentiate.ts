/**
 * Reverse-mode differentiation: one walk from the loss back to what is trained.
 *
 * Only values that lie between `wrt` and the loss get a gradient. Two contributions to a value are added as soon as the
 * second is there, by a node that belongs to the block that brought it, so that the backward part of a block stays in
 * one piece. Rules only differentiate; this file prunes, sums over broadcast axes and checks shapes.
 */
import { must } from '../../base/errors.ts';
import { GraphError, type Builder } from '../builder.ts';
import { countElements, equalShapes, showShape, symbol, type Dim, type Shape } from '../dims.ts';
import { describeNode, describeValue, producer, type GraphNode, type Origin, type Value } from '../graph.ts';
import type { OpName } from '../ops.ts';
import type { Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { isSlice, tiling, type Part } from './slices.ts';

export interface DifferentiateOptions {
  /** Values that count as constants, whatever they are computed from. One of `wrt` has a gradient all the same. */
  readonly stopped?: readonly Value[];
}

/**
 * The gradients of a scalar loss, one per value of `wrt` and of its shape; zeros where the loss does not depend on it.
 *
 * @throws {GraphError} if the loss is not one number, or an op on the way has no derivative, naming its node
 */
export function differentiate(
  g: Builder,
  loss: Value,
  wrt: readonly Value[],
  { stopped = [] }: DifferentiateOptions = {},
): readonly Value[] {
  if (countElements(loss.shape) !== 1)
    throw new GraphError(`the loss must be one number, not ${showShape(loss.shape)}`);
  const path = ancestorsOf(loss);
  const walk = startWalk(g, path, wrt, new Set(stopped));
  const start: Origin = { phase: 'gradient', scope: '' };
  walk.contribute(
    loss,
    g.withOrigin(start, () => g.expand(g.constant(1), loss.shape)),
    start,
  );
  for (const node of path.toReversed()) walk.visit(node);
  return g.withOrigin(start, () => wrt.map((value) => walk.gradientOf(value) ?? g.expand(g.constant(0), value.shape)));
}

/** The nodes that a value is computed from, in the order in which they were built. */
function ancestorsOf(value: Value): readonly GraphNode[] {
  const found = new Set<GraphNode>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = producer(next);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** `wrt` and all that depends on it other than through what is stopped. */
function dependentsOf(
  wrt: readonly Value[],
  path: readonly GraphNode[],
  stopped: ReadonlySet<Value>,
): ReadonlySet<Value> {
  const dependents = new Set(wrt);
  for (const node of path) {
    if (!node.inputs.some((input) => dependents.has(input))) continue;
    for (const output of node.outputs) if (!stopped.has(output)) dependents.add(output);
  }
  return dependents;
}

function startWalk(g: Builder, path: readonly GraphNode[], wrt: readonly Value[], stopped: ReadonlySet<Value>) {
  const active = dependentsOf(wrt, path, stopped);
  const gradients = new Map<Value, Value>();
  const parts = new Map<Value, Part[]>();
  const inverseSize = inverseSizes(g);

  const contribute = (value: Value, gradient: Value, origin: Origin): void => {
    const sum = gradients.get(value);
    gradients.set(value, sum === undefined ? gradient : g.withOrigin(origin, () => g.add(sum, gradient)));
  };

  const visit = (node: GraphNode): void => {
    for (const output of node.outputs) padParts(output, originOf(node));
    if (!node.inputs.some((input) => active.has(input))) return;
    const outputGradients = node.outputs.map((output) => (stopped.has(output) ? undefined : gradients.get(output)));
    if (outputGradients.every((gradient) => gradient === undefined)) return;
    const step = { g, ...node, gradients: outputGradients, inverseSize };
    const [first] = node.inputs;
    if (isSlice(node) && first !== undefined)
      joinPart(first, { node, gradient: must(outputGradients[0], 'its gradient') });
    else differentiateNode(node, (RULES[node.op] as Rule<OpName>)(step));
  };

  const differentiateNode = (node: GraphNode, rule: ReturnType<Rule<OpName>>): void => {
    const origin = originOf(node);
    for (const [index, input] of node.inputs.entries()) {
      const build = rule[index];
      if (build === undefined || !active.has(input)) continue;
      contribute(
        input,
        g.withOrigin(origin, () => gradientOfInput(g, node, index, build)),
        origin,
      );
    }
  };

  const joinPart = (whole: Value, part: Part): void => {
    const known = [...(parts.get(whole) ?? []), part];
    const tiles = tiling(whole, known);
    parts.set(whole, tiles === undefined ? known : []);
    if (tiles === undefined) return;
    const origin = originOf(part.node);
    const gradient = g.withOrigin(origin, () =>
      g.concat(
        tiles.map((tile) => tile.gradient),
        part.node.attributes.axis,
      ),
    );
    contribute(whole, gradient, origin);
  };

  /** What was left of slices that do not tile: the region is that of the value itself, which comes after all of them. */
  const padParts = (whole: Value, origin: Origin): void => {
    for (const { node, gradient } of parts.get(whole) ?? []) {
      const rule = RULES.slice({ g, ...node, gradients: [gradient], inverseSize });
      const build = must(rule[0], 'the rule of slice');
      contribute(
        whole,
        g.withOrigin(origin, () => gradientOfInput(g, node, 0, build)),
        origin,
      );
    }
    parts.delete(whole);
  };

  const gradientOf = (value: Value): Value | undefined => {
    if (producer(value) === undefined) padParts(value, { phase: 'gradient', scope: '' });
    return gradients.get(value);
  };

  return { contribute, visit, gradientOf };
}

function gradientOfInput(g: Builder, node: GraphNode, index: number, build: () => Value): Value {
  const input = must(node.inputs[index], 'the input');
  const where = `the gradient of input ${index} (${describeValue(input)}) of ${describeNode(node)}`;
  let gradient: Value;
  try {
    gradient = sumToShape(g, build(), input.shape);
  } catch (cause) {
    throw new GraphError(`${where}: ${(cause as Error).message}`, { cause });
  }
  if (!equalShapes(gradient.shape, input.shape)) {
    throw new GraphError(`${where} is ${showShape(gradient.shape)}, not ${showShape(input.shape)}`);
  }
  return gradient;
}

/** Sums over the axes along which an operand of shape `target` was repeated. */
function sumToShape(g: Builder, gradient: Value, target: Shape): Value {
  const extra = gradient.shape.length - target.length;
  if (extra < 0) return gradient;
  const repeated = gradient.shape.flatMap((side, axis) =>
    side !== 1 && (axis < extra || target[axis - extra] === 1) ? [axis] : [],
  );
  const sum = repeated.length === 0 ? gradient : g.reduceSum(gradient, repeated);
  return extra === 0 ? sum : g.reshape(sum, target);
}

function originOf(node: GraphNode): Origin {
  const { scope, block } = node.origin;
  return { phase: 'gradient', scope, of: node, ...(block === undefined ? {} : { block }) };
}

/**
 * 1/size as a scalar. Sizes that are no numbers are counted by summing ones along an axis as long as each symbol,
 * once per symbol and outside of all blocks.
 */
function inverseSizes(g: Builder): (dim: Dim) => Value {
  const symbols = new Map<string, Value>();
  const sizeOf = (name: string): Value => {
    const size = symbols.get(name) ?? g.reshape(g.reduceSum(g.expand(g.constant(1), [symbol(name)]), [0]), []);
    symbols.set(name, size);
    return size;
  };
  return (dim) =>
    g.withOrigin({ phase: 'gradient', scope: 'sizes' }, () => {
      if (typeof dim === 'number') return g.constant(1 / dim);
      const factors = dim.powers.flatMap(([name, power]) => Array.from({ length: power }, () => sizeOf(name)));
      const product = factors.reduce((left, right) => g.mul(left, right));
      return g.div(dim.denominator / dim.numerator, product);
    });
}
