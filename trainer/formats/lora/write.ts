/**
 * Writes LoRA files as Kohya's tools write them: three tensors a module, hashes in the metadata.
 */
import type { FloatDType } from '../../base/dtype.ts';
import type { F32Tensor } from '../../base/tensor.ts';
import { encodeSafetensors, type EncodedSafetensors, type TensorToWrite } from '../safetensors/write.ts';
import { loraHashes, type Sha256 } from './hashes.ts';

export interface LoraModuleToWrite {
  /** Kohya's name. */
  readonly name: string;
  /** What the module adds is multiplied by alpha / rank. */
  readonly alpha: number;
  /** [rank, in] or [rank, in, k, k] */
  readonly down: F32Tensor;
  /** [out, rank] or [out, rank, 1, 1] */
  readonly up: F32Tensor;
}

export interface LoraToWrite {
  readonly modules: readonly LoraModuleToWrite[];
  readonly dtype: FloatDType;
  /** `ss_*` and `modelspec.*`; the hashes are added. */
  readonly metadata: Readonly<Record<string, string>>;
}

export async function encodeLora(
  { modules, dtype, metadata }: LoraToWrite,
  sha256: Sha256,
): Promise<EncodedSafetensors> {
  const tensors = modules.flatMap(({ name, alpha, down, up }): TensorToWrite[] => [
    { name: `${name}.alpha`, dtype, shape: [], data: Float32Array.of(alpha) },
    { name: `${name}.lora_down.weight`, dtype, shape: down.shape, data: down.data },
    { name: `${name}.lora_up.weight`, dtype, shape: up.shape, data: up.data },
  ]);
  const training = Object.fromEntries(Object.entries(metadata).filter(([key]) => key.startsWith('ss_')));
  const hashes = await loraHashes(encodeSafetensors(tensors, training), sha256);
  return encodeSafetensors(tensors, { ...metadata, ...hashes });
}
