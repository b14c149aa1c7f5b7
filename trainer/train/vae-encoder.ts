/**
 * Runs the VAE's encoder: pictures to the posterior of their latents.
 */
import { must } from '../base/errors.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import type { LatentMoments } from '../data/latents-cache.ts';
import type { Executor, Program } from '../exec/executor.ts';
import type { Checkpoint } from '../formats/checkpoint/types.ts';
import { createBuilder } from '../graph/builder.ts';
import { symbol } from '../graph/dims.ts';
import { optimise } from '../graph/passes/index.ts';
import { checkpointWeights } from '../models/checkpoint-weights.ts';
import { buildVaeEncoder } from '../models/vae/vae.ts';

export interface VaeEncoder extends AsyncDisposable {
  /** All pictures have one size, its sides multiples of 8. */
  encode(pictures: readonly F32Tensor[]): Promise<readonly LatentMoments[]>;
}

/**
 * Compiled when it is first used.
 *
 * @param largest the most pictures at once and the largest rows and columns, in pixels
 */
export function openVaeEncoder(
  executor: Executor,
  checkpoint: Checkpoint,
  largest: { readonly B: number; readonly H: number; readonly W: number },
): VaeEncoder {
  const compile = (): Promise<Program> => {
    const g = createBuilder();
    const weights = checkpointWeights(g, checkpoint);
    const image = g.input('image', [symbol('B'), 3, symbol('H'), symbol('W')]);
    const { mean, logVariance } = buildVaeEncoder({ g, weights }, checkpoint.vae.config, image);
    const graph = optimise(g.finish({ mean, logvar: logVariance }));
    return executor.compile(graph, { weights: weights.sources, largest: { ...largest } });
  };
  let program: Promise<Program> | undefined;
  return {
    encode: async (pictures) => {
      const { mean, logvar } = await (await (program ??= compile())).run({ image: stack(pictures) });
      return pictures.map((_, index) => ({
        mean: sliceOf(must(mean, 'the mean'), index),
        logvar: sliceOf(must(logvar, 'the log-variance'), index),
      }));
    },
    // `encode` has told of a program that could not be opened.
    [Symbol.asyncDispose]: async () => (await program?.catch(() => undefined))?.[Symbol.asyncDispose](),
  };
}

/** [C, h, w] each -> [B, C, h, w] */
export function stack(parts: readonly F32Tensor[]): F32Tensor {
  const { shape, data } = must(parts[0], 'a tensor to stack');
  const whole = new Float32Array(parts.length * data.length);
  for (const [index, part] of parts.entries()) whole.set(part.data, index * data.length);
  return f32([parts.length, ...shape], whole);
}

/** [B, C, h, w] -> its sample `index`, [C, h, w] */
function sliceOf(
  { shape, data }: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  index: number,
) {
  const inner = shape.slice(1);
  const size = data.length / must(shape[0], 'a batch');
  return f32(inner, Float32Array.prototype.slice.call(data, index * size, (index + 1) * size));
}
