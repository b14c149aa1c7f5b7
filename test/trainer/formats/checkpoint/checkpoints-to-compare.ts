/**
 * Checkpoints in memory, written and read back weight by weight.
 */
import { must } from '../../../../trainer/base/errors.ts';
import type { Files } from '../../../../trainer/base/ports.ts';
import { networksIn, partsIn } from '../../../../trainer/formats/checkpoint/networks.ts';
import { openCheckpoint } from '../../../../trainer/formats/checkpoint/open.ts';
import { STABLE_DIFFUSION, type SchedulerConfig } from '../../../../trainer/formats/checkpoint/scheduler-config.ts';
import type { Checkpoint, Layout } from '../../../../trainer/formats/checkpoint/types.ts';
import type { CheckpointToWrite } from '../../../../trainer/formats/checkpoint/write.ts';
import { writeRandomCheckpoint, type CheckpointRecipe } from '../../../../trainer/formats/random-checkpoint/write.ts';
import { readTensor } from '../../../../trainer/formats/safetensors/read.ts';
import { memoryFiles } from '../memory-files.ts';

export const SCHEDULER: SchedulerConfig = { noiseSchedule: STABLE_DIFFUSION, predictionType: 'epsilon' };

export const pathOf = (layout: Layout, name: string): string =>
  layout === 'ldm' ? `out/${name}.safetensors` : `out/${name}`;

/** A tiny checkpoint of random weights at `out/source`, and its files. */
export async function randomSource(
  recipe: Partial<CheckpointRecipe> = {},
): Promise<{ readonly files: Files; readonly source: Checkpoint }> {
  const whole = { family: 'sd1', size: 'tiny', layout: 'diffusers', dtype: 'F32', seed: 3, ...recipe } as const;
  const files = memoryFiles();
  const path = pathOf(whole.layout, 'source');
  await writeRandomCheckpoint(files, path, whole);
  return { files, source: await openCheckpoint(files, path) };
}

export const unchanged = (source: Checkpoint, layout: Layout): CheckpointToWrite => ({
  source,
  trained: () => undefined,
  layout,
  dtype: 'F32',
  scheduler: SCHEDULER,
});

/** Name with part to values. */
export async function valuesOf(files: Files, checkpoint: Checkpoint): Promise<ReadonlyMap<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [part, weights] of partsIn(checkpoint)) {
    for (const [name, ref] of weights) values.set(`${part}/${name}`, await readTensor(files, ref));
  }
  return values;
}

/** Names of the weights whose bits differ, or that only one of the two has. */
export function differences(
  a: ReadonlyMap<string, Float32Array>,
  b: ReadonlyMap<string, Float32Array>,
): readonly string[] {
  const bytes = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((name) => {
    const [mine, theirs] = [a.get(name), b.get(name)];
    return mine === undefined || theirs === undefined || !bytes(mine).equals(bytes(theirs));
  });
}

/** The settings that decide a network; `force_upcast` is no part of it. */
export const settingsIn = (checkpoint: Checkpoint): unknown => {
  const networks = networksIn(checkpoint);
  return { ...networks, vae: { ...networks.vae, forceUpcast: false } };
};

export const textAt = async (files: Files, path: string): Promise<string> =>
  new TextDecoder().decode(await files.read(path));

export const jsonAt = async (files: Files, path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await textAt(files, path)) as Record<string, unknown>;

export const valueOf = (values: ReadonlyMap<string, Float32Array>, name: string): Float32Array =>
  must(values.get(name), name);
