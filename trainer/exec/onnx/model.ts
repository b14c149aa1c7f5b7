/**
 * A training graph as an ONNX model.
 *
 * Every block of a graph with gradients becomes two `If` bodies, its forward part and its recompute-and-gradient part.
 * The condition is an input that is always true. ONNX Runtime plans, orders and optimises a body on its own: nothing of
 * a block starts before its turn, equal subexpressions of forward and backward part are not merged (which would keep
 * activations alive), and a body's buffers are free when it ends. The bodies that are never taken expand a scalar input
 * to the shapes of the outputs.
 */
import { InternalError } from '../../base/errors.ts';
import { showDim, type Bindings, type Shape } from '../../graph/dims.ts';
import { describeNode, leafName, type Graph, type GraphNode, type Value } from '../../graph/graph.ts';
import type { OpName } from '../../graph/ops.ts';
import { contractRegions, type Unit } from '../../graph/regions.ts';
import type { WeightSource, WeightSources } from '../executor.ts';
import { createEmitter, createModelContext, type Emitter, type ModelContext, type RuntimeVector } from './emitter.ts';
import { LOWERINGS } from './lower/index.ts';
import type { Lowering, Operand } from './lower/lowering.ts';
import {
  DATA_TYPE,
  encodeModel,
  EXTERNAL,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './messages.ts';

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** ONNX input name of each fed leaf. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Output name of the graph to ONNX output name. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly runtimeVectors: readonly RuntimeVector[];
  /** Whether `CONDITION` and `ZERO` must be fed. */
  readonly hasBodies: boolean;
}

/** The inputs that `If` bodies hang on: a bool [1] that is true, and a f32 [] that is 0. */
export const CONDITION = 'always';
export const ZERO = 'zero';

export interface LoweringOptions {
  readonly weights: WeightSources;
  readonly largest: Bindings;
  /** File of a weight to the location that the model names it by; see exec/ort. */
  readonly location: (file: string) => string;
}

/** @throws {InternalError} if a weight has no source or the graph is not well formed */
export function lowerToOnnx(graph: Graph, options: LoweringOptions): OnnxModel {
  const model = createModelContext(options.largest);
  const scope: Scope = { model, names: new Map(), weights: options.weights, bodies: false };
  const initializers = new Map<string, TensorProto>();
  const inputs = new Map<string, string>();
  for (const leaf of graph.leaves) declareLeaf(leaf, scope, options, initializers, inputs);

  const outer = createEmitter(model);
  const bodies = graph.nodes.some((node) => node.origin.phase !== 'forward');
  for (const unit of contractRegions(graph, bodies)) {
    if (unit.region === undefined) for (const node of unit.nodes) lowerNode(outer, scope, node);
    else lowerBody(outer, scope, unit);
  }

  const outputs = new Map<string, string>();
  const taken = new Set<string>();
  const outputInfo: ValueInfoProto[] = [];
  for (const [name, value] of graph.outputs) {
    const { name: made } = operand(outer, scope, value);
    // An output needs a name of its own, and one that a node gives it.
    const own = value.source.kind === 'node' && !taken.has(made);
    const result = own ? made : outer.node('Identity', [made]);
    taken.add(result);
    outputs.set(name, result);
    outputInfo.push(valueInfo(result, value.shape));
  }
  const graphProto: GraphProto = {
    name: 'step',
    node: outer.nodes,
    initializer: [...initializers.values(), ...model.initializers.values()],
    input: [
      ...graph.leaves.flatMap((leaf) => inputInfo(leaf, inputs)),
      ...[...model.runtimeVectors.values()].map(({ name, length }) => valueInfo(name, [length], DATA_TYPE.I64)),
      ...(scope.bodies ? [valueInfo(CONDITION, [1], DATA_TYPE.BOOL), valueInfo(ZERO, [])] : []),
    ],
    output: outputInfo,
  };
  const opsetImport = [{ domain: '', version: 20 }, { domain: 'com.microsoft', version: 1 }]; // prettier-ignore
  const bytes = encodeModel({ irVersion: 9, producerName: 'lora-loom', graph: graphProto, opsetImport });
  return { bytes, inputs, outputs, runtimeVectors: [...model.runtimeVectors.values()], hasBodies: scope.bodies };
}

interface Scope {
  readonly model: ModelContext;
  /** The ONNX name of every value that is visible here. */
  readonly names: Map<Value, string>;
  readonly weights: WeightSources;
  bodies: boolean;
}

function declareLeaf(
  leaf: Value,
  scope: Scope,
  options: LoweringOptions,
  initializers: Map<string, TensorProto>,
  inputs: Map<string, string>,
): void {
  const { source } = leaf;
  const name = leafName(leaf);
  if (source.kind === 'constant' || name === undefined) return;
  const onnxName = `${source.kind} ${name}`;
  scope.names.set(leaf, onnxName);
  if (source.kind !== 'weight') {
    inputs.set(name, onnxName);
    return;
  }
  const weight = options.weights.get(name);
  if (weight === undefined) throw new InternalError(`the weight ${name} has no source`);
  initializers.set(name, initializer(onnxName, leaf, weight, options));
}

function initializer(name: string, leaf: Value, weight: WeightSource, options: LoweringOptions): TensorProto {
  const dims = leaf.shape.map((dim) => {
    if (typeof dim !== 'number') throw new InternalError(`the weight ${name} has the symbolic side ${showDim(dim)}`);
    return dim;
  });
  if (weight.kind === 'data') {
    const { data, dtype } = weight.tensor;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { name, dims, dataType: dtype === 'f32' ? DATA_TYPE.F32 : DATA_TYPE.I32, rawData };
  }
  const externalData = [
    { key: 'location', value: options.location(weight.file) },
    { key: 'offset', value: String(weight.offset) },
    { key: 'length', value: String(weight.byteLength) },
  ];
  return { name, dims, dataType: DATA_TYPE[weight.dtype], dataLocation: EXTERNAL, externalData };
}

function lowerNode(o: Emitter, scope: Scope, node: GraphNode): void {
  const lower = LOWERINGS[node.op] as Lowering<OpName>;
  const shapes = node.outputs.map(({ shape }) => shape);
  // A table of rows is gathered in the file's own dtype: widening all of it for a few rows would be waste.
  const late = node.op === 'gatherRows' && storedDType(scope, node.inputs[0]) !== 'F32';
  const operands = node.inputs.map((input, index) =>
    late && index === 0 ? stored(scope, input) : operand(o, scope, input),
  );
  const results = lower(o, operands, node.attributes, shapes);
  if (results.length !== node.outputs.length)
    throw new InternalError(`${describeNode(node)} lowered to ${results.length} outputs`);
  for (const [index, output] of node.outputs.entries()) {
    const name = results[index] as string;
    scope.names.set(output, late ? o.node('Cast', [name], { to: DATA_TYPE.F32 }) : name);
  }
}

/** One `If`, whose then-body holds the unit's nodes and whose outputs are what is used outside of it. */
function lowerBody(outer: Emitter, scope: Scope, unit: Unit): void {
  scope.bodies = true;
  const body = createEmitter(scope.model);
  const inside: Scope = { ...scope, names: new Map(scope.names) };
  for (const node of unit.nodes) lowerNode(body, inside, node);

  const then: ValueInfoProto[] = [];
  const otherwise: ValueInfoProto[] = [];
  const absent = createEmitter(scope.model);
  for (const value of unit.outputs) {
    then.push(valueInfo(inside.names.get(value) as string, value.shape));
    otherwise.push(valueInfo(absent.node('Expand', [ZERO, absent.shape(value.shape)]), value.shape));
  }
  const branches = {
    then_branch: bodyGraph(`${unit.region} then`, body.nodes, then),
    else_branch: bodyGraph(`${unit.region} else`, absent.nodes, otherwise),
  };
  const results = outer.nodeWithOutputs('If', [CONDITION], unit.outputs.length, branches);
  for (const [index, value] of unit.outputs.entries()) scope.names.set(value, results[index] as string);
}

const bodyGraph = (name: string, node: readonly NodeProto[], output: readonly ValueInfoProto[]): GraphProto => ({
  name,
  node,
  output,
});

function operand(o: Emitter, scope: Scope, value: Value): Operand {
  const { source, shape } = value;
  if (source.kind === 'constant') return { name: o.floats(source.data, shape as readonly number[]), shape };
  const known = scope.names.get(value);
  if (known === undefined)
    throw new InternalError(
      `a value of ${source.kind === 'node' ? describeNode(source.node) : source.name} is used before it is made`,
    );
  if (storedDType(scope, value) === 'F32') return { name: known, shape };
  // The widened copy is named in this body only, so that it does not outlive it.
  const widened = o.node('Cast', [known], { to: DATA_TYPE.F32 });
  return { name: widened, shape };
}

const stored = (scope: Scope, value: Value): Operand => ({
  name: scope.names.get(value) as string,
  shape: value.shape,
});

/** `F32` for all but frozen weights that a file stores otherwise. */
function storedDType(scope: Scope, value: Value | undefined): string {
  if (value?.source.kind !== 'weight') return 'F32';
  const weight = scope.weights.get(value.source.name);
  return weight?.kind === 'file' ? weight.dtype : 'F32';
}

const inputInfo = (leaf: Value, inputs: ReadonlyMap<string, string>): readonly ValueInfoProto[] => {
  const name =
    leaf.source.kind === 'input' || leaf.source.kind === 'parameter' ? inputs.get(leaf.source.name) : undefined;
  return name === undefined ? [] : [valueInfo(name, leaf.shape, leaf.dtype === 'f32' ? DATA_TYPE.F32 : DATA_TYPE.I32)];
};

function valueInfo(name: string, shape: Shape, elemType: number = DATA_TYPE.F32): ValueInfoProto {
  const dim = shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: showDim(side) }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
