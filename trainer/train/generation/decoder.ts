/**
 * Latents to pictures, one at a time: the autoencoder's decoder takes far more memory than the UNet.
 *
 * Axes: H W pixels, 8 to a latent cell.
 */
import { must } from '../../base/errors.ts';
import type { Picture } from '../../base/ports.ts';
import { f32 } from '../../base/tensor.ts';
import { createBuilder } from '../../graph/builder.ts';
import { optimise } from '../../graph/passes/index.ts';
import { checkpointWeights } from '../../models/checkpoint-weights.ts';
import { buildVaeDecoder } from '../../models/vae/vae.ts';
import { CELL, type CellSize, type DrawingModel } from './model.ts';

export interface Decoder extends AsyncDisposable {
  /**
   * @param latents f32 [4 · rows · columns], times the VAE's scale, as the UNet has them
   * @returns f32 [3, H, W], about -1 … 1
   */
  decode(latents: Float32Array): Promise<ArrayLike<number>>;
}

export async function openDecoder(
  { executor, checkpoint }: Pick<DrawingModel, 'executor' | 'checkpoint'>,
  { rows, columns }: CellSize,
): Promise<Decoder> {
  const { config } = checkpoint.vae;
  const g = createBuilder();
  const weights = checkpointWeights(g, checkpoint);
  const shape = [1, config.latentChannels, rows, columns];
  const plain = g.mul(g.input('latents', shape), 1 / config.scalingFactor);
  const graph = optimise(g.finish({ picture: buildVaeDecoder({ g, weights }, config, plain) }));
  const program = await executor.compile(graph, { weights: weights.sources });
  return {
    decode: async (latents) => must((await program.run({ latents: f32(shape, latents) }))['picture'], 'picture').data,
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

/**
 * -1 … 1 to 0 … 255, rounded, what lies outside cut off.
 *
 * @param channels f32 [3, H, W]
 */
export function pictureOf(channels: ArrayLike<number>, { rows, columns }: CellSize): Picture {
  const [width, height] = [columns * CELL, rows * CELL];
  const pixels = width * height;
  const data = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = channels[channel * pixels + pixel] ?? 0;
      data[3 * pixel + channel] = Math.round(255 * Math.min(Math.max(value / 2 + 0.5, 0), 1));
    }
  }
  return { width, height, data };
}
