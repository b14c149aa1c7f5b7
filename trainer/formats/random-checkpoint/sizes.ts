/**
 * The networks that a checkpoint of random weights can have: the published ones, and tiny ones that keep every module
 * of theirs. The tiny ones obey the head rules of their family, so that a single file says all about them.
 */
import { SCALING_FACTORS } from '../checkpoint/derive-config.ts';
import type { Networks } from '../checkpoint/networks.ts';
import type { Family, TextEncoderConfig, UNetBlock, UNetConfig, VaeConfig } from '../configs.ts';

export type CheckpointSize = 'tiny' | 'full';

interface Sizes {
  readonly widths: readonly number[];
  /** Transformer layers per level; 0: a level without attention. */
  readonly depths: readonly number[];
  readonly middleDepth: number;
  readonly vaeWidths: readonly number[];
  /** Width, width of the MLP, layers. */
  readonly encoders: readonly (readonly [number, number, number])[];
  /** Sinusoids per time id of SDXL. */
  readonly timeIds: number;
}

const PUBLISHED_VAE = [128, 256, 512, 512];
const TINY_VAE = [32, 32, 64, 64];

/** What SD 1.x and 2.x have in common. */
const BEFORE_XL = { depths: [1, 1, 1, 0], middleDepth: 1, timeIds: 0 } as const;
const FULL_BEFORE_XL = { ...BEFORE_XL, widths: [320, 640, 1280, 1280], vaeWidths: PUBLISHED_VAE } as const;
const TINY_BEFORE_XL = { ...BEFORE_XL, vaeWidths: TINY_VAE, encoders: [[64, 128, 3]] } as const;

const SIZES: Readonly<Record<Family, Readonly<Record<CheckpointSize, Sizes>>>> = {
  sd1: {
    full: { ...FULL_BEFORE_XL, encoders: [[768, 3072, 12]] },
    tiny: { ...TINY_BEFORE_XL, widths: [32, 64, 96, 96] },
  },
  sd2: {
    full: { ...FULL_BEFORE_XL, encoders: [[1024, 4096, 23]] },
    tiny: { ...TINY_BEFORE_XL, widths: [64, 64, 128, 128] },
  },
  sdxl: {
    full: {
      widths: [320, 640, 1280],
      depths: [0, 2, 10],
      middleDepth: 10,
      vaeWidths: PUBLISHED_VAE,
      encoders: [
        [768, 3072, 12],
        [1280, 5120, 32],
      ],
      timeIds: 256,
    },
    tiny: {
      widths: [64, 64, 128],
      depths: [0, 1, 2],
      middleDepth: 2,
      vaeWidths: TINY_VAE,
      encoders: [
        [64, 128, 3],
        [128, 256, 3],
      ],
      timeIds: 32,
    },
  },
};

export function networksOf(family: Family, size: CheckpointSize): Networks {
  const sizes = SIZES[family][size];
  const textEncoders = sizes.encoders.map(([width, inner, layers], index): TextEncoderConfig => {
    const openClip = family === 'sd2' || index === 1;
    return {
      vocabSize: 49408,
      maxPositionEmbeddings: 77,
      hiddenSize: width,
      intermediateSize: inner,
      numHiddenLayers: layers,
      numAttentionHeads: width / 64,
      hiddenAct: openClip ? 'gelu' : 'quick_gelu',
      layerNormEps: 1e-5,
      ...(index === 1 && { projectionDim: width }),
      padTokenId: openClip ? 0 : 49407,
    };
  });
  return { unet: unetOf(family, sizes, textEncoders), vae: vaeOf(family, sizes), textEncoders };
}

function unetOf(family: Family, sizes: Sizes, encoders: readonly TextEncoderConfig[]): UNetConfig {
  const { widths, depths, middleDepth, timeIds } = sizes;
  const layers = 2;
  const heads = (width: number): number => (family === 'sd1' ? 8 : width / 64);
  const last = widths.length - 1;
  const innermost = widths[last] ?? 0;
  const downBlocks = widths.map((width, level): UNetBlock => {
    const depth = depths[level] ?? 0;
    const attention = { depth, heads: heads(width) };
    return { outChannels: width, layers, resample: level < last, ...(depth > 0 && { attention }) };
  });
  const pooled = encoders.at(-1)?.projectionDim ?? 0;
  return {
    inChannels: 4,
    outChannels: 4,
    blockOutChannels: widths,
    layersPerBlock: layers,
    downBlocks,
    midBlock: { outChannels: innermost, attention: { depth: middleDepth, heads: heads(innermost) } },
    upBlocks: downBlocks.toReversed().map((block, index) => ({ ...block, layers: layers + 1, resample: index < last })),
    crossAttentionDim: encoders.reduce((sum, { hiddenSize }) => sum + hiddenSize, 0),
    useLinearProjection: family !== 'sd1',
    normNumGroups: 32,
    normEps: 1e-5,
    timeEmbedDim: 4 * (widths[0] ?? 0),
    flipSinToCos: true,
    freqShift: 0,
    ...(family === 'sdxl' && { addition: { timeEmbedDim: timeIds, projectionInputDim: pooled + 6 * timeIds } }),
  };
}

const vaeOf = (family: Family, { vaeWidths }: Sizes): VaeConfig => ({
  inChannels: 3,
  outChannels: 3,
  latentChannels: 4,
  blockOutChannels: vaeWidths,
  layersPerBlock: 2,
  normNumGroups: 32,
  normEps: 1e-6,
  scalingFactor: SCALING_FACTORS[family],
  forceUpcast: family === 'sdxl',
});
