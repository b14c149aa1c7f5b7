/**
 * The tiny networks in test/golden/models and what diffusers and transformers computed with them, and a way to run our
 * graphs of the same networks on ONNX Runtime.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { must } from '../../trainer/base/errors.ts';
import { f32, i32, type Tensor } from '../../trainer/base/tensor.ts';
import type { Fetches, Feeds } from '../../trainer/exec/executor.ts';
import { createOrtExecutor } from '../../trainer/exec/ort/executor.ts';
import { openCheckpoint } from '../../trainer/formats/checkpoint/open.ts';
import type { Checkpoint } from '../../trainer/formats/checkpoint/types.ts';
import { readHeader } from '../../trainer/formats/safetensors/header.ts';
import { readTensor } from '../../trainer/formats/safetensors/read.ts';
import { createBuilder } from '../../trainer/graph/builder.ts';
import type { Value } from '../../trainer/graph/graph.ts';
import { checkpointWeights } from '../../trainer/models/checkpoint-weights.ts';
import type { Network } from '../../trainer/nn/network.ts';
import { machineFiles } from '../../trainer/platform/files.ts';
import { loadOnnxRuntime } from '../../trainer/platform/onnxruntime.ts';

export const FAMILIES = ['sd15', 'sd21', 'sdxl'] as const;

const CHECKPOINTS = { sd15: 'sd15-tiny.safetensors', sd21: 'diffusers', sdxl: 'diffusers' } as const;

/** The first end-of-text token of CLIP's vocabulary. */
export const END_OF_TEXT = 49407;

export interface ModelGolden {
  readonly checkpoint: Checkpoint;
  /** Token ids of the prompts, filled up with the end-of-text token. */
  readonly ids: readonly (readonly number[])[];
  readonly expected: ReadonlyMap<string, Tensor>;
}

export async function openGolden(family: (typeof FAMILIES)[number]): Promise<ModelGolden> {
  const folder = fileURLToPath(new URL(`models/${family}/`, import.meta.url));
  const files = machineFiles();
  const checkpoint = await openCheckpoint(files, `${folder}${CHECKPOINTS[family]}`);
  const { tensors } = await readHeader(files, `${folder}expected.safetensors`);
  const expected = new Map<string, Tensor>();
  for (const [name, place] of tensors) expected.set(name, f32(place.shape, await readTensor(files, place)));
  const { input_ids: ids } = JSON.parse(readFileSync(`${folder}expected.json`, 'utf8')) as { input_ids: number[][] };
  return { checkpoint, ids, expected };
}

/** The ids as encoder `index` wants them: i32 [prompts, 1, 77]; OpenCLIP fills up with 0. */
export function idsFor({ ids, checkpoint }: ModelGolden, index: number): Tensor {
  const { padTokenId } = must(checkpoint.textEncoders[index], 'a text encoder').config;
  const filled = ids.flatMap((row) => row.map((id, at) => (at > row.indexOf(END_OF_TEXT) ? padTokenId : id)));
  return i32([ids.length, 1, 77], filled);
}

/** f32 [prompts, 77], 1 at the first end-of-text token */
export const endMask = ({ ids }: ModelGolden): Tensor =>
  f32(
    [ids.length, 77],
    ids.flatMap((row) => row.map((_, at) => (at === row.indexOf(END_OF_TEXT) ? 1 : 0))),
  );

/** Builds a network of the checkpoint and runs it once on ONNX Runtime's CPU provider. */
export async function runNetwork(
  checkpoint: Checkpoint,
  feeds: Feeds,
  build: (net: Network) => Readonly<Record<string, Value>>,
): Promise<Fetches> {
  const g = createBuilder();
  const weights = checkpointWeights(g, checkpoint);
  const graph = g.finish(build({ g, weights }));
  const executor = createOrtExecutor(await loadOnnxRuntime(), { provider: 'cpu', threads: 2 });
  await using program = await executor.compile(graph, {
    weights: weights.sources,
    largest: { B: 4, h: 16, w: 24, H: 64, W: 96 },
  });
  return await program.run(feeds);
}

/**
 * Compares with what the Python libraries computed. 1e-4 of the largest value is what README.md of the goldens
 * promises for f32; most tensors agree to 1e-6.
 */
export function expectGolden(golden: ModelGolden, name: string, found: Tensor | undefined): void {
  const expected = must(golden.expected.get(name), name);
  const { shape, data } = must(found, name);
  expect(shape, name).toEqual(expected.shape);
  let largest = 0;
  let worst = 0;
  for (const [index, value] of expected.data.entries()) {
    largest = Math.max(largest, Math.abs(value));
    worst = Math.max(worst, Math.abs(value - must(data[index], 'an element')));
  }
  expect(worst / largest, `${name}, of its largest value`).toBeLessThan(1e-4);
}
