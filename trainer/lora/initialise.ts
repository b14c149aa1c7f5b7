/**
 * The values a LoRA starts from.
 *
 * Source: sd-scripts networks/lora.py (down: kaiming_uniform with a = sqrt(5), up: zeros), He et al. 2015
 * (arXiv:1502.01852).
 */
import type { Generator } from '../base/random.ts';
import type { LoraLayout } from './layout.ts';
import { viewOf } from '../optim/parameters.ts';

/**
 * Down matrices uniform in ±bound, up matrices 0, so that the first step sees the network as it is.
 *
 *     bound = sqrt(6 / ((1 + a²)·fan_in)) = 1 / sqrt(fan_in),  fan_in = in·k·k
 *
 * @returns f32 [layout.size]
 */
export function initialiseLora(layout: LoraLayout, generator: Generator): Float32Array {
  const values = new Float32Array(layout.size);
  for (const entry of layout.entries) {
    if (entry.kind === 'up') continue;
    const { inFeatures, kernel } = entry.module.layer;
    const bound = 1 / Math.sqrt(inFeatures * kernel * kernel);
    viewOf(values, entry).set(generator.uniforms(entry.size).map((uniform) => (2 * uniform - 1) * bound));
  }
  return values;
}
