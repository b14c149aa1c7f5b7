/**
 * The UNet, forward only, for pictures of one size.
 *
 * The graph has the sides as numbers, not symbols: sizes that do not halve evenly are possible only so, and a picture
 * has any multiple of 8 pixels. Checked against diffusers: test/golden/samplers.test.ts.
 */
import { must } from '../../base/errors.ts';
import { f32, type F32Tensor, type Tensor } from '../../base/tensor.ts';
import { timestepEmbedding } from '../../diffusion/timestep-embedding.ts';
import type { UNetConfig } from '../../formats/configs.ts';
import { createBuilder, type Builder } from '../../graph/builder.ts';
import { optimise } from '../../graph/passes/index.ts';
import { checkpointWeights } from '../../models/checkpoint-weights.ts';
import { buildUNet, type UNetInputs } from '../../models/unet/unet.ts';
import { loraInputs } from './applied-loras.ts';
import { CELL, type CellSize, type DrawingModel } from './model.ts';
import type { EncodedText } from './prompt-text.ts';

export interface Denoiser extends AsyncDisposable {
  /**
   * What the UNet predicts: the noise, or the velocity.
   *
   * @param x         f32 [4 · rows · columns], as `scaleModelInput` of a sampler gives it
   * @param timestep  may lie between two
   * @returns f32, like x
   */
  predict(x: Float32Array, timestep: number, text: EncodedText): Promise<Float32Array>;
}

/** @param tokens  S, of the texts that will be given */
export async function openDenoiser(model: DrawingModel, size: CellSize, tokens: number): Promise<Denoiser> {
  const { executor, checkpoint, loras } = model;
  const { config } = checkpoint.unet;
  const g = createBuilder();
  const weights = checkpointWeights(g, checkpoint);
  const lora = loraInputs(g, loras);
  const predicted = buildUNet({ g, weights, adapter: lora.adapter }, config, unetInputs(g, config, size, tokens));
  const graph = optimise(g.finish({ predicted }));
  const program = await executor.compile(graph, { weights: weights.sources });
  const sizes = sizeFeed(config, size);
  return {
    predict: async (x, timestep, { text, pooled }) => {
      const results = await program.run({
        ...lora.feeds(),
        latents: f32([1, config.inChannels, size.rows, size.columns], x),
        time: timeFeed(config, timestep),
        text,
        ...(sizes === undefined ? {} : { sizes, pooled: must(pooled, 'pooled text') }),
      });
      return floats(must(results['predicted'], 'the prediction'));
    },
    [Symbol.asyncDispose]: async () => program[Symbol.asyncDispose](),
  };
}

const floats = (tensor: Tensor): Float32Array =>
  tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data);

/** Original height and width, crop top and left, target height and width. */
const SIZES = 6;

function unetInputs(g: Builder, config: UNetConfig, { rows, columns }: CellSize, tokens: number): UNetInputs {
  const { addition } = config;
  return {
    latents: g.input('latents', [1, config.inChannels, rows, columns]),
    timeEmbedding: g.input('time', [1, must(config.blockOutChannels[0], 'a level')]),
    text: g.input('text', [1, tokens, config.crossAttentionDim]),
    ...(addition === undefined
      ? {}
      : {
          added: {
            pooled: g.input('pooled', [1, addition.projectionInputDim - SIZES * addition.timeEmbedDim]),
            timeIds: g.input('sizes', [1, SIZES * addition.timeEmbedDim]),
          },
        }),
  };
}

function timeFeed({ blockOutChannels, flipSinToCos, freqShift }: UNetConfig, timestep: number): F32Tensor {
  const width = must(blockOutChannels[0], 'a level');
  return f32([1, width], timestepEmbedding([timestep], { width, flipSinToCos, frequencyShift: freqShift }));
}

/** SDXL is told that the picture is whole and as large as it is. */
function sizeFeed({ addition }: UNetConfig, { rows, columns }: CellSize): F32Tensor | undefined {
  if (addition === undefined) return undefined;
  const [height, width] = [rows * CELL, columns * CELL];
  const embedded = timestepEmbedding([height, width, 0, 0, height, width], {
    width: addition.timeEmbedDim,
    flipSinToCos: true,
    frequencyShift: 0,
  });
  return f32([1, embedded.length], embedded);
}
