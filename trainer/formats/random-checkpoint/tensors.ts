/**
 * The tensors of a single file as they were published: the networks' weights, and what nobody uses beside them.
 */
import type { FloatDType } from '../../base/dtype.ts';
import { singleFileTensors, type TensorOptions } from '../checkpoint/network-tensors.ts';
import { LDM_PREFIXES } from '../checkpoint/ldm-names.ts';
import type { Networks } from '../checkpoint/networks.ts';
import type { Family } from '../configs.ts';
import type { StreamedTensor } from '../safetensors/write.ts';

export function publishedTensors(family: Family, networks: Networks, options: TensorOptions): StreamedTensor[] {
  // SD 2.x was trained on the layer before the last: the last one and the projection after it are in the file.
  const textEncoders = networks.textEncoders.map((config) =>
    family === 'sd2'
      ? { ...config, numHiddenLayers: config.numHiddenLayers + 1, projectionDim: config.hiddenSize }
      : config,
  );
  const { dtype } = options;
  return [
    ...singleFileTensors(family, { ...networks, textEncoders }, options),
    // ln(100), the largest that CLIP allows.
    ...(family === 'sd1' ? [] : [scalar(`${LDM_PREFIXES.openClip[family]}logit_scale`, Math.log(100), dtype)]),
    ...(family === 'sdxl' ? [] : [scalar('model_ema.decay', 0.9999, dtype)]),
  ];
}

const scalar = (name: string, value: number, dtype: FloatDType): StreamedTensor => ({
  name,
  dtype,
  shape: [],
  data: Float32Array.of(value),
});
