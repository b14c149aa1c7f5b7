/**
 * Reads the profile that ONNX Runtime writes: which node ran when, where, for how long, and what memory was in use.
 *
 * Format: the trace events of ONNX Runtime 1.30's `Profiler`; nodes end in `_kernel_time`.
 */

export interface NodeRun {
  /** The node's name in the model. */
  readonly name: string;
  readonly op: string;
  /** `CPUExecutionProvider`, `WebGpuExecutionProvider`, ... */
  readonly provider: string;
  readonly seconds: number;
  /** Bytes of tensors alive in the CPU arena when the node ended. */
  readonly liveBytes: number;
}

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly provider?: string;
    readonly mem_bytes_requested_in_use?: string;
  };
}

const SUFFIX = '_kernel_time';

/** The nodes of all runs in the order in which they ran. */
export function readProfile(text: string): readonly NodeRun[] {
  const events = JSON.parse(text) as readonly TraceEvent[];
  return events
    .filter(({ cat, name }) => cat === 'Node' && name.endsWith(SUFFIX))
    .sort((a, b) => a.ts - b.ts)
    .map(({ name, dur, args }) => ({
      name: name.slice(0, -SUFFIX.length),
      op: args?.op_name ?? '',
      provider: args?.provider ?? '',
      seconds: dur / 1e6,
      liveBytes: Number(args?.mem_bytes_requested_in_use ?? 0),
    }));
}
