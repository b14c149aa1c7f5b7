/**
 * In which number types a checkpoint's weights are stored.
 */
import type { StoredDType } from '../../base/tensor.ts';
import type { StoredTensor } from '../safetensors/header.ts';

/** Each dtype once, most bytes first. */
export function storedDTypes(parts: readonly ReadonlyMap<string, StoredTensor>[]): readonly StoredDType[] {
  const bytes = new Map<StoredDType, number>();
  for (const weights of parts) {
    for (const { dtype, byteLength } of weights.values()) bytes.set(dtype, (bytes.get(dtype) ?? 0) + byteLength);
  }
  return [...bytes].sort((a, b) => b[1] - a[1]).map(([dtype]) => dtype);
}
