/**
 * A network's weights as the tensors of a file: renamed and fused for a single file, as they are for a diffusers folder.
 */
import type { FloatDType } from '../../base/dtype.ts';
import type { Family, TextEncoderConfig } from '../configs.ts';
import { textEncoderWeights, unetWeights, vaeWeights, type Shapes } from '../checkpoint/expected-weights.ts';
import {
  clipSources,
  LDM_PREFIXES,
  ldmUNetSources,
  openClipSources,
  vaeSources,
  type SourcesOf,
} from '../checkpoint/ldm-names.ts';
import type { TensorToWrite } from '../safetensors/write.ts';
import type { Networks } from './sizes.ts';
import { randomValues } from './values.ts';

export interface TensorOptions {
  readonly seed: number;
  readonly dtype: FloatDType;
}

/** @param part  `unet`, `vae`, `text_encoder`, `text_encoder_2`: seeds the values together with the names */
export const canonicalTensors = (part: string, shapes: Shapes, { seed, dtype }: TensorOptions): TensorToWrite[] =>
  [...shapes].map(([name, shape]) => ({
    name,
    dtype,
    shape,
    data: () => randomValues(seed, `${part}/${name}`, shape),
  }));

/** All tensors of a single file. */
export function singleFileTensors(family: Family, networks: Networks, options: TensorOptions): TensorToWrite[] {
  const { unet, vae, textEncoders } = networks;
  const { dtype } = options;
  return [
    ...stored('unet', unetWeights(unet), ldmUNetSources(unet), options),
    ...stored('vae', vaeWeights(vae), vaeSources(vae, LDM_PREFIXES.vae), options).map(attentionAsConvolution),
    ...textEncoders.flatMap((config, index) => {
      const part = index === 0 ? 'text_encoder' : 'text_encoder_2';
      const openClip = family === 'sd2' || index === 1;
      return openClip ? openClipTensors(family, part, config, options) : clipTensors(family, part, config, options);
    }),
    ...(family === 'sdxl' ? [] : [scalar('model_ema.decay', 0.9999, dtype)]),
  ];
}

function clipTensors(family: Family, part: string, config: TextEncoderConfig, options: TensorOptions): TensorToWrite[] {
  const prefix = LDM_PREFIXES.clipL[family === 'sdxl' ? 'sdxl' : 'sd1'];
  const length = config.maxPositionEmbeddings;
  const positions: TensorToWrite = {
    name: `${prefix}text_model.embeddings.position_ids`,
    dtype: 'I64',
    shape: [1, length],
    data: Float32Array.from({ length }, (_, index) => index),
  };
  return [...stored(part, textEncoderWeights(config), clipSources(prefix), options), positions];
}

/** With what the file has and nobody uses: SD 2.x's last layer and projection, and the logit scale. */
function openClipTensors(
  family: Family,
  part: string,
  config: TextEncoderConfig,
  options: TensorOptions,
): TensorToWrite[] {
  const prefix = LDM_PREFIXES.openClip[family === 'sdxl' ? 'sdxl' : 'sd2'];
  const layers = config.numHiddenLayers + (family === 'sd2' ? 1 : 0);
  const inFile = { ...config, numHiddenLayers: layers, projectionDim: config.projectionDim ?? config.hiddenSize };
  return [
    ...stored(part, textEncoderWeights(inFile), openClipSources(prefix), options),
    // ln(100), the largest that CLIP allows.
    scalar(`${prefix}logit_scale`, Math.log(100), options.dtype),
  ];
}

const scalar = (name: string, value: number, dtype: FloatDType): TensorToWrite => ({
  name,
  dtype,
  shape: [],
  data: Float32Array.of(value),
});

function stored(part: string, shapes: Shapes, sourcesOf: SourcesOf, { seed, dtype }: TensorOptions): TensorToWrite[] {
  const tensors: TensorToWrite[] = [];
  for (const [canonical, shape] of shapes) {
    const [source] = sourcesOf(canonical);
    if (source === undefined) continue;
    const values = (name: string) => randomValues(seed, `${part}/${name}`, shape);
    const { name } = source;
    if (source.transposed) {
      tensors.push({ name, dtype, shape: shape.toReversed(), data: () => [transposed(values(canonical), shape)] });
    } else if (source.third === undefined) {
      tensors.push({ name, dtype, shape, data: () => values(canonical) });
    } else if (source.third === 0) {
      const thirds = ['q', 'k', 'v'].map((letter) => canonical.replace('.q_proj.', `.${letter}_proj.`));
      const data = function* (): Iterable<Float32Array> {
        for (const third of thirds) yield* values(third);
      };
      tensors.push({ name, dtype, shape: [3 * (shape[0] ?? 0), ...shape.slice(1)], data });
    }
  }
  return tensors;
}

function transposed(pieces: Iterable<Float32Array>, [rows = 0, columns = 0]: readonly number[]): Float32Array {
  const result = new Float32Array(rows * columns);
  let position = 0;
  for (const piece of pieces) {
    for (const value of piece) {
      result[(position % columns) * rows + Math.floor(position / columns)] = value;
      position++;
    }
  }
  return result;
}

/** In single files the VAE's attention is made of 1x1 convolutions. */
const attentionAsConvolution = (tensor: TensorToWrite): TensorToWrite =>
  /\.attn_1\.(q|k|v|proj_out)\.weight$/.test(tensor.name) ? { ...tensor, shape: [...tensor.shape, 1, 1] } : tensor;
