/**
 * Which engines work on this machine: each is tried with a graph of one node, because a provider that is listed may
 * still find no device.
 */
import { UserError } from '../base/errors.ts';
import { f32 } from '../base/tensor.ts';
import { createOrtExecutor, type Provider } from '../exec/ort/executor.ts';
import { createBuilder } from '../graph/builder.ts';
import type { OnnxRuntime } from './onnxruntime.ts';

export interface EngineTrial {
  readonly name: Provider;
  /** Comes with the package; others need a library of their own. */
  readonly bundled: boolean;
  readonly works: boolean;
  /** Why it does not work. */
  readonly reason?: string;
}

const PROVIDERS: readonly string[] = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] satisfies readonly Provider[];

export const isProvider = (name: string): name is Provider => PROVIDERS.includes(name);

/** Providers that this build of ONNX Runtime knows and LoRA Loom can use. */
export function listEngines(
  runtime: Pick<OnnxRuntime, 'listSupportedBackends'>,
): readonly Pick<EngineTrial, 'name' | 'bundled'>[] {
  return runtime.listSupportedBackends().flatMap(({ name, bundled }) => (isProvider(name) ? [{ name, bundled }] : []));
}

/** Doubles three numbers on the provider; `undefined` when the answer is right, else what went wrong. */
export async function tryEngine(runtime: OnnxRuntime, provider: Provider): Promise<string | undefined> {
  const builder = createBuilder();
  const x = builder.input('x', [3]);
  const graph = builder.finish({ doubled: builder.add(x, x) });
  try {
    const executor = createOrtExecutor(runtime, { provider, withoutFallback: provider !== 'cpu' });
    await using program = await executor.compile(graph);
    const { doubled } = await program.run({ x: f32([3], [1, 2, 3]) });
    const answer = [...(doubled?.data ?? [])].join(', ');
    return answer === '2, 4, 6' ? undefined : `It computes wrongly: twice 1, 2, 3 is ${answer}`;
  } catch (error) {
    return error instanceof UserError ? error.report.what : firstLine(error);
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}
