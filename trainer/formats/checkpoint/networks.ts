/**
 * The networks of a checkpoint, and the names of their parts: the folders of the diffusers layout.
 */
import { must } from '../../base/errors.ts';
import type { TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';
import type { Checkpoint, Weights } from './types.ts';

export interface Networks {
  readonly unet: UNetConfig;
  readonly vae: VaeConfig;
  /** One, or for SDXL two. */
  readonly textEncoders: readonly TextEncoderConfig[];
}

export const TEXT_ENCODER_PARTS = ['text_encoder', 'text_encoder_2'] as const;

export type PartName = 'unet' | 'vae' | (typeof TEXT_ENCODER_PARTS)[number];

export const networksIn = ({ unet, vae, textEncoders }: Checkpoint): Networks => ({
  unet: unet.config,
  vae: vae.config,
  textEncoders: textEncoders.map(({ config }) => config),
});

/** The weights of a checkpoint's parts, by the names that stand in front of them. */
export const partsIn = ({ unet, vae, textEncoders }: Checkpoint): ReadonlyMap<PartName, Weights> =>
  new Map<PartName, Weights>([
    ['unet', unet.weights],
    ['vae', vae.weights],
    ...textEncoders.map(({ weights }, index) => [must(TEXT_ENCODER_PARTS[index], 'a text encoder'), weights] as const),
  ]);
