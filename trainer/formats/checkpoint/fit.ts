/**
 * Checks that the networks of a checkpoint fit each other and can be built: widths that meet must be equal.
 */
import { UserError } from '../../base/errors.ts';
import type { TextEncoderConfig, UNetConfig, VaeConfig } from '../configs.ts';
import type { Kind } from '../kind.ts';
import { configError } from './config-error.ts';

const INPAINTING_CHANNELS = 9;

/** @throws {UserError} */
export function checkFit(path: string, unet: UNetConfig, vae: VaeConfig, encoders: readonly TextEncoderConfig[]): void {
  const require = (holds: boolean, reason: string): void => {
    if (!holds) throw configError(path, reason);
  };
  const latent = vae.latentChannels;
  require(unet.inChannels === latent &&
    unet.outChannels ===
      latent, `the UNet takes ${unet.inChannels} and gives ${unet.outChannels} channels, but the VAE's latents have ${latent}`);
  require(vae.inChannels === 3 && vae.outChannels === 3, 'the VAE is not made for RGB pictures');
  const context = encoders.reduce((sum, encoder) => sum + encoder.hiddenSize, 0);
  require(unet.crossAttentionDim ===
    context, `the UNet expects text of width ${unet.crossAttentionDim}, but the text encoders give ${context}`);
  for (const width of unet.blockOutChannels) {
    require(width % unet.normNumGroups ===
      0, `a UNet width of ${width} does not divide into ${unet.normNumGroups} groups`);
  }
  for (const width of vae.blockOutChannels) {
    require(width % vae.normNumGroups ===
      0, `a VAE width of ${width} does not divide into ${vae.normNumGroups} groups`);
  }
  require((unet.blockOutChannels[0] ?? 0) % 2 === 0, 'the first width of the UNet is odd');
  if (unet.addition === undefined) return;
  const { timeEmbedDim, projectionInputDim } = unet.addition;
  const pooled = encoders.at(-1)?.projectionDim ?? 0;
  require(timeEmbedDim > 0 &&
    timeEmbedDim % 2 === 0 &&
    pooled + 6 * timeEmbedDim ===
      projectionInputDim, `the added embedding takes ${projectionInputDim} numbers, not ${pooled} of pooled text and six embedded sizes`);
}

/** The file is something else than what was asked for. */
export const kindError = (path: string, kind: Kind, wanted = 'a base model'): UserError =>
  new UserError({
    code: 'checkpoint/kind',
    what: `This is ${kind.title}, not ${wanted}`,
    where: path,
    fix: kind.advice,
    details: { guess: kind.name },
  });

export const isInpainting = (unet: UNetConfig): boolean => unet.inChannels === INPAINTING_CHANNELS;
