/**
 * All LoRA matrices in one array of numbers: optimizers, gradient clipping and files see one vector, the graph sees
 * named tensors in it.
 *
 * Parts lie one after the other, modules in sd-scripts' order within them, and of each module first down, then up.
 */
import { must } from '../base/errors.ts';
import { elementCount, f32, type F32Tensor } from '../base/tensor.ts';
import { evaluateShape } from '../graph/dims.ts';
import { leafName, type Value } from '../graph/graph.ts';
import type { LoraPart } from '../formats/lora/names.ts';
import type { LoraModuleToWrite } from '../formats/lora/write.ts';
import type { LoraModule } from './modules.ts';

export interface LoraEntry {
  /** As in the file: `lora_unet_mid_block_attentions_0_proj_in.lora_down.weight`. */
  readonly name: string;
  readonly kind: 'down' | 'up';
  readonly module: LoraModule;
  readonly part: LoraPart;
  /** As in the file: down [r, in] or [r, in, k, k], up [out, r] or [out, r, 1, 1]. */
  readonly shape: readonly number[];
  /** Where its elements begin. */
  readonly offset: number;
  readonly size: number;
}

export interface LoraLayout {
  readonly modules: readonly LoraModule[];
  readonly entries: readonly LoraEntry[];
  /** The stretch of each part, in the order of the array. */
  readonly parts: readonly { readonly part: LoraPart; readonly offset: number; readonly size: number }[];
  readonly size: number;
}

export function layoutLora(modules: readonly LoraModule[]): LoraLayout {
  const entries: LoraEntry[] = [];
  let offset = 0;
  for (const module of modules) {
    for (const kind of ['down', 'up'] as const) {
      const shape = storedShape(module, kind);
      const size = elementCount(shape);
      entries.push({ name: entryName(module, kind), kind, module, part: module.part, shape, offset, size });
      offset += size;
    }
  }
  return { modules, entries, parts: stretches(entries), size: offset };
}

export const entryName = (module: LoraModule, kind: LoraEntry['kind']): string => `${module.name}.lora_${kind}.weight`;

/** The elements of an entry, not copied. */
export const viewOf = (values: Float32Array, { offset, size }: Pick<LoraEntry, 'offset' | 'size'>): Float32Array =>
  values.subarray(offset, offset + size);

/**
 * The parameters that a graph takes, as its feeds: views into `values`, in the shapes of the graph.
 *
 * @param parameters by entry name, as `injectLora` lists them
 */
export function loraFeeds(
  layout: LoraLayout,
  values: Float32Array,
  parameters: ReadonlyMap<string, Value>,
): Readonly<Record<string, F32Tensor>> {
  const taken = layout.entries.flatMap((entry) => {
    const parameter = parameters.get(entry.name);
    if (parameter === undefined) return [];
    const shape = evaluateShape(parameter.shape, {});
    return [[must(leafName(parameter), 'a leaf'), f32(shape, viewOf(values, entry))] as const];
  });
  return Object.fromEntries(taken);
}

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

function stretches(entries: readonly LoraEntry[]): LoraLayout['parts'] {
  const found = new Map<LoraPart, { offset: number; size: number }>();
  for (const { part, offset, size } of entries) {
    const stretch = found.get(part);
    found.set(part, { offset: stretch?.offset ?? offset, size: (stretch?.size ?? 0) + size });
  }
  return [...found].map(([part, stretch]) => ({ part, ...stretch }));
}
