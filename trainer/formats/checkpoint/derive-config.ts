/**
 * Reads a network's config off the names and shapes of its weights, for files that bring no config.json: how many
 * levels and layers there are, how wide each is, which have attention. Any depth and width, not the published ones alone.
 *
 * What shapes cannot say follows the family: 8 heads everywhere in the UNet of SD 1.x, heads of size 64 in SD 2.x and SDXL
 * and in every text encoder, one head in the VAE, 32 groups in every group norm. Sources: CompVis v1-inference.yaml
 * (num_heads 8), Stability sd_2_1_768.yaml and sd_xl_base.yaml (num_head_channels 64).
 * A wrong guess is harmless: the weights are compared with those that the config asks for.
 */
import type { Family, TextEncoderConfig, TransformerShape, UNetBlock, UNetConfig, VaeConfig } from '../configs.ts';
import { configError, missingWeight } from './config-error.ts';
import type { Shapes } from './expected-weights.ts';

const HEAD_SIZE = 64;
const SD1_HEADS = 8;
const GROUPS = 32;

export const CLIP_PAD_TOKEN = 49407;
export const OPEN_CLIP_PAD_TOKEN = 0;

/** Of each family's VAE; config.json may say otherwise. */
export const SCALING_FACTORS: Readonly<Record<Family, number>> = { sd1: 0.18215, sd2: 0.18215, sdxl: 0.13025 };

/** A file's tensors below a prefix. */
export function shapesBelow(shapes: Shapes, prefix: string): Shapes {
  const below = new Map<string, readonly number[]>();
  for (const [name, shape] of shapes) if (name.startsWith(prefix)) below.set(name.slice(prefix.length), shape);
  return below;
}

/** More than any of these networks has; a hostile file must not make us list millions of weights. */
const MAX_COUNT = 200;

/** One more than the largest N (below 200) of the names `<stem>N.…`; 0 if there is none. */
function count(shapes: Shapes, stem: string): number {
  let largest = -1;
  for (const name of shapes.keys()) {
    if (!name.startsWith(stem)) continue;
    const number = /^(\d{1,3})\./.exec(name.slice(stem.length))?.[1];
    if (number !== undefined && Number(number) < MAX_COUNT) largest = Math.max(largest, Number(number));
  }
  return largest + 1;
}

interface Reader {
  readonly file: string;
  readonly family: Family;
  readonly shapes: Shapes;
  /** A side of a weight; the weight is missing: an error that names it. */
  readonly side: (name: string, axis: number) => number;
}

function reader(file: string, family: Family, shapes: Shapes, prefix: string): Reader {
  const side = (name: string, axis: number): number => {
    const size = shapes.get(name)?.[axis];
    if (size === undefined || size < 1) throw missingWeight(file, prefix + name);
    return size;
  };
  return { file, family, shapes, side };
}

function headsOf(file: string, channels: number): number {
  if (channels % HEAD_SIZE === 0) return channels / HEAD_SIZE;
  throw configError(
    file,
    `a width of ${channels} does not divide into attention heads of size ${HEAD_SIZE}, and a single file cannot say how it does`,
  );
}

/**
 * @param shapes      the file's tensors below `model.diffusion_model.`
 * @param pooledSize  width of the pooled text (SDXL), which the added embedding's input is made of
 */
export function deriveUNetConfig(file: string, family: Family, shapes: Shapes, pooledSize?: number): UNetConfig {
  const read = reader(file, family, shapes, 'model.diffusion_model.');
  const downBlocks = deriveDownBlocks(read);
  const last = downBlocks.at(-1);
  if (last === undefined) throw configError(file, 'the UNet has no blocks');
  const layersPerBlock = evenLayers(file, downBlocks);
  const levels = downBlocks.length;
  const upBlocks = downBlocks.toReversed().map((block, index): UNetBlock => {
    const attention = transformerAt(read, `output_blocks.${index * (layersPerBlock + 1)}.1`, block.outChannels);
    return { outChannels: block.outChannels, layers: layersPerBlock + 1, resample: index < levels - 1, ...attention };
  });
  const middle = transformerAt(read, 'middle_block.1', last.outChannels).attention;
  if (middle === undefined) throw configError(file, 'the middle of the UNet has no attention');
  const context = [...shapes].find(([name]) => name.endsWith('.attn2.to_k.weight'))?.[1][1];
  const projection = shapes.get('middle_block.1.proj_in.weight');
  return {
    inChannels: read.side('input_blocks.0.0.weight', 1),
    outChannels: read.side('out.2.weight', 0),
    blockOutChannels: downBlocks.map((block) => block.outChannels),
    layersPerBlock,
    downBlocks,
    midBlock: { outChannels: last.outChannels, attention: middle },
    upBlocks,
    crossAttentionDim: context ?? 0,
    useLinearProjection: projection?.length === 2,
    normNumGroups: GROUPS,
    normEps: 1e-5,
    timeEmbedDim: read.side('time_embed.0.weight', 0),
    flipSinToCos: true,
    freqShift: 0,
    ...deriveAddition(read, pooledSize),
  };
}

/** The residual blocks of a level, of which every level has as many: the way up takes back what each leaves. */
function evenLayers(file: string, downBlocks: readonly UNetBlock[]): number {
  const [first = 0, ...others] = downBlocks.map(({ layers }) => layers);
  if (others.every((layers) => layers === first)) return first;
  throw configError(
    file,
    `the levels of the UNet have ${[first, ...others].join(', ')} residual blocks, and should have as many each`,
  );
}

/** Walks the row of input blocks: residual blocks fill a level, a strided convolution ends it. */
function deriveDownBlocks(read: Reader): UNetBlock[] {
  const blocks: UNetBlock[] = [];
  let level: { layers: number; outChannels: number; attention?: TransformerShape } | undefined;
  const stages = count(read.shapes, 'input_blocks.');
  for (let index = 1; index < stages; index++) {
    const stage = `input_blocks.${index}`;
    if (read.shapes.has(`${stage}.0.op.weight`)) {
      if (level !== undefined) blocks.push({ ...level, resample: true });
      level = undefined;
    } else if (level === undefined) {
      const outChannels = read.side(`${stage}.0.out_layers.3.weight`, 0);
      level = { layers: 1, outChannels, ...transformerAt(read, `${stage}.1`, outChannels) };
    } else {
      level = { ...level, layers: level.layers + 1 };
    }
  }
  return level === undefined ? blocks : [...blocks, { ...level, resample: false }];
}

function transformerAt(read: Reader, name: string, channels: number): { readonly attention?: TransformerShape } {
  const depth = count(read.shapes, `${name}.transformer_blocks.`);
  if (depth === 0) return {};
  const heads = read.family === 'sd1' ? SD1_HEADS : headsOf(read.file, channels);
  return { attention: { depth, heads } };
}

/** The input is the pooled text and six sinusoids of one size. */
function deriveAddition(read: Reader, pooledSize: number | undefined): Pick<UNetConfig, 'addition'> {
  if (read.family !== 'sdxl') return {};
  const projectionInputDim = read.side('label_emb.0.0.weight', 1);
  const timeEmbedDim = (projectionInputDim - (pooledSize ?? 0)) / 6;
  return { addition: { timeEmbedDim, projectionInputDim } };
}

/** @param shapes  the VAE's tensors, named as in single files or as in diffusers, without prefix */
export function deriveVaeConfig(file: string, family: Family, shapes: Shapes): VaeConfig {
  const read = reader(file, family, shapes, '');
  const ldm = count(shapes, 'encoder.down.') > 0;
  const levels = ldm ? count(shapes, 'encoder.down.') : count(shapes, 'encoder.down_blocks.');
  const layersOf = (level: number): string =>
    ldm ? `encoder.down.${level}.block.` : `encoder.down_blocks.${level}.resnets.`;
  if (levels === 0) throw configError(file, 'the VAE has no blocks');
  return {
    inChannels: read.side('encoder.conv_in.weight', 1),
    outChannels: read.side('decoder.conv_out.weight', 0),
    latentChannels: read.side('decoder.conv_in.weight', 1),
    blockOutChannels: Array.from({ length: levels }, (_, level) => read.side(`${layersOf(level)}0.conv1.weight`, 0)),
    layersPerBlock: count(shapes, layersOf(0)),
    normNumGroups: GROUPS,
    normEps: 1e-6,
    scalingFactor: SCALING_FACTORS[family],
    forceUpcast: family === 'sdxl',
  };
}

/** CLIP-L. @param shapes  the tensors below the encoder's prefix, with or without `text_model.` */
export function deriveClipConfig(file: string, family: Family, shapes: Shapes): TextEncoderConfig {
  const inner = shapes.has('text_model.embeddings.token_embedding.weight')
    ? shapesBelow(shapes, 'text_model.')
    : shapes;
  const read = reader(file, family, inner, 'text_model.');
  const hiddenSize = read.side('embeddings.token_embedding.weight', 1);
  return {
    vocabSize: read.side('embeddings.token_embedding.weight', 0),
    maxPositionEmbeddings: read.side('embeddings.position_embedding.weight', 0),
    hiddenSize,
    intermediateSize: read.side('encoder.layers.0.mlp.fc1.weight', 0),
    numHiddenLayers: count(inner, 'encoder.layers.'),
    numAttentionHeads: headsOf(file, hiddenSize),
    hiddenAct: 'quick_gelu',
    layerNormEps: 1e-5,
    padTokenId: CLIP_PAD_TOKEN,
  };
}

/**
 * OpenCLIP-H (SD 2.x) and bigG (SDXL).
 *
 * SD 2.x was trained on the layer before the last, so its config has one layer less than the file. Files that were
 * converted from diffusers lack that layer, and with it the projection that nobody uses; or both have been invented. At
 * the real width (1024) the config has 23 layers, whatever the file has.
 */
export function deriveOpenClipConfig(file: string, family: Family, shapes: Shapes): TextEncoderConfig {
  const read = reader(file, family, shapes, '');
  const hiddenSize = read.side('token_embedding.weight', 1);
  const stored = count(shapes, 'transformer.resblocks.');
  const used = hiddenSize === 1024 ? Math.min(stored, 23) : stored - (shapes.has('text_projection') ? 1 : 0);
  const projection = family === 'sdxl' ? { projectionDim: read.side('text_projection', 1) } : {};
  return {
    vocabSize: read.side('token_embedding.weight', 0),
    maxPositionEmbeddings: read.side('positional_embedding', 0),
    hiddenSize,
    intermediateSize: read.side('transformer.resblocks.0.mlp.c_fc.weight', 0),
    numHiddenLayers: family === 'sdxl' ? stored : used,
    numAttentionHeads: headsOf(file, hiddenSize),
    hiddenAct: 'gelu',
    layerNormEps: 1e-5,
    ...projection,
    padTokenId: OPEN_CLIP_PAD_TOKEN,
  };
}
