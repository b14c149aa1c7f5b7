import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as runtime from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { figureLines, figuresOf, growthLines, planLines } from '../../../trainer/cli/bench/figures.ts';
import { measure, type Measurement } from '../../../trainer/cli/bench/measurement.ts';
import { planSdxl } from '../../../trainer/cli/bench/plan.ts';
import { createOrtExecutor } from '../../../trainer/exec/ort/executor.ts';
import { writeRandomCheckpoint } from '../../../trainer/formats/random-checkpoint/write.ts';
import { machineClock } from '../../../trainer/platform/clock.ts';
import { machineFiles } from '../../../trainer/platform/files.ts';

const measured = (resolution: number, change: Partial<Measurement> = {}): Measurement => ({
  case: { checkpoint: 'a.safetensors', resolution, batch: 1, gradientCheckpointing: false, steps: 3 },
  stepSeconds: [4, 2, 1.6],
  startSeconds: 2.5,
  operations: 400e9,
  yardstick: 300e9,
  peakMemory: 4.2e9,
  ...change,
});

test('a figure is met or missed by its goal, and the first step does not count as speed', () => {
  const byName = new Map(figuresOf([measured(256)]).map((figure) => [figure.name, figure]));
  // 400 GFLOP in 1.6 s are 250 GFLOP/s, 0.83 of the product's 300.
  const speed = byName.get('speed of a step over a 2048³ matrix product, 256 px');
  expect(speed?.value).toBeCloseTo(400 / 1.6 / 300, 12);
  expect(speed?.met).toBe(false);
  expect(byName.get('a step, 256 px')).toMatchObject({ value: 1.6, met: true });
  expect(byName.get('peak memory, 256 px')).toMatchObject({ value: 4.2, met: false });
  expect(byName.has('a step, 512 px')).toBe(false);
});

test('a missed goal is printed as missed', () => {
  expect(figureLines(figuresOf([measured(256)]))).toMatch(/peak memory, 256 px +4\.20 GB +<= 4\.1 +missed/);
});

test('growth is told as ratios to the first case', () => {
  const lines = growthLines([measured(256), measured(512, { stepSeconds: [9, 8], peakMemory: 5.04e9 })]);
  expect(lines).toMatch(/512 px, batch 1 +8\.00 s +5\.00 +5\.04 GB +1\.20/);
});

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
