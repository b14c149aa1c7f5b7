/**
 * The UNet, forward only, for pictures of one size, any number at once.
 *
 * The graph has the sides as numbers, not symbols: sizes that do not halve evenly are possible only so, and a picture
 * has any multiple of 8 pixels. Axes: B pictures, S tokens. Checked against diffusers: test/golden/samplers.test.ts.
 */
import { must } from '../../base/errors.ts';
import { f32, type F32Tensor, type Tensor } from '../../base/tensor.ts';
import { timestepEmbedding } from '../../diffusion/timestep-embedding.ts';
import type { UNetConfig } from '../../formats/configs.ts';
import { createBuilder, type Builder } from '../../graph/builder.ts';
import { symbol } from '../../graph/dims.ts';
import { optimise } from '../../graph/passes/index.ts';
import { buildUNet, type UNetInputs } from '../../models/unet/unet.ts';
import { loraInputs } from './applied-loras.ts';
import { CELL, type CellSize, type DrawingModel } from './model.ts';
import { modelWeights } from './model-weights.ts';
import type { EncodedText } from './prompt-text.ts';

export interface Denoiser extends AsyncDisposable {
  /**
   * What the UNet predicts: the noise, or the velocity.
   *
   * @param x         f32 [B · 4 · rows · columns], as `scaleModelInput` of a sampler gives it
   * @param timestep  of all pictures; may lie between two
   * @param text      of B pictures
   * @returns f32, like x
   */
  predict(x: Float32Array, timestep: number, text: EncodedText): Promise<Float32Array>;
}

/**
 * @param tokens        S, of the texts that will be given
 * @param mostPictures  at once
 */
export async function openDenoiser(
  model: DrawingModel,
  size: CellSize,
  tokens: number,
  mostPictures = 1,
): Promise<Denoiser> {
  const { executor, checkpoint, loras } = model;
  const { config } = checkpoint.unet;
  const g = createBuilder();
  const weights = modelWeights(g, model);
  const lora = loraInputs(g, loras);
  const predicted = buildUNet({ g, weights, adapter: lora.adapter }, config, unetInputs(g, config, size, tokens));
  const graph = optimise(g.finish({ predicted }));
  const program = await executor.compile(graph, { weights: weights.sources, largest: { B: mostPictures } });
  return {
    predict: async (x, timestep, { text, pooled }) => {
      const batch = must(text.shape[0], 'the pictures');
      const sizes = sizeFeed(config, size, batch);
      const results = await program.run({
        ...lora.feeds(),
        ...weights.feeds(),
        latents: f32([batch, config.inChannels, size.rows, size.columns], x),
        time: timeFeed(config, timestep, batch),
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
const BATCH = symbol('B');

function unetInputs(g: Builder, config: UNetConfig, { rows, columns }: CellSize, tokens: number): UNetInputs {
  const { addition } = config;
  return {
    latents: g.input('latents', [BATCH, config.inChannels, rows, columns]),
    timeEmbedding: g.input('time', [BATCH, must(config.blockOutChannels[0], 'a level')]),
    text: g.input('text', [BATCH, tokens, config.crossAttentionDim]),
    ...(addition === undefined
      ? {}
      : {
          added: {
            pooled: g.input('pooled', [BATCH, addition.projectionInputDim - SIZES * addition.timeEmbedDim]),
            timeIds: g.input('sizes', [BATCH, SIZES * addition.timeEmbedDim]),
          },
        }),
  };
}

function timeFeed(config: UNetConfig, timestep: number, batch: number): F32Tensor {
  const { blockOutChannels, flipSinToCos, freqShift } = config;
  const width = must(blockOutChannels[0], 'a level');
  return repeated(timestepEmbedding([timestep], { width, flipSinToCos, frequencyShift: freqShift }), batch);
}

/** [W] -> [B, W] */
function repeated(row: Float32Array, batch: number): F32Tensor {
  const rows = new Float32Array(batch * row.length);
  for (let index = 0; index < batch; index++) rows.set(row, index * row.length);
  return f32([batch, row.length], rows);
}

/** SDXL is told that the picture is whole and as large as it is. */
function sizeFeed({ addition }: UNetConfig, { rows, columns }: CellSize, batch: number): F32Tensor | undefined {
  if (addition === undefined) return undefined;
  const [height, width] = [rows * CELL, columns * CELL];
  const embedded = timestepEmbedding([height, width, 0, 0, height, width], {
    width: addition.timeEmbedDim,
    flipSinToCos: true,
    frequencyShift: 0,
  });
  return repeated(embedded, batch);
}
