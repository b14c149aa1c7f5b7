/**
 * scale_weight_norms: keeps what a module adds to its layer below a norm, after each step.
 *
 * Source: sd-scripts networks/lora.py, apply_max_norm_regularization.
 */
import { must } from '../base/errors.ts';
import type { LoraLayout } from './layout.ts';
import { viewOf } from '../optim/parameters.ts';
import type { LoraModule } from './modules.ts';

export interface NormReport {
  /** Modules that were scaled down. */
  readonly scaled: number;
  /** Of all modules' norms, after scaling. */
  readonly mean: number;
  readonly largest: number;
}

/**
 * Changes `values`: of each module with a norm above the limit, up and down are both multiplied by sqrt(limit / norm).
 *
 * Modules of parts that have stopped keep their bits.
 *
 *     norm = ‖alpha/rank · up·down‖  (Frobenius; a kernel's elements count like inputs)
 */
export function capNorms(
  layout: LoraLayout,
  values: Float32Array,
  limit: number,
  stopped: ReadonlySet<string> = new Set(),
): NormReport {
  const norms: number[] = [];
  let scaled = 0;
  for (const [index, module] of layout.modules.entries()) {
    const down = viewOf(values, must(layout.entries[2 * index], 'a down matrix'));
    const up = viewOf(values, must(layout.entries[2 * index + 1], 'an up matrix'));
    const norm = productNorm(module, down, up);
    const ratio = stopped.has(module.part) ? 1 : Math.min(1, limit / norm);
    if (ratio < 1) {
      scaled += 1;
      for (const matrix of [down, up]) scale(matrix, Math.sqrt(ratio));
    }
    norms.push(norm * (norm === 0 ? 1 : ratio));
  }
  const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  return { scaled, mean, largest: norms.reduce((most, norm) => Math.max(most, norm), 0) };
}

/** ‖U·D‖² = Σ (UᵀU)∘(DDᵀ), which needs no matrix larger than rank by rank. */
function productNorm({ rank, alpha }: LoraModule, down: Float32Array, up: Float32Array): number {
  let sum = 0;
  const ups = up.length / rank;
  const downs = down.length / rank;
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < rank; j++) {
      let upProduct = 0;
      for (let row = 0; row < ups; row++) upProduct += at(up, row * rank + i) * at(up, row * rank + j);
      let downProduct = 0;
      for (let column = 0; column < downs; column++) {
        downProduct += at(down, i * downs + column) * at(down, j * downs + column);
      }
      sum += upProduct * downProduct;
    }
  }
  return (alpha / rank) * Math.sqrt(Math.max(0, sum));
}

function scale(matrix: Float32Array, factor: number): void {
  for (let index = 0; index < matrix.length; index++) matrix[index] = at(matrix, index) * factor;
}

const at = (matrix: Float32Array, index: number): number => matrix[index] ?? 0;
