/**
 * The configs of the published checkpoints, written out (test/golden/data/configs holds the files they come from).
 */
import type { TextEncoderConfig, TransformerShape, UNetConfig, VaeConfig } from '../../../trainer/formats/configs.ts';

interface Level {
  readonly channels: number;
  readonly attention?: TransformerShape;
}

function unet(
  levels: readonly Level[],
  special: Pick<UNetConfig, 'crossAttentionDim' | 'useLinearProjection'> & Pick<UNetConfig, 'addition'>,
): UNetConfig {
  const channels = levels.map((level) => level.channels);
  const innermost = levels[levels.length - 1] as Level;
  const blocks = (order: readonly Level[], layers: number) =>
    order.map(({ channels: outChannels, attention }, index) => ({
      outChannels,
      layers,
      resample: index < order.length - 1,
      ...(attention === undefined ? {} : { attention }),
    }));
  const up = [...levels].reverse();
  // Plain blocks lie at the innermost level of SD 1.x and 2.x, whose middle block attends nevertheless.
  const middle = innermost.attention ?? { depth: 1, heads: levels[levels.length - 2]?.attention?.heads ?? 1 };
  return {
    inChannels: 4,
    outChannels: 4,
    blockOutChannels: channels,
    layersPerBlock: 2,
    downBlocks: blocks(levels, 2),
    midBlock: { outChannels: innermost.channels, attention: middle },
    upBlocks: blocks(up, 3),
    normNumGroups: 32,
    normEps: 1e-5,
    timeEmbedDim: 1280,
    flipSinToCos: true,
    freqShift: 0,
    ...special,
  };
}

const vae: VaeConfig = {
  inChannels: 3,
  outChannels: 3,
  latentChannels: 4,
  blockOutChannels: [128, 256, 512, 512],
  layersPerBlock: 2,
  normNumGroups: 32,
  normEps: 1e-6,
  scalingFactor: 0.18215,
  forceUpcast: false,
};

const clipL: TextEncoderConfig = {
  vocabSize: 49408,
  maxPositionEmbeddings: 77,
  hiddenSize: 768,
  intermediateSize: 3072,
  numHiddenLayers: 12,
  numAttentionHeads: 12,
  hiddenAct: 'quick_gelu',
  layerNormEps: 1e-5,
  padTokenId: 49407,
};

const openClip = { ...clipL, hiddenAct: 'gelu', padTokenId: 0 } as const;
const openClipH = { ...openClip, hiddenSize: 1024, intermediateSize: 4096, numHiddenLayers: 23, numAttentionHeads: 16 };
const openClipBigG = {
  ...openClip,
  hiddenSize: 1280,
  intermediateSize: 5120,
  numHiddenLayers: 32,
  numAttentionHeads: 20,
  projectionDim: 1280,
};

export interface PublishedConfig {
  readonly unet: UNetConfig;
  readonly vae: VaeConfig;
  readonly textEncoders: readonly TextEncoderConfig[];
}

export const SD15: PublishedConfig = {
  unet: unet(
    [
      { channels: 320, attention: { depth: 1, heads: 8 } },
      { channels: 640, attention: { depth: 1, heads: 8 } },
      { channels: 1280, attention: { depth: 1, heads: 8 } },
      { channels: 1280 },
    ],
    { crossAttentionDim: 768, useLinearProjection: false },
  ),
  vae,
  textEncoders: [clipL],
};

export const SD21: PublishedConfig = {
  unet: unet(
    [
      { channels: 320, attention: { depth: 1, heads: 5 } },
      { channels: 640, attention: { depth: 1, heads: 10 } },
      { channels: 1280, attention: { depth: 1, heads: 20 } },
      { channels: 1280 },
    ],
    { crossAttentionDim: 1024, useLinearProjection: true },
  ),
  vae,
  textEncoders: [openClipH],
};

export const SDXL: PublishedConfig = {
  unet: unet(
    [
      { channels: 320 },
      { channels: 640, attention: { depth: 2, heads: 10 } },
      { channels: 1280, attention: { depth: 10, heads: 20 } },
    ],
    {
      crossAttentionDim: 2048,
      useLinearProjection: true,
      addition: { timeEmbedDim: 256, projectionInputDim: 2816 },
    },
  ),
  vae: { ...vae, scalingFactor: 0.13025, forceUpcast: true },
  textEncoders: [clipL, openClipBigG],
};

export const PUBLISHED = { sd15: SD15, sd21: SD21, sdxl_base: SDXL } as const;
