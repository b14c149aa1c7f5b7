/**
 * ONNX Runtime's WebGPU provider, on a software GPU, against its CPU provider: every sample of every op and its
 * gradient, and whole blocks.
 *
 * Falling back to the CPU is forbidden by a session option, and the profile must show that it did not happen.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { EXECUTOR_TOLERANCE } from '../samples/tolerances.ts';
import { blockCases, differentialCases } from './cases.ts';
import { prepareSwiftShader } from './swiftshader.ts';
import type { WebGpuResult } from './webgpu-child.ts';

const gpu = prepareSwiftShader();

if ('missing' in gpu) {
  test.skip(`WebGPU against the CPU: skipped, because ${gpu.missing}`, () => {});
} else {
  describe('WebGPU agrees with the CPU and runs every node itself', () => {
    let results: ReadonlyMap<string, WebGpuResult> = new Map();
    beforeAll(async () => {
      results = await runChild(gpu.environment);
    });
    test.each([...differentialCases(), ...blockCases()])('$title', ({ title }) => {
      const result = must(results.get(title), `a result for ${title}`);
      expect(result.error).toBeUndefined();
      expect(result.difference).toBeLessThan(EXECUTOR_TOLERANCE.webgpu);
      expect(result.providers).toEqual(['WebGpuExecutionProvider']);
    });
  });
}

/** The results by title. The child's own process reads the loader's variables when it starts. */
async function runChild(environment: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, WebGpuResult>> {
  const folder = mkdtempSync(join(tmpdir(), 'lora-loom-webgpu-'));
  try {
    const child = fileURLToPath(new URL('./webgpu-child.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', child, folder], {
      env: { ...process.env, ...environment },
      maxBuffer: 2 ** 26,
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const parsed = lines.map((line) => JSON.parse(line) as WebGpuResult);
    return new Map(parsed.map((result) => [result.title, result]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
