/**
 * Whole networks as graphs, with weights that are only names: what a builder asks for can be listed.
 */
import { multiply, symbol } from '../../../trainer/graph/dims.ts';
import { createBuilder, type Builder } from '../../../trainer/graph/builder.ts';
import type { Value } from '../../../trainer/graph/graph.ts';
import { buildConditioning, type Conditioning } from '../../../trainer/models/clip/conditioning.ts';
import { TEXT_ENCODERS, type TextEncoder } from '../../../trainer/models/clip/text-encoder.ts';
import { buildUNet } from '../../../trainer/models/unet/unet.ts';
import { buildVaeDecoder, buildVaeEncoder } from '../../../trainer/models/vae/vae.ts';
import type { LayerAdapter, Network, RowRange } from '../../../trainer/nn/network.ts';
import type { PublishedConfig } from './published-configs.ts';

export const B = symbol('B');
const [h, w] = [symbol('h'), symbol('w')];

export interface ListedNetwork extends Network {
  /** Every weight that was asked for, with its shape. */
  readonly asked: Map<string, readonly number[]>;
}

export function listedNetwork(adapter?: LayerAdapter, g: Builder = createBuilder()): ListedNetwork {
  const asked = new Map<string, readonly number[]>();
  const get = (name: string, shape: readonly number[], rows?: RowRange): Value => {
    asked.set(name, shape);
    if (rows === undefined) return g.weight(name, shape);
    return g.weight(`${name}[${rows.start}]`, [rows.count, ...shape.slice(1)]);
  };
  return { g, asked, weights: { get }, ...(adapter === undefined ? {} : { adapter }) };
}

export function unetOf(net: Network, { unet: config }: PublishedConfig, tokens = 77): Value {
  const { g } = net;
  const { addition } = config;
  return buildUNet(net, config, {
    latents: g.input('latents', [B, config.inChannels, h, w]),
    timeEmbedding: g.input('time', [B, config.blockOutChannels[0] ?? 0]),
    text: g.input('text', [B, tokens, config.crossAttentionDim]),
    ...(addition === undefined
      ? {}
      : {
          added: {
            pooled: g.input('pooled', [B, addition.projectionInputDim - 6 * addition.timeEmbedDim]),
            timeIds: g.input('time_ids', [B, 6 * addition.timeEmbedDim]),
          },
        }),
  });
}

export function textEncodersOf(net: Network, { textEncoders }: PublishedConfig): readonly TextEncoder[] {
  return textEncoders.map((config, index) => ({ net, config, part: TEXT_ENCODERS[index] ?? 'text_encoder' }));
}

export function conditioningOf(net: Network, config: PublishedConfig, windows = 1, clipSkip = 1): Conditioning {
  const encoders = textEncodersOf(net, config);
  const ids = encoders.map(({ part }) => net.g.input(`ids ${part}`, [B, windows, 77], 'i32'));
  const ends = encoders.length === 2 ? { endMask: net.g.input('end', [B, 77]) } : {};
  return buildConditioning(encoders, { ids, ...ends }, clipSkip);
}

export function vaeOf(net: Network, { vae: config }: PublishedConfig) {
  const pixels = net.g.input('image', [B, 3, multiply(8, h), multiply(8, w)]);
  const moments = buildVaeEncoder(net, config, pixels);
  return { ...moments, decoded: buildVaeDecoder(net, config, moments.mean) };
}

export const LATENT_SHAPE = [B, 4, h, w];
