/**
 * Adds LoRA to the layers of a network while its graph is built.
 *
 *     y = base + up(alpha/rank · multiplier · mask · down(x))
 *
 * The factor is on the small side [.., rank], and base and change meet in a single addition. A 3x3 convolution's down
 * matrix is a convolution of the same geometry to `rank` channels, its up matrix a 1x1 convolution.
 *
 * Source: Hu et al. 2021 (arXiv:2106.09685); sd-scripts networks/lora.py. Checked against sd-scripts: test/golden/traces.
 */
import type { Builder } from '../graph/builder.ts';
import type { Dim, Shape } from '../graph/dims.ts';
import type { Value } from '../graph/graph.ts';
import type { Layer, LayerAdapter, RowRange } from '../nn/network.ts';
import type { LoraDropout, LoraMask } from './dropout.ts';
import { entryName, type LoraEntry } from './layout.ts';
import type { LoraModule } from './modules.ts';

export interface InjectionOptions {
  /** On everything that is added, 1 unless given. */
  readonly multiplier?: number;
  /** Rates for training; each layer then takes a mask that `drawMasks` draws. */
  readonly dropout?: LoraDropout;
  /** In front of the parameters' names, to tell several LoRAs in one graph apart. */
  readonly prefix?: string;
}

export interface LoraInjection {
  readonly adapter: LayerAdapter;
  /** The matrices that the network has asked for so far, by entry name. One that it never uses is not here. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** The masks that each run must be fed; none without dropout. */
  readonly masks: readonly LoraMask[];
}

const POINTWISE = { stride: 1, pads: [0, 0, 0, 0] } as const;

export function injectLora(g: Builder, modules: readonly LoraModule[], options: InjectionOptions = {}): LoraInjection {
  const { multiplier = 1, dropout = {}, prefix = '' } = options;
  const byLayer = new Map(modules.map((module) => [module.layer.name, module]));
  const parameters = new Map<string, Value>();
  const masks: LoraMask[] = [];
  const lows = new Map<string, { readonly x: Value; readonly low: Value }>();

  const matrix = (module: LoraModule, kind: LoraEntry['kind'], shape: readonly number[]): Value => {
    const name = entryName(module, kind);
    const value = g.parameter(prefix + name, shape);
    parameters.set(name, value);
    return value;
  };

  /** down(x) after mask and factor: computed once where a layer is computed in several parts. */
  const lowOf = (module: LoraModule, x: Value, rankAxis: 1 | -1, down: () => Value): Value => {
    const known = lows.get(module.name);
    if (known?.x === x) return known.low;
    const masked = maskOf(module, down(), rankAxis);
    const factor = (multiplier * module.alpha) / module.rank;
    const low = g.keep(factor === 1 ? masked : g.mul(masked, factor), 'product');
    lows.set(module.name, { x, low });
    return low;
  };

  const maskOf = (module: LoraModule, low: Value, rankAxis: 1 | -1): Value => {
    const shape = maskShape(low.shape, rankAxis, dropout);
    if (shape === undefined) return low;
    const feed = `${prefix}${module.name}.mask`;
    if (!masks.some((mask) => mask.feed === feed)) masks.push({ feed, shape, rankAxis });
    return g.mul(low, g.input(feed, shape));
  };

  const adapter: LayerAdapter = {
    linear: (layer, x, base, rows) => {
      const module = byLayer.get(layer.name);
      if (module === undefined) return base;
      const { rank } = module;
      const low = lowOf(module, x, -1, () => g.linear(x, matrix(module, 'down', [rank, layer.inFeatures])));
      const up = matrix(module, 'up', [layer.outFeatures, rank]);
      return g.add(base, g.linear(low, rowsOf(g, up, rows)));
    },
    convolution: (layer, x, base, attributes) => {
      const module = byLayer.get(layer.name);
      if (module === undefined) return base;
      const { rank } = module;
      const { inFeatures, outFeatures, kernel } = layer;
      const down = (): Value =>
        g.conv2d(x, matrix(module, 'down', [rank, inFeatures, kernel, kernel]), undefined, attributes);
      const low = lowOf(module, x, 1, down);
      return g.add(base, g.conv2d(low, matrix(module, 'up', [outFeatures, rank, 1, 1]), undefined, POINTWISE));
    },
  };
  return { adapter, parameters, masks };
}

/** Several LoRAs at once: each adds to what the ones before made. */
export function combineAdapters(adapters: readonly LayerAdapter[]): LayerAdapter {
  return {
    linear: (layer: Layer, x, base, rows) => adapters.reduce((y, next) => next.linear(layer, x, y, rows), base),
    convolution: (layer, x, base, attributes) =>
      adapters.reduce((y, next) => next.convolution(layer, x, y, attributes), base),
  };
}

/** The smallest mask that these rates need: one number per element, per sample and rank, or per module. */
function maskShape(low: Shape, rankAxis: 1 | -1, { network, rank, module }: LoraDropout): Shape | undefined {
  if (network !== undefined && network > 0) return low;
  if (rank !== undefined && rank > 0) {
    const axis = rankAxis === -1 ? low.length - 1 : rankAxis;
    return low.map((side: Dim, index) => (index === 0 || index === axis ? side : 1));
  }
  return module !== undefined && module > 0 ? [] : undefined;
}

const rowsOf = (g: Builder, up: Value, rows: RowRange | undefined): Value =>
  rows === undefined ? up : g.slice(up, 0, rows.start, rows.count);
