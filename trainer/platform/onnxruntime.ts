/**
 * Loads ONNX Runtime, the native library that computes.
 */
import { UserError } from '../base/errors.ts';
import type { OrtRuntime } from '../exec/ort/executor.ts';

export interface OnnxRuntime extends OrtRuntime {
  /** Providers that this build knows; those not bundled need a library of their own. */
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
}

/** @throws {UserError} engine/not-loaded if the library is missing or does not fit the machine */
export async function loadOnnxRuntime(load = () => import('onnxruntime-node')): Promise<OnnxRuntime> {
  try {
    return await load();
  } catch (cause) {
    throw new UserError(
      {
        code: 'engine/not-loaded',
        what: 'ONNX Runtime, which computes everything, cannot be loaded',
        fix:
          'Run "npm ci" again. It runs on Linux (x64, arm64; glibc), Windows (x64, arm64) and macOS (arm64); ' +
          'on Windows it needs the Microsoft Visual C++ Redistributable.',
        details: { platform: process.platform, architecture: process.arch, message: String(cause) },
      },
      { cause },
    );
  }
}
