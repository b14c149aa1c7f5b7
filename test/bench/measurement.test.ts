import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as runtime from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { planLines } from '../../trainer/cli/bench/figures.ts';
import { measure } from '../../trainer/cli/bench/measurement.ts';
import { planSdxl } from '../../trainer/cli/bench/plan.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { writeRandomCheckpoint } from '../../trainer/formats/random-checkpoint/write.ts';
import { machineClock } from '../../trainer/platform/clock.ts';
import { machineFiles } from '../../trainer/platform/files.ts';

test('an SDXL step is planned from the graph that would train', () => {
  const plan = planSdxl();
  // 722 modules: sd-scripts' count for the UNet of SDXL. 2641 weights: 1680 of the UNet, 248 of the VAE, 196 and 517 of
  // the text encoders, as the published files list them (test/golden/data/diffusers).
  expect(plan).toMatchObject({ modules: 722, weights: 1680 + 248 + 196 + 517 });
  expect(plan.peakBytesCheckpointing).toBeLessThan(plan.peakBytes / 2);
  expect(planLines(plan)).toContain('722 LoRA modules in the UNet');
});

test('a measurement runs the steps and tells what they took', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lora-loom-bench-'));
  try {
    const files = machineFiles();
    const checkpoint = join(folder, 'tiny.safetensors');
    await writeRandomCheckpoint(files, checkpoint, {
      family: 'sd1',
      size: 'tiny',
      layout: 'ldm',
      dtype: 'F32',
      seed: 1,
    });
    const executor = createOrtExecutor(runtime, { provider: 'cpu', threads: 1 });
    const machine = { files, clock: machineClock, executor, peakMemory: () => 5 };
    const result = await measure(machine, {
      checkpoint,
      resolution: 64,
      batch: 2,
      gradientCheckpointing: true,
      steps: 2,
    });
    expect(result.stepSeconds).toHaveLength(2);
    expect(result.startSeconds).toBeGreaterThan(0);
    expect(result.operations).toBeGreaterThan(1e6);
    expect(result.yardstick).toBeGreaterThan(1e9);
    expect(result.peakMemory).toBe(5);
  } finally {
    await rm(folder, { recursive: true });
  }
});
