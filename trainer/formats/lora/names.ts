/**
 * Kohya's names for LoRA modules: a prefix for the part, and the module's path with dots as underscores. SD 1.x and 2.x
 * use the names of diffusers, SDXL those of the single file (Stability's).
 *
 * Source: sd-scripts networks/lora.py (LORA_PREFIX_*), convert_diffusers_to_sai_if_needed.
 * Checked against the lists of real files: test/golden/data/lora/*.tsv.
 */
import type { Family } from '../configs.ts';
import { ldmUNetName, type UNetNumbering } from '../checkpoint/ldm-names.ts';

export type LoraPart = 'unet' | 'text_encoder' | 'text_encoder_2';

const UNET_PREFIX = 'lora_unet_';

/** SDXL as published: two residual blocks a level, attention in the two inner levels. */
const SDXL_NUMBERING: UNetNumbering = {
  layersPerBlock: 2,
  upBlocks: [{ attention: { depth: 10, heads: 20 } }, { attention: { depth: 2, heads: 10 } }, {}],
};

function prefixOf(family: Family, part: LoraPart): string {
  switch (part) {
    case 'unet':
      return UNET_PREFIX;
    case 'text_encoder':
      return family === 'sdxl' ? 'lora_te1_' : 'lora_te_';
    case 'text_encoder_2':
      return 'lora_te2_';
  }
}

/**
 * @param modulePath  canonical, without `.weight`: `mid_block.attentions.0.proj_in`
 * @param numbering   of the UNet's stages, for SDXL-like networks of other depths
 */
export function kohyaName(
  family: Family,
  part: LoraPart,
  modulePath: string,
  numbering: UNetNumbering = SDXL_NUMBERING,
): string {
  const path = family === 'sdxl' && part === 'unet' ? ldmUNetName(numbering, modulePath) : modulePath;
  return prefixOf(family, part) + path.replaceAll('.', '_');
}

/** The part that a module of a LoRA file belongs to; `undefined`: a name of another tool. */
export function loraPartOf(name: string): LoraPart | undefined {
  if (name.startsWith(UNET_PREFIX)) return 'unet';
  if (name.startsWith('lora_te2_')) return 'text_encoder_2';
  return /^lora_te1?_/.test(name) ? 'text_encoder' : undefined;
}

const DIFFUSERS_BLOCK =
  /^lora_unet_(?:(down_blocks|up_blocks)_(\d+)|(mid_block))_(resnets|attentions|downsamplers|upsamplers)_(\d+)_(.+)$/;

/** Some tools write SDXL LoRAs with diffusers' names: the same module under the name that Kohya's tools know. */
export function toStabilityName(name: string): string {
  const match = DIFFUSERS_BLOCK.exec(name);
  if (match === null) return name;
  const [, part, block, middle, kind, index, inner] = match;
  const stem = middle ?? `${part}.${block}`;
  return UNET_PREFIX + ldmUNetName(SDXL_NUMBERING, `${stem}.${kind}.${index}.${inner}`).replaceAll('.', '_');
}
