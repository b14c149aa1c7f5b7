/**
 * The dropouts of a LoRA in training, drawn outside the graph and fed to it as masks.
 *
 * Source: sd-scripts networks/lora.py, LoRAModule.forward.
 */
import type { Generator } from '../base/random.ts';
import { elementCount, f32, type F32Tensor } from '../base/tensor.ts';
import { evaluateShape, type Bindings, type Shape } from '../graph/dims.ts';

/** Rates from 0 to 1; missing is 0. */
export interface LoraDropout {
  /** network_dropout: of the elements of down(x); what stays is divided by 1 - rate. */
  readonly network?: number;
  /** rank_dropout: of the ranks, drawn for each sample; what stays is divided by 1 - rate. */
  readonly rank?: number;
  /** module_dropout: of whole modules; what stays is as it was. */
  readonly module?: number;
}

/** A mask that a graph takes: a factor on down(x) of one module. */
export interface LoraMask {
  readonly feed: string;
  /** Of down(x), or with sides of 1 where one number serves them all. */
  readonly shape: Shape;
  /** The axis of the ranks in down(x): the last, or that of a picture's channels. */
  readonly rankAxis: 1 | -1;
}

/**
 * The masks of one step.
 *
 * @param bindings the sizes of the step's batch
 * @returns by feed name
 */
export function drawMasks(
  masks: readonly LoraMask[],
  rates: LoraDropout,
  bindings: Bindings,
  generator: Generator,
): Readonly<Record<string, F32Tensor>> {
  return Object.fromEntries(
    masks.map(({ feed, shape, rankAxis }) => [
      feed,
      drawMask(evaluateShape(shape, bindings), rankAxis, rates, generator),
    ]),
  );
}

function drawMask(shape: readonly number[], rankAxis: 1 | -1, rates: LoraDropout, generator: Generator): F32Tensor {
  const { network = 0, rank = 0, module = 0 } = rates;
  const values = new Float32Array(elementCount(shape));
  if (module > 0 && generator.uniform() < module) return f32(shape, values);
  values.fill(1);
  if (network > 0) scaleBy(values, generator.uniforms(values.length), network);
  if (rank > 0) dropRanks(values, shape, rankAxis, rank, generator);
  return f32(shape, values);
}

/** Keeps where the uniform number is at least the rate. */
function scaleBy(values: Float32Array, uniforms: Float32Array, rate: number): void {
  const factor = 1 / (1 - rate);
  for (const [index, uniform] of uniforms.entries()) {
    values[index] = uniform < rate ? 0 : (values[index] ?? 0) * factor;
  }
}

function dropRanks(
  values: Float32Array,
  shape: readonly number[],
  rankAxis: 1 | -1,
  rate: number,
  generator: Generator,
): void {
  const axis = rankAxis === -1 ? shape.length - 1 : rankAxis;
  const samples = shape[0] ?? 1;
  const ranks = shape[axis] ?? 1;
  const factors = new Float32Array(samples * ranks).fill(1);
  scaleBy(factors, generator.uniforms(factors.length), rate);
  const perSample = values.length / samples;
  const perRank = elementCount(shape.slice(axis + 1));
  for (let index = 0; index < values.length; index++) {
    const sample = Math.floor(index / perSample);
    values[index] = (values[index] ?? 0) * (factors[sample * ranks + (Math.floor(index / perRank) % ranks)] ?? 0);
  }
}
