/**
 * The LoRA matrices in one array of numbers (optim/parameters.ts).
 *
 * Parts lie one after the other, modules in sd-scripts' order within them, and of each module first down, then up.
 */
import { must } from '../base/errors.ts';
import { f32, type F32Tensor } from '../base/tensor.ts';
import type { LoraPart } from '../formats/lora/names.ts';
import type { LoraModuleToWrite } from '../formats/lora/write.ts';
import { layOut, viewOf, type ParameterEntry, type ParameterLayout } from '../optim/parameters.ts';
import type { LoraModule } from './modules.ts';

export interface LoraEntry extends ParameterEntry {
  /** As in the file: `lora_unet_mid_block_attentions_0_proj_in.lora_down.weight`. */
  readonly name: string;
  readonly kind: 'down' | 'up';
  readonly module: LoraModule;
  readonly part: LoraPart;
  /** As in the file: down [r, in] or [r, in, k, k], up [out, r] or [out, r, 1, 1]. */
  readonly shape: readonly number[];
}

export interface LoraLayout extends ParameterLayout<LoraEntry> {
  readonly modules: readonly LoraModule[];
}

export function layoutLora(modules: readonly LoraModule[]): LoraLayout {
  const matrices = modules.flatMap((module) =>
    (['down', 'up'] as const).map((kind) => ({
      name: entryName(module, kind),
      kind,
      module,
      part: module.part,
      shape: storedShape(module, kind),
    })),
  );
  return { modules, ...layOut(matrices) };
}

export const entryName = (module: LoraModule, kind: LoraEntry['kind']): string => `${module.name}.lora_${kind}.weight`;

/** The modules with their values, as the writer of LoRA files takes them. */
export function modulesToWrite(layout: LoraLayout, values: Float32Array): readonly LoraModuleToWrite[] {
  return layout.modules.map(({ name, alpha }, index) => {
    const [down, up] = [0, 1].map((side) => {
      const entry = must(layout.entries[2 * index + side], 'a matrix');
      return f32(entry.shape, viewOf(values, entry));
    }) as [F32Tensor, F32Tensor];
    return { name, alpha, down, up };
  });
}

function storedShape({ layer, rank }: LoraModule, kind: LoraEntry['kind']): readonly number[] {
  const { inFeatures, outFeatures, kernel } = layer;
  const convolution = layer.kind === 'convolution';
  if (kind === 'down') return convolution ? [rank, inFeatures, kernel, kernel] : [rank, inFeatures];
  return convolution ? [outFeatures, rank, 1, 1] : [outFeatures, rank];
}
