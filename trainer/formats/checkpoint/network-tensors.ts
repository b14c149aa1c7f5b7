/**
 * Networks as the tensors of a file to write: renamed, fused and turned for a single file, as they are for a diffusers
 * folder. The reverse of what ldm.ts and diffusers.ts read.
 */
import type { FloatDType } from '../../base/dtype.ts';
import { elementCount } from '../../base/tensor.ts';
import type { Family, TextEncoderConfig, VaeConfig } from '../configs.ts';
import type { StreamedTensor } from '../safetensors/write.ts';
import { textEncoderWeights, unetWeights, vaeWeights, type Shapes } from './expected-weights.ts';
import { clipSources, LDM_PREFIXES, ldmUNetSources, openClipSources, vaeSources, type SourcesOf } from './ldm-names.ts';
import { TEXT_ENCODER_PARTS, type Networks, type PartName } from './networks.ts';

/** The elements of a weight, row-major, in pieces of any size; by its name with part: `unet/conv_in.weight`. */
export type WeightValues = (
  name: string,
  shape: readonly number[],
) => Iterable<Float32Array> | AsyncIterable<Float32Array>;

export interface TensorOptions {
  readonly dtype: FloatDType;
  readonly values: WeightValues;
}

/** One part under its canonical names. */
export const canonicalTensors = (part: PartName, shapes: Shapes, { dtype, values }: TensorOptions): StreamedTensor[] =>
  [...shapes].map(([name, shape]) => ({ name, dtype, shape, data: pieces(values, `${part}/${name}`, shape) }));

/** All weights of a single file. */
export function singleFileTensors(family: Family, networks: Networks, options: TensorOptions): StreamedTensor[] {
  const { unet, vae, textEncoders } = networks;
  return [
    ...stored('unet', unetWeights(unet), ldmUNetSources(unet), options),
    ...ldmVaeTensors(vae, LDM_PREFIXES.vae, options),
    ...textEncoders.flatMap((config, index) => encoderTensors(family, index, config, options)),
  ];
}

/** @param prefix  nothing for a file that holds the VAE alone */
export const ldmVaeTensors = (vae: VaeConfig, prefix: string, options: TensorOptions): StreamedTensor[] =>
  stored('vae', vaeWeights(vae), vaeSources(vae, prefix), options).map(attentionAsConvolution);

function encoderTensors(
  family: Family,
  index: number,
  config: TextEncoderConfig,
  options: TensorOptions,
): StreamedTensor[] {
  const part = TEXT_ENCODER_PARTS[index] ?? 'text_encoder';
  const openClip = family === 'sd2' || index === 1;
  if (openClip) {
    const prefix = LDM_PREFIXES.openClip[family === 'sdxl' ? 'sdxl' : 'sd2'];
    return stored(part, textEncoderWeights(config), openClipSources(prefix), options);
  }
  const prefix = LDM_PREFIXES.clipL[family === 'sdxl' ? 'sdxl' : 'sd1'];
  const length = config.maxPositionEmbeddings;
  const positions: StreamedTensor = {
    name: `${prefix}text_model.embeddings.position_ids`,
    dtype: 'I64',
    shape: [1, length],
    data: Float32Array.from({ length }, (_, position) => position),
  };
  return [...stored(part, textEncoderWeights(config), clipSources(prefix), options), positions];
}

function stored(
  part: PartName,
  shapes: Shapes,
  sourcesOf: SourcesOf,
  { dtype, values }: TensorOptions,
): StreamedTensor[] {
  const tensors: StreamedTensor[] = [];
  for (const [canonical, shape] of shapes) {
    const [source] = sourcesOf(canonical);
    if (source === undefined) continue;
    const { name } = source;
    const whole = pieces(values, `${part}/${canonical}`, shape);
    if (source.transposed) {
      tensors.push({ name, dtype, shape: shape.toReversed(), data: () => transposed(whole, shape) });
    } else if (source.third === undefined) {
      tensors.push({ name, dtype, shape, data: whole });
    } else if (source.third === 0) {
      const thirds = ['q', 'k', 'v'].map((letter) => canonical.replace('.q_proj.', `.${letter}_proj.`));
      const data = async function* (): AsyncIterable<Float32Array> {
        for (const third of thirds) yield* values(`${part}/${third}`, shape);
      };
      tensors.push({ name, dtype, shape: [3 * (shape[0] ?? 0), ...shape.slice(1)], data });
    }
  }
  return tensors;
}

type Pieces = () => AsyncIterable<Float32Array>;

const pieces = (values: WeightValues, name: string, shape: readonly number[]): Pieces =>
  async function* () {
    yield* values(name, shape);
  };

async function* transposed(whole: Pieces, shape: readonly number[]): AsyncIterable<Float32Array> {
  const [rows = 0, columns = 0] = shape;
  const result = new Float32Array(elementCount(shape));
  let position = 0;
  for await (const piece of whole()) {
    for (const value of piece) {
      result[(position % columns) * rows + Math.floor(position / columns)] = value;
      position++;
    }
  }
  yield result;
}

/** In single files the VAE's attention is made of 1x1 convolutions. */
const attentionAsConvolution = (tensor: StreamedTensor): StreamedTensor =>
  /\.attn_1\.(q|k|v|proj_out)\.weight$/.test(tensor.name) ? { ...tensor, shape: [...tensor.shape, 1, 1] } : tensor;
