/**
 * Runs graphs on ONNX Runtime: one session per graph, for every batch size and bucket.
 *
 * The session options were chosen by measurement, docs/decisions/0004-session-options.md.
 */
import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { InternalError, must } from '../../base/errors.ts';
import type { Tensor } from '../../base/tensor.ts';
import type { Graph } from '../../graph/graph.ts';
import { bindSymbols } from '../bind.ts';
import type { CompileOptions, Executor, Feeds, Fetches, Program, WeightSources } from '../executor.ts';
import { CONDITION, lowerToOnnx, ZERO, type OnnxModel } from '../onnx/model.ts';
import { engineError } from './errors.ts';
import { locate, volumeOf } from './volume.ts';

/** The part of `onnxruntime-node` that is used here; `trainer/platform` loads it. */
export interface OrtRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export interface OrtOptions {
  readonly provider: Provider;
  /** Threads of the CPU provider; ONNX Runtime's own choice (the cores) where absent. */
  readonly threads?: number;
  /** Fail when a node has no kernel on the provider, rather than run it on the CPU. */
  readonly withoutFallback?: boolean;
  /** Writes a profile of every run to `<prefix>_<time>.json` when the program is disposed. */
  readonly profilePrefix?: string;
}

export function createOrtExecutor(runtime: OrtRuntime, options: OrtOptions): Executor {
  return {
    name: options.provider,
    compile: async (graph, compile = {}) => {
      const { model, volume } = lower(graph, compile);
      const session = await openSession(runtime, model.bytes, sessionOptions(options, volume), options.provider);
      return createProgram(runtime, session, graph, model, options);
    },
  };
}

function lower(
  graph: Graph,
  { weights = new Map(), largest = {} }: CompileOptions,
): { model: OnnxModel; volume: string | undefined } {
  const volume = volumeOf(filesOf(weights));
  const model = lowerToOnnx(graph, {
    weights,
    largest,
    location: (file) => locate(file, must(volume, 'volume of the weights')),
  });
  return { model, volume };
}

const filesOf = (weights: WeightSources): readonly string[] => [
  ...new Set([...weights.values()].flatMap((weight) => (weight.kind === 'file' ? [weight.file] : []))),
];

function sessionOptions(options: OrtOptions, volume: string | undefined): InferenceSession.SessionOptions {
  const { provider, threads, withoutFallback, profilePrefix } = options;
  return {
    executionProviders: [provider],
    executionMode: 'sequential',
    // The passes have done it, and folding would keep f16 weights widened: a second copy of the model.
    graphOptimizationLevel: 'disabled',
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session: {
        disable_prepacking: '1',
        // Threads that wait by spinning take the processor from the window and from whatever else the user runs.
        'intra_op.allow_spinning': '0',
        ...(volume === undefined ? {} : { model_external_initializers_file_folder_path: volume }),
        ...(withoutFallback ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  };
}

async function openSession(
  runtime: OrtRuntime,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
  provider: Provider,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(bytes, options);
  } catch (cause) {
    throw engineError(cause, provider);
  }
}

function createProgram(
  runtime: OrtRuntime,
  session: InferenceSession,
  graph: Graph,
  model: OnnxModel,
  options: OrtOptions,
): Program {
  const always: Record<string, OrtTensor> = model.hasBodies
    ? {
        [CONDITION]: new runtime.Tensor('bool', Uint8Array.of(1), [1]),
        [ZERO]: new runtime.Tensor('float32', Float32Array.of(0), []),
      }
    : {};

  const run = async (feeds: Feeds): Promise<Fetches> => {
    const inputs = { ...always, ...toInputs(runtime, graph, model, feeds) };
    try {
      const results = await session.run(inputs);
      return Object.fromEntries(
        [...model.outputs].map(([name, onnxName]) => [name, fromOrt(must(results[onnxName], `output ${name}`))]),
      );
    } catch (cause) {
      throw engineError(cause, options.provider);
    }
  };

  return {
    run,
    [Symbol.asyncDispose]: async () => {
      try {
        if (options.profilePrefix !== undefined) session.endProfiling();
      } finally {
        await session.release();
      }
    },
  };
}

function toInputs(runtime: OrtRuntime, graph: Graph, model: OnnxModel, feeds: Feeds): Record<string, OrtTensor> {
  const bindings = bindSymbols(graph, feeds);
  const inputs: Record<string, OrtTensor> = {};
  for (const [name, onnxName] of model.inputs) {
    const tensor = must(feeds[name], `feed ${name}`);
    inputs[onnxName] =
      tensor.dtype === 'f32'
        ? new runtime.Tensor('float32', tensor.data, tensor.shape)
        : new runtime.Tensor('int32', tensor.data, tensor.shape);
  }
  for (const { name, evaluate } of model.runtimeVectors) {
    const values = BigInt64Array.from(evaluate(bindings), BigInt);
    inputs[name] = new runtime.Tensor('int64', values, [values.length]);
  }
  return inputs;
}

function fromOrt({ type, data, dims }: OrtTensor): Tensor {
  if (type === 'float32' && data instanceof Float32Array) return { dtype: 'f32', shape: dims, data };
  if (type === 'int32' && data instanceof Int32Array) return { dtype: 'i32', shape: dims, data };
  throw new InternalError(`ONNX Runtime returned ${type}`);
}
