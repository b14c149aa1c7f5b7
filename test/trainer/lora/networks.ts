/**
 * Small LoRAs for tests: what the networks are, and one linear layer or convolution with a LoRA on it.
 */
import type { Family } from '../../../trainer/formats/configs.ts';
import type { LoraModule, Networks } from '../../../trainer/lora/modules.ts';
import type { PublishedConfig } from '../models/published-configs.ts';

export const networksOf = (family: Family, { unet, textEncoders }: PublishedConfig): Networks => ({
  family,
  unet: { config: unet },
  textEncoders: textEncoders.map((config) => ({ config })),
});

export function linearModule(
  name: string,
  inFeatures: number,
  outFeatures: number,
  rank: number,
  alpha: number,
): LoraModule {
  const layer = { name: `unet/${name}`, kind: 'linear', inFeatures, outFeatures, kernel: 1 } as const;
  return { layer, name: `lora_unet_${name}`, part: 'unet', rank, alpha };
}

export function convolutionModule(
  name: string,
  inFeatures: number,
  outFeatures: number,
  kernel: 1 | 3,
  rank: number,
  alpha: number,
): LoraModule {
  const layer = { name: `unet/${name}`, kind: 'convolution', inFeatures, outFeatures, kernel } as const;
  return { layer, name: `lora_unet_${name}`, part: 'unet', rank, alpha };
}
