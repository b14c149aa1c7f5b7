/**
 * What a network is built with: the graph it goes into, where its weights come from, and who may add to its layers.
 */
import { assert } from '../base/errors.ts';
import { showShape, type Shape } from '../graph/dims.ts';
import type { Value } from '../graph/graph.ts';
import type { Builder } from '../graph/builder.ts';
import type { ConvolutionAttributes } from '../graph/ops.ts';

/** Some rows of a weight: a range along its first axis. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

/** Says what a weight is: a leaf in the user's file, or a parameter that is trained. */
export interface WeightProvider {
  /**
   * @param name the part and the name in diffusers or transformers: `unet/down_blocks.0.resnets.0.conv1.weight`
   * @param shape of the whole weight, also where only some rows are asked for
   */
  readonly get: (name: string, shape: readonly number[], rows?: RowRange) => Value;
}

/** A linear or convolution layer of a network. */
export interface Layer {
  /** The part and the module's path: `unet/mid_block.attentions.0.proj_in`. */
  readonly name: string;
  /** What its weight is in the file: [out, in], or [out, in, kernel, kernel]. */
  readonly kind: 'linear' | 'convolution';
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** 1 for a linear layer. */
  readonly kernel: number;
}

/**
 * Adds to what a layer computes: how LoRA enters a network. Every layer's result passes through here; who has nothing
 * to add gives `base` back.
 */
export interface LayerAdapter {
  /**
   * A layer computed on the last axis: x [..., in], base [..., out]. A 1x1 convolution comes this way too where the
   * network computes it as one. With `rows`, base holds only those of the layer's outputs.
   */
  readonly linear: (layer: Layer, x: Value, base: Value, rows?: RowRange) => Value;
  /** x [B, in, h, w], base [B, out, h', w'] */
  readonly convolution: (layer: Layer, x: Value, base: Value, attributes: ConvolutionAttributes) => Value;
}

export interface Network {
  readonly g: Builder;
  readonly weights: WeightProvider;
  readonly adapter?: LayerAdapter;
}

/** The number of channels or features along an axis, which is never a symbol. */
export function featuresOf(shape: Shape, axis: number): number {
  const side = shape.at(axis);
  assert(typeof side === 'number', `axis ${axis} of ${showShape(shape)} must be a number`);
  return side;
}
