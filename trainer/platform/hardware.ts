/**
 * What the machine has: processor, memory, system.
 */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';

export interface Hardware {
  /** "linux", "darwin", "win32", ... */
  readonly platform: string;
  /** "x64", "arm64", ... */
  readonly architecture: string;
  readonly processor: string;
  /** Threads that can run at once. */
  readonly cores: number;
  /** Bytes that this process may use: the machine's, or its container's where that is less. */
  readonly memory: number;
  /** Bytes that are free now, as the system counts. */
  readonly freeMemory: number;
  /** Without the "v". */
  readonly nodeVersion: string;
}

export function probeHardware(): Hardware {
  // 0 or absurdly large where no limit is set.
  const limit = process.constrainedMemory();
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return {
    platform: process.platform,
    architecture: process.arch,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory,
    freeMemory: Math.min(freemem(), memory),
    nodeVersion: process.versions.node,
  };
}
