/**
 * Pictures through the autoencoder and back, with weights as they are at some moment of a run.
 */
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import { f32, type F32Tensor, type Tensor } from '../../base/tensor.ts';
import type { Executor, WeightSources } from '../../exec/executor.ts';
import type { Part } from '../../formats/checkpoint/types.ts';
import type { VaeConfig } from '../../formats/configs.ts';
import { readTensor } from '../../formats/safetensors/read.ts';
import { createBuilder } from '../../graph/builder.ts';
import { symbol } from '../../graph/dims.ts';
import { optimise } from '../../graph/passes/index.ts';
import { buildVaeDecoder, buildVaeEncoder, VAE } from '../../models/vae/vae.ts';

/** By name with part: `vae/encoder.conv_in.weight`. */
export type VaeValues = ReadonlyMap<string, F32Tensor>;

/** @param wanted asked with part and name; all of them if left out */
export async function readVaeValues(
  files: Files,
  weights: Part<VaeConfig>['weights'],
  wanted: (name: string) => boolean = () => true,
): Promise<VaeValues> {
  const values = new Map<string, F32Tensor>();
  for (const [name, ref] of weights) {
    const full = `${VAE}/${name}`;
    if (wanted(full)) values.set(full, f32(ref.shape, await readTensor(files, ref)));
  }
  return values;
}

export interface Reconstruction {
  /** f32 [C, h, w], the mean of the posterior */
  readonly latents: F32Tensor;
  /** f32 [3, H, W] in -1 … 1, made from `latents` */
  readonly picture: F32Tensor;
}

export interface Reconstructor extends AsyncDisposable {
  /** @param picture f32 [3, H, W] in -1 … 1, any size that the encoder can halve */
  reconstruct(picture: F32Tensor): Promise<Reconstruction>;
}

/** Whoever opens it disposes it. */
export async function openReconstructor(
  executor: Executor,
  config: VaeConfig,
  values: VaeValues,
): Promise<Reconstructor> {
  const g = createBuilder();
  const weights = { get: (name: string, shape: readonly number[]) => g.weight(name, shape) };
  const image = g.input('image', [symbol('B'), config.inChannels, symbol('H'), symbol('W')]);
  const { mean } = buildVaeEncoder({ g, weights }, config, image);
  const decoded = buildVaeDecoder({ g, weights }, config, mean);
  const graph = optimise(g.finish({ mean, decoded: g.minimum(g.maximum(decoded, -1), 1) }));
  const program = await executor.compile(graph, { weights: sourcesOf(values) });
  return {
    reconstruct: async ({ shape, data }) => {
      const { mean: latents, decoded: picture } = await program.run({ image: f32([1, ...shape], data) });
      return { latents: onlyOne(latents), picture: onlyOne(picture) };
    },
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

export const sourcesOf = (values: VaeValues): WeightSources =>
  new Map([...values].map(([name, tensor]) => [name, { kind: 'data', tensor }]));

/** [1, ...] -> [...] */
function onlyOne(tensor: Tensor | undefined): F32Tensor {
  const { shape, data } = must(tensor, 'what the autoencoder made');
  return f32(shape.slice(1), data as Float32Array);
}
