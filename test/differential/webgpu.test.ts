/**
 * ONNX Runtime's WebGPU provider, on a software GPU, against its CPU provider: every sample of every op and its gradient.
 *
 * Falling back to the CPU is forbidden by a session option, and the profile must show that it did not happen.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { EXECUTOR_TOLERANCE } from '../samples/tolerances.ts';
import { differentialCases } from './cases.ts';
import { prepareSwiftShader } from './swiftshader.ts';
import type { WebGpuResult } from './webgpu-child.ts';

const gpu = prepareSwiftShader();

if ('missing' in gpu) {
  test.skip(`WebGPU against the CPU: skipped, because ${gpu.missing}`, () => {});
} else {
  const results = runChild(gpu.environment);
  describe('WebGPU agrees with the CPU and runs every node itself', () => {
    test.each(differentialCases())('$title', ({ title }) => {
      const result = must(results.get(title), `a result for ${title}`);
      expect(result.error).toBeUndefined();
      expect(result.difference).toBeLessThan(EXECUTOR_TOLERANCE.webgpu);
      expect(result.providers).toEqual(['WebGpuExecutionProvider']);
    });
  });
}

function runChild(environment: Readonly<Record<string, string>>): ReadonlyMap<string, WebGpuResult> {
  const folder = mkdtempSync(join(tmpdir(), 'lora-loom-webgpu-'));
  try {
    const child = fileURLToPath(new URL('./webgpu-child.ts', import.meta.url));
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', child, folder], {
      env: { ...process.env, ...environment },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    if (status !== 0) throw new Error(`the process with the software GPU ended with ${status}: ${stderr.slice(-2000)}`);
    const parsed = lines.map((line) => JSON.parse(line) as WebGpuResult);
    return new Map(parsed.map((result) => [result.title, result]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
