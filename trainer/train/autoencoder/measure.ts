/**
 * What a trained autoencoder makes of pictures, as numbers: where its latents lie, and how close it comes.
 */
import { must } from '../../base/errors.ts';
import type { F32Tensor } from '../../base/tensor.ts';
import type { Executor } from '../../exec/executor.ts';
import type { VaeConfig } from '../../formats/configs.ts';
import { psnr } from './psnr.ts';
import { openReconstructor, type VaeValues } from './reconstructor.ts';

export interface LatentMeasurement {
  /** By latent channel, over all cells of all pictures; of the posterior's mean, before any scale. */
  readonly mean: readonly number[];
  /** By latent channel: of a cell from `mean`, the square root of the mean square. */
  readonly deviation: readonly number[];
  /** Decibels, from the squared error over all elements of all pictures, with values clipped to -1 … 1. */
  readonly psnr: number;
  readonly pictures: number;
}

/**
 * @param pictures f32 [3, H, W] each in -1 … 1; at least one
 */
export async function measureLatents(
  executor: Executor,
  config: VaeConfig,
  weights: VaeValues,
  pictures: AsyncIterable<F32Tensor> | Iterable<F32Tensor>,
): Promise<LatentMeasurement> {
  await using reconstructor = await openReconstructor(executor, config, weights);
  const channels = Array.from({ length: config.latentChannels }, runningMoments);
  const errors = runningMoments();
  let count = 0;
  for await (const original of pictures) {
    const { latents, picture } = await reconstructor.reconstruct(original);
    const area = latents.data.length / channels.length;
    for (const [index, channel] of channels.entries()) {
      for (const value of latents.data.subarray(index * area, (index + 1) * area)) channel.add(value);
    }
    for (const [index, value] of original.data.entries()) {
      errors.add((value - must(picture.data[index], 'a value')) ** 2);
    }
    count += 1;
  }
  const measured = channels.map((channel) => channel.result());
  return {
    mean: measured.map(({ mean }) => mean),
    deviation: measured.map(({ deviation }) => deviation),
    psnr: psnr(errors.result().mean),
    pictures: count,
  };
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

/** Welford 1962: exact also where the mean is large beside the deviation. */
function runningMoments() {
  let [count, mean, squares] = [0, 0, 0];
  return {
    add: (value: number): void => {
      const distance = value - mean;
      mean += distance / ++count;
      squares += distance * (value - mean);
    },
    result: (): Moments => ({ mean, deviation: Math.sqrt(squares / count) }),
  };
}
