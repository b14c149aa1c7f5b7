/**
 * LoRAs in the graphs that draw pictures: their matrices are inputs, so that the same program follows a LoRA that is
 * being trained.
 */
import type { Feeds } from '../../exec/executor.ts';
import type { Builder } from '../../graph/builder.ts';
import { combineAdapters, injectLora } from '../../lora/inject.ts';
import type { LoraLayout } from '../../lora/layout.ts';
import { parameterFeeds } from '../../optim/parameters.ts';
import type { LayerAdapter } from '../../nn/network.ts';

export interface AppliedLora {
  readonly layout: LoraLayout;
  /** f32 [layout.size]; read again at every run. */
  readonly values: Float32Array;
  /** What it adds is multiplied by this; 0 leaves it out. */
  readonly weight: number;
}

export interface LoraInputs {
  readonly adapter: LayerAdapter;
  /** The matrices that the network has asked for, as they are now. */
  readonly feeds: () => Feeds;
}

export function loraInputs(g: Builder, loras: readonly AppliedLora[]): LoraInputs {
  const applied = loras
    .filter(({ weight }) => weight !== 0)
    .map(({ layout, values, weight }, index) => {
      const { adapter, parameters } = injectLora(g, layout.modules, { multiplier: weight, prefix: `lora ${index}: ` });
      return { adapter, feeds: () => parameterFeeds(layout, values, parameters) };
    });
  return {
    adapter: combineAdapters(applied.map(({ adapter }) => adapter)),
    feeds: () => Object.assign({}, ...applied.map(({ feeds }) => feeds())) as Feeds,
  };
}
