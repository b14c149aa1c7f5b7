/**
 * What one pass is fed with: the batch, its noise and timesteps, its text, as the inputs of `step-graph.ts`.
 */
import { assert, must } from '../base/errors.ts';
import { elementCount, f32, type F32Tensor, type Tensor } from '../base/tensor.ts';
import { sampleWeights } from '../diffusion/loss-weights.ts';
import type { MixingTable } from '../diffusion/noise-schedule.ts';
import { timestepEmbedding } from '../diffusion/timestep-embedding.ts';
import type { UNetConfig } from '../formats/configs.ts';
import { STEP_INPUTS } from './step-graph.ts';

/** The text of a batch, already in the form that the step's graph takes. */
export type TextFeeds = Readonly<Record<string, Tensor>>;

export interface Pass {
  /** f32 [B, 4, h, w], times the VAE's scale */
  readonly latents: F32Tensor;
  /** f32 [B, 4, h, w] */
  readonly noise: Float32Array;
  /** f32 [B, 4, h, w]: what is mixed in instead, where the step has an input of its own for it. */
  readonly inputNoise?: Float32Array;
  /** i32 [B], 0 … 999 */
  readonly timesteps: Int32Array;
  /** [B]: 1, or prior_loss_weight for what keeps the class */
  readonly ownWeights: readonly number[];
  /** [B]: whether the frozen networks' prediction is the target, where the step has it. */
  readonly preserved?: readonly boolean[];
  readonly text: TextFeeds;
  /** [B · 6], SDXL only: original height and width, crop top and left, target height and width, in pixels */
  readonly sizes?: readonly number[];
}

/** The numbers by timestep that a run looks up. */
export interface TimestepTables {
  readonly mixing: MixingTable;
  /** f32 [steps], `timestepWeights` */
  readonly lossWeights: Float32Array;
}

export function passFeeds(unet: UNetConfig, tables: TimestepTables, pass: Pass): Readonly<Record<string, Tensor>> {
  const { latents, noise, inputNoise, timesteps, ownWeights, preserved, text, sizes } = pass;
  const samples = timesteps.length;
  assert(latents.shape[0] === samples && noise.length === elementCount(latents.shape), 'a pass whose sizes differ');
  const width = unet.blockOutChannels[0] ?? 0;
  const sinusoids = timestepEmbedding(timesteps, {
    width,
    flipSinToCos: unet.flipSinToCos,
    frequencyShift: unet.freqShift,
  });
  return {
    ...text,
    [STEP_INPUTS.latents]: latents,
    [STEP_INPUTS.noise]: f32(latents.shape, noise),
    ...(inputNoise === undefined ? {} : { [STEP_INPUTS.inputNoise]: f32(latents.shape, inputNoise) }),
    [STEP_INPUTS.signal]: lookedUp(tables.mixing.signal, timesteps),
    [STEP_INPUTS.level]: lookedUp(tables.mixing.noise, timesteps),
    [STEP_INPUTS.timeEmbedding]: f32([samples, width], sinusoids),
    [STEP_INPUTS.sampleWeights]: f32([samples], sampleWeights(tables.lossWeights, timesteps, ownWeights)),
    ...(preserved === undefined
      ? {}
      : { [STEP_INPUTS.preserved]: f32([samples, 1, 1, 1], Float32Array.from(preserved, Number)) }),
    ...(sizes === undefined ? {} : { [STEP_INPUTS.timeIds]: sizeFeed(unet, sizes, samples) }),
  };
}

/** Each of the six numbers embedded on its own, one after the other. */
function sizeFeed({ addition }: UNetConfig, sizes: readonly number[], samples: number): F32Tensor {
  const { timeEmbedDim } = must(addition, 'the size embedding of the UNet');
  const embedded = timestepEmbedding(sizes, { width: timeEmbedDim, flipSinToCos: true, frequencyShift: 0 });
  return f32([samples, embedded.length / samples], embedded);
}

/** [B, 1, 1, 1] */
const lookedUp = (table: Float32Array, timesteps: Int32Array): F32Tensor =>
  f32(
    [timesteps.length, 1, 1, 1],
    Float32Array.from(timesteps, (timestep) => table[timestep] ?? Number.NaN),
  );
