/**
 * A LoRA file as something to draw with: its own ranks and alphas, on whatever layers of the checkpoint it has.
 */
import { must } from '../../base/errors.ts';
import type { Files } from '../../base/ports.ts';
import type { Checkpoint } from '../../formats/checkpoint/types.ts';
import { openLora } from '../../formats/lora/read.ts';
import { layoutLora } from '../../lora/layout.ts';
import { loraModules } from '../../lora/modules.ts';
import { sizesIn, takeLora } from '../../lora/stored.ts';
import type { AppliedLora } from './applied-loras.ts';

export interface LoadedLora extends AppliedLora {
  /** The file's name without its ending, as A1111 calls a LoRA. */
  readonly name: string;
  /** Modules of the file that the checkpoint has no layer for. */
  readonly unused: readonly string[];
}

/** @throws {UserError} `lora/*`: no LoRA, one for another family or other layers; `file/*`, `safetensors/*` */
export async function loadLora(
  files: Files,
  checkpoint: Checkpoint,
  path: string,
  weight: number,
): Promise<LoadedLora> {
  const file = await openLora(files, path, checkpoint.family);
  const layout = layoutLora(loraModules(checkpoint, sizesIn(file)));
  const values = new Float32Array(layout.size);
  const { unused } = await takeLora(files, file, layout, values);
  const [name] = files.baseName(path).split(/\.safetensors$/);
  return { layout, values, weight, name: must(name, 'a name'), unused };
}
