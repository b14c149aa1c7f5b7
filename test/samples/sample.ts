/**
 * What a sample of an op is, and how it becomes a graph with numbers to feed.
 */
import { must } from '../../trainer/base/errors.ts';
import { createGenerator, deriveSeed } from '../../trainer/base/random.ts';
import { elementCount, f32, i32, type Tensor } from '../../trainer/base/tensor.ts';
import { createBuilder, type Builder } from '../../trainer/graph/builder.ts';
import { evaluateShape, showShape, type Bindings, type Shape } from '../../trainer/graph/dims.ts';
import type { Graph, Value } from '../../trainer/graph/graph.ts';
import type { OpAttributes, OpName } from '../../trainer/graph/ops.ts';

/** `normal`: standard normal. `positive`: 0.5 to 2. `ids`: whole numbers below `rows`. */
export type SampleLeaf = { readonly shape: Shape } & (
  { readonly draw: 'normal' | 'positive' } | { readonly draw: 'ids'; readonly rows: number }
);

export interface Sample<Op extends OpName> {
  readonly leaves: readonly SampleLeaf[];
  readonly attributes: OpAttributes[Op];
  /** What the sample is about, where its shapes do not say. */
  readonly about?: string;
  readonly bindings?: Bindings;
  /** The sizes that an executor plans for, where they are not those that are fed. */
  readonly largest?: Bindings;
  /** The op's operands, where they are not just the leaves. */
  readonly operands?: (g: Builder, leaves: readonly Value[]) => readonly Value[];
}

export type Samples = { readonly [Op in OpName]: readonly Sample<Op>[] };

export interface SampleGraph {
  readonly g: Builder;
  /** `x0`, `x1`, ...: fed and differentiable, or ids. */
  readonly leaves: readonly Value[];
  /** All outputs of the op. */
  readonly outputs: readonly Value[];
}

export function buildSample<Op extends OpName>(op: Op, sample: Sample<Op>): SampleGraph {
  const g = createBuilder();
  const leaves = sample.leaves.map((leaf, index) =>
    leaf.draw === 'ids' ? g.input(`x${index}`, leaf.shape, 'i32') : g.parameter(`x${index}`, leaf.shape),
  );
  const operands = sample.operands?.(g, leaves) ?? leaves;
  return { g, leaves, outputs: g.apply(op, operands, sample.attributes) };
}

export const outputsGraph = ({ g, outputs }: SampleGraph): Graph =>
  g.finish(Object.fromEntries(outputs.map((output, index) => [`y${index}`, output])));

/**
 * A loss that depends on every element of every output in its own way: the sum of outputs times given numbers, fed as
 * `c0`, `c1`, ...
 */
export function weightedLoss({ g, outputs }: SampleGraph): Value {
  const terms = outputs.map((output, index) => {
    const product = g.mul(output, g.input(`c${index}`, output.shape));
    return g.reshape(
      g.reduceSum(
        product,
        output.shape.map((_, axis) => axis),
      ),
      [],
    );
  });
  return terms.reduce((left, right) => g.add(left, right));
}

/** Numbers for the leaves `x0`, ... and the coefficients `c0`, ... of a sample; the same at every call. */
export function drawFeeds<Op extends OpName>(op: Op, sample: Sample<Op>): Record<string, Tensor> {
  const { outputs } = buildSample(op, sample);
  const bindings = sample.bindings ?? {};
  const feeds: Record<string, Tensor> = {};
  for (const [index, leaf] of sample.leaves.entries()) feeds[`x${index}`] = draw(leaf, bindings, index);
  for (const [index, { shape }] of outputs.entries()) {
    feeds[`c${index}`] = draw({ shape, draw: 'normal' }, bindings, sample.leaves.length + index);
  }
  return feeds;
}

export function titleOf<Op extends OpName>(op: Op, sample: Sample<Op>): string {
  const attributes = Object.entries(sample.attributes).map(([name, value]) => `${name} ${show(value)}`);
  const shapes = sample.leaves.map(({ shape }) => showShape(shape)).join(', ');
  return [`${op}(${shapes})`, ...attributes, ...(sample.about === undefined ? [] : [sample.about])].join(', ');
}

const show = (value: unknown): string => (Array.isArray(value) ? showShape(value as Shape) : JSON.stringify(value));

function draw(leaf: SampleLeaf, bindings: Bindings, index: number): Tensor {
  const shape = evaluateShape(leaf.shape, bindings);
  const count = elementCount(shape);
  const generator = createGenerator(deriveSeed(1, 'noise', index));
  switch (leaf.draw) {
    case 'ids':
      return i32(
        shape,
        Int32Array.from({ length: count }, () => generator.below(leaf.rows)),
      );
    case 'normal':
      return f32(shape, generator.normals(count));
    case 'positive':
      return f32(
        shape,
        generator.uniforms(count).map((value) => 0.5 + 1.5 * value),
      );
  }
}

/** The samples of an op, for walking over the table. */
export function eachSample<T>(
  samples: Samples,
  visit: <Op extends OpName>(op: Op, sample: Sample<Op>) => T,
): readonly T[] {
  return (Object.keys(samples) as OpName[]).flatMap((op) =>
    must(samples[op], op).map((sample) => visit(op, sample as Sample<OpName>)),
  );
}
