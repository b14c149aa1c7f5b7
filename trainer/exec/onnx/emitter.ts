/**
 * Collects ONNX nodes while a graph is lowered: fresh names, shared constants, and shapes that are known only at run time.
 *
 * Shapes with symbols are not computed inside the model (int64 arithmetic has no GPU kernels): they are int64 inputs,
 * evaluated by the executor from the bound symbols before each run.
 */
import { InternalError } from '../../base/errors.ts';
import {
  countElements,
  equalDims,
  equalShapes,
  evaluateDim,
  evaluateShape,
  showDim,
  showShape,
  symbolsOf,
  type Bindings,
  type Dim,
  type Shape,
} from '../../graph/dims.ts';
import {
  ATTRIBUTE_TYPE,
  DATA_TYPE,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from './messages.ts';

export type AttributeInput = number | string | readonly number[] | GraphProto | { readonly float: number };
export type Attributes = Readonly<Record<string, AttributeInput>>;

/** An int64 vector that is fed with each run. */
export interface RuntimeVector {
  readonly name: string;
  readonly length: number;
  readonly evaluate: (bindings: Bindings) => readonly number[];
}

/** What all bodies of one model share: names, constants and runtime vectors live in the outermost graph. */
export interface ModelContext {
  /** By what they hold. */
  readonly initializers: Map<string, TensorProto>;
  readonly runtimeVectors: Map<string, RuntimeVector>;
  /** The largest sizes that will be fed. */
  readonly largest: Bindings;
  nextName: number;
}

export interface Emitter {
  readonly model: ModelContext;
  readonly nodes: NodeProto[];
  /** Adds a node with one output and returns its name. */
  readonly node: (opType: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly nodeWithOutputs: (
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Attributes,
  ) => readonly string[];
  /** A node of ONNX Runtime's own domain. */
  readonly microsoft: (opType: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly scalar: (value: number) => string;
  readonly floats: (values: readonly number[], shape: readonly number[]) => string;
  readonly integers: (values: readonly number[]) => string;
  /** The shape as an int64 vector: constant where it can be, else fed. */
  readonly shape: (shape: Shape) => string;
  /** floor(dim * numerator / denominator), as an int64 vector of one element. */
  readonly fraction: (dim: Dim, numerator: number, denominator: number) => string;
  readonly reshape: (x: string, from: Shape, to: Shape) => string;
}

export const createModelContext = (largest: Bindings): ModelContext => ({
  initializers: new Map(),
  runtimeVectors: new Map(),
  largest,
  nextName: 0,
});

export function createEmitter(model: ModelContext): Emitter {
  const nodes: NodeProto[] = [];
  /** What a reshape's result was before, and the reshapes of each value by the shape they give. */
  const reshaped = new Map<string, { readonly name: string; readonly shape: Shape }>();
  const reshapes = new Map<string, string>();
  const fresh = (hint: string): string => `${hint}_${model.nextName++}`;

  const add = (
    opType: string,
    domain: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes = {},
  ) => {
    const output = Array.from({ length: outputs }, () => fresh(opType));
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value));
    nodes.push({ name: fresh(opType), opType, domain, input: inputs, output, attribute });
    return output;
  };
  const constant = (key: string, dataType: number, dims: readonly number[], rawData: () => ArrayBuffer): string => {
    const known = model.initializers.get(key);
    if (known !== undefined) return known.name;
    const name = fresh('constant');
    model.initializers.set(key, { name, dims, dataType, rawData: new Uint8Array(rawData()) });
    return name;
  };
  const integers = (values: readonly number[]): string =>
    constant(`i64 ${values.join()}`, DATA_TYPE.I64, [values.length], () => BigInt64Array.from(values, BigInt).buffer);
  const floats = (values: readonly number[], shape: readonly number[]): string =>
    constant(`f32 [${shape.join()}] ${values.join()}`, DATA_TYPE.F32, shape, () => Float32Array.from(values).buffer);
  const runtime = (key: string, length: number, evaluate: RuntimeVector['evaluate']): string => {
    const name = `sizes ${key}`;
    if (!model.runtimeVectors.has(name)) model.runtimeVectors.set(name, { name, length, evaluate });
    return name;
  };
  const shapeVector = (shape: Shape): string =>
    shape.every((dim) => typeof dim === 'number')
      ? integers(shape)
      : runtime(showShape(shape), shape.length, (bindings) => evaluateShape(shape, bindings));

  const node: Emitter['node'] = (opType, inputs, attributes) => first(add(opType, '', inputs, 1, attributes));
  return {
    model,
    nodes,
    node,
    nodeWithOutputs: (opType, inputs, outputs, attributes) => add(opType, '', inputs, outputs, attributes),
    microsoft: (opType, inputs, attributes) => first(add(opType, 'com.microsoft', inputs, 1, attributes)),
    scalar: (value) => floats([value], []),
    floats,
    integers,
    shape: shapeVector,
    fraction: (dim, numerator, denominator) => {
      const part = (side: number): number => Math.floor((side * numerator) / denominator);
      if (typeof dim === 'number') return integers([part(dim)]);
      return runtime(`${showDim(dim)}*${numerator}/${denominator}`, 1, (bindings) => [
        part(evaluateDim(dim, bindings)),
      ]);
    },
    reshape: (x, from, to) => {
      // Layers flatten their rows and unfold them again: the way back is the value itself, a second way there the first.
      const { name: root, shape } = reshaped.get(x) ?? { name: x, shape: from };
      if (equalShapes(shape, to)) return root;
      const key = `${root} ${showShape(to)}`;
      const earlier = reshapes.get(key);
      if (earlier !== undefined) return earlier;
      const known = reshapeTarget(shape, to);
      const result = node('Reshape', [root, known === undefined ? shapeVector(to) : integers(known)]);
      reshapes.set(key, result);
      reshaped.set(result, { name: root, shape });
      return result;
    },
  };
}

/** The number of elements at the largest sizes; unknown where a symbol has none. */
export function largestCount({ largest }: ModelContext, shape: Shape): number | undefined {
  return symbolsOf(shape).every((name) => largest[name] !== undefined)
    ? evaluateDim(countElements(shape), largest)
    : undefined;
}

/** ONNX Reshape's constants: 0 copies the axis of the input, one -1 is inferred. */
function reshapeTarget(from: Shape, to: Shape): readonly number[] | undefined {
  let inferred = 0;
  const target = to.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    if (axis < from.length && equalDims(dim, from[axis] as Dim)) return 0;
    inferred++;
    return -1;
  });
  return inferred <= 1 && !to.includes(0) ? target : undefined;
}

function encodeAttribute(name: string, value: AttributeInput): AttributeProto {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  if ('node' in value) return { name, type: ATTRIBUTE_TYPE.graph, g: value };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}

function first(outputs: readonly string[]): string {
  const [name] = outputs;
  if (name === undefined) throw new InternalError('a node without outputs');
  return name;
}
