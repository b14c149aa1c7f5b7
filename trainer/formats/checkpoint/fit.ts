/**
 * Checks that the networks of a checkpoint fit each other and can be built: widths that meet must be equal.
 */
import { UserError } from '../../base/errors.ts';
import { CELL, type TextEncoderConfig, type UNetConfig, type VaeConfig } from '../configs.ts';
import type { Kind } from '../kind.ts';
import { configError } from './config-error.ts';
import { CLIP_PAD_TOKEN } from './derive-config.ts';

const INPAINTING_CHANNELS = 9;
/** Tokens of a window of text, start and end included. */
const WINDOW = 77;
/** Each but the last halves the sides of the picture. */
const VAE_LEVELS = Math.log2(CELL) + 1;
/** With more, the sides of buckets (multiples of 64 pixels, of 32 for SDXL) would not halve evenly. */
const MOST_UNET_LEVELS = { plain: 4, withSizes: 3 };

type Requirement = readonly [holds: boolean, otherwise: string];

/** @throws {UserError} `checkpoint/config` with the first thing that does not fit */
export function checkFit(path: string, unet: UNetConfig, vae: VaeConfig, encoders: readonly TextEncoderConfig[]): void {
  const requirements = [
    ...unetRequirements(unet),
    ...vaeRequirements(vae),
    ...encoders.flatMap(encoderRequirements),
    ...joints(unet, vae, encoders),
  ];
  const broken = requirements.find(([holds]) => !holds);
  if (broken !== undefined) throw configError(path, broken[1]);
}

function unetRequirements({ blockOutChannels, normNumGroups, addition }: UNetConfig): readonly Requirement[] {
  const most = addition === undefined ? MOST_UNET_LEVELS.plain : MOST_UNET_LEVELS.withSizes;
  const { length } = blockOutChannels;
  return [
    [length <= most, `the UNet has ${length} levels; the most that its family has are ${most}`],
    [(blockOutChannels[0] ?? 0) % 2 === 0, 'the first width of the UNet is odd'],
    ...dividing('UNet', blockOutChannels, normNumGroups),
  ];
}

const vaeRequirements = (vae: VaeConfig): readonly Requirement[] => [
  [vae.inChannels === 3 && vae.outChannels === 3, 'the VAE is not made for RGB pictures'],
  [vae.blockOutChannels.length === VAE_LEVELS, `the VAE has ${vae.blockOutChannels.length} levels, not ${VAE_LEVELS}`],
  [vae.scalingFactor > 0, `the VAE multiplies its latents by ${vae.scalingFactor}`],
  ...dividing('VAE', vae.blockOutChannels, vae.normNumGroups),
];

const dividing = (network: string, widths: readonly number[], groups: number): readonly Requirement[] =>
  widths.map((width) => [width % groups === 0, `a ${network} width of ${width} does not divide into ${groups} groups`]);

const encoderRequirements = ({ maxPositionEmbeddings, vocabSize }: TextEncoderConfig): readonly Requirement[] => [
  [maxPositionEmbeddings === WINDOW, `a text encoder reads ${maxPositionEmbeddings} tokens at once, not ${WINDOW}`],
  [vocabSize > CLIP_PAD_TOKEN, `a text encoder knows ${vocabSize} tokens, but CLIP has ${CLIP_PAD_TOKEN + 1}`],
];

/** Where networks meet. */
function joints(unet: UNetConfig, vae: VaeConfig, encoders: readonly TextEncoderConfig[]): readonly Requirement[] {
  const { inChannels, outChannels, crossAttentionDim, addition } = unet;
  const latent = vae.latentChannels;
  const text = encoders.reduce((sum, { hiddenSize }) => sum + hiddenSize, 0);
  const pooled = encoders.at(-1)?.projectionDim ?? 0;
  const sizes = addition?.timeEmbedDim ?? 0;
  const added = addition?.projectionInputDim ?? 0;
  return [
    [
      inChannels === latent && outChannels === latent,
      `the UNet takes ${inChannels} and gives ${outChannels} channels, but the VAE's latents have ${latent}`,
    ],
    [
      crossAttentionDim === text,
      `the UNet expects text of width ${crossAttentionDim}, but the text encoders give ${text}`,
    ],
    [
      addition === undefined || (sizes > 0 && sizes % 2 === 0 && pooled + 6 * sizes === added),
      `the added embedding takes ${added} numbers, not ${pooled} of pooled text and six embedded sizes`,
    ],
  ];
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
