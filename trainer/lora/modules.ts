/**
 * Which layers get a LoRA, under which name and of which size: the choice of sd-scripts' networks.lora.
 *
 * UNet: every linear layer and 1x1 convolution inside a Transformer2DModel; where convolutions have a rank, also those
 * of ResnetBlock2D, Downsample2D and Upsample2D, with the rule that only a 3x3 kernel has the convolutions' rank: the
 * linear `time_emb_proj` and the 1x1 `conv_shortcut` have the ordinary one. Text encoders: every linear layer of
 * attention and MLP.
 *
 * Source: sd-scripts networks/lora.py. Checked against published key lists: test/golden/data/lora.
 */
import { textEncoderWeights, unetWeights, type Shapes } from '../formats/checkpoint/expected-weights.ts';
import type { Family, TextEncoderConfig, UNetConfig } from '../formats/configs.ts';
import { kohyaName, type LoraPart } from '../formats/lora/names.ts';
import type { Layer } from '../nn/network.ts';
import { textModuleOrder, unetModuleOrder } from './module-order.ts';

export interface LoraTarget {
  readonly layer: Layer;
  /** As Kohya's files have it: `lora_unet_mid_block_attentions_0_proj_in`. */
  readonly name: string;
  /** The part of the checkpoint that it belongs to. */
  readonly part: LoraPart;
}

export interface RankAndAlpha {
  readonly rank: number;
  /** 0 means as large as the rank. */
  readonly alpha: number;
}

export interface LoraModule extends LoraTarget {
  readonly rank: number;
  /** Above 0. What the module adds is multiplied by alpha / rank. */
  readonly alpha: number;
}

export type LoraSizes =
  | {
      readonly kind: 'chosen';
      /** network_dim and network_alpha */
      readonly linear: RankAndAlpha;
      /** conv_dim and conv_alpha, of 3x3 kernels; without it residual blocks and samplers get no LoRA. */
      readonly convolution?: RankAndAlpha;
    }
  /** By module name, as a LoRA file has them. A module that is not listed gets no LoRA. */
  | { readonly kind: 'listed'; readonly modules: ReadonlyMap<string, RankAndAlpha> };

/** What a checkpoint says about its networks. */
export interface Networks {
  readonly family: Family;
  readonly unet: { readonly config: UNetConfig };
  readonly textEncoders: readonly { readonly config: TextEncoderConfig }[];
}

/** The modules that these sizes make, in sd-scripts' order: text encoders first. */
export function loraModules(networks: Networks, sizes: LoraSizes): readonly LoraModule[] {
  return loraTargets(networks).flatMap((target) => {
    const size = sizes.kind === 'listed' ? sizes.modules.get(target.name) : chosenSize(target.layer, sizes);
    if (size === undefined || size.rank === 0) return [];
    return [{ ...target, rank: size.rank, alpha: size.alpha === 0 ? size.rank : size.alpha }];
  });
}

function chosenSize(layer: Layer, { linear, convolution }: LoraSizes & { kind: 'chosen' }): RankAndAlpha | undefined {
  if (layer.kernel > 1) return convolution;
  const always = layer.name.startsWith('text_encoder') || layer.name.includes('.attentions.');
  return always || convolution !== undefined ? linear : undefined;
}

/** Everything that can have a LoRA, in sd-scripts' order. */
export function loraTargets({ family, unet: { config }, textEncoders }: Networks): readonly LoraTarget[] {
  const targets = (part: LoraPart, paths: readonly string[], shapes: Shapes): readonly LoraTarget[] =>
    paths.flatMap((path) => {
      const shape = shapes.get(`${path}.weight`);
      if (shape === undefined) return [];
      return [{ layer: layerOf(`${part}/${path}`, shape), name: kohyaName(family, part, path, config), part }];
    });
  const encoders = textEncoders.flatMap((encoder, index) =>
    targets(
      index === 0 ? 'text_encoder' : 'text_encoder_2',
      textModuleOrder(encoder.config),
      textEncoderWeights(encoder.config),
    ),
  );
  return [...encoders, ...targets('unet', unetModuleOrder(family, config), unetWeights(config))];
}

function layerOf(name: string, [outFeatures = 0, inFeatures = 0, kernel]: readonly number[]): Layer {
  return { name, kind: kernel === undefined ? 'linear' : 'convolution', inFeatures, outFeatures, kernel: kernel ?? 1 };
}
