/**
 * Checks that the networks of a checkpoint fit each other and can be built: widths that meet must be equal.
 */
import { must, UserError } from '../../base/errors.ts';
import { CELL, type TextEncoderConfig, type UNetConfig, type VaeConfig } from '../configs.ts';
import type { Kind } from '../kind.ts';
import { configError } from './config-error.ts';
import { CLIP_PAD_TOKEN } from './derive-config.ts';
import { TEXT_ENCODER_PARTS, type Networks, type PartName } from './networks.ts';

const INPAINTING_CHANNELS = 9;
const WIDTHS = 'block_out_channels';
/** Tokens of a window of text, start and end included. */
const WINDOW = 77;
/** Each but the last halves the sides of the picture. */
const VAE_LEVELS = Math.log2(CELL) + 1;
/** With more, the sides of buckets (multiples of 64 pixels, of 32 for SDXL) would not halve evenly. */
const MOST_UNET_LEVELS = { plain: 4, withSizes: 3 };

/** Two things that must fit and do not. */
export interface Misfit {
  /** Folder of the config.json at fault; the first, where two files disagree. */
  readonly part: PartName;
  /** Each of them may be changed: `<part>/<field>`. */
  readonly fields: readonly string[];
  /** The end of a sentence. */
  readonly reason: string;
}

type Requirement = readonly [holds: boolean, part: PartName, fields: readonly string[], otherwise: string];

/** @throws {UserError} `checkpoint/config` with the first thing that does not fit */
export function checkFit(path: string, unet: UNetConfig, vae: VaeConfig, encoders: readonly TextEncoderConfig[]): void {
  const misfit = findMisfit({ unet, vae, textEncoders: encoders });
  if (misfit !== undefined) throw configError(path, misfit.reason);
}

export const findMisfit = ({ unet, vae, textEncoders }: Networks): Misfit | undefined =>
  firstBroken([
    ...unetRequirements(unet),
    ...vaeRequirements(vae),
    ...textEncoders.flatMap(encoderRequirements),
    ...joints(unet, vae, textEncoders),
  ]);

export const findVaeMisfit = (vae: VaeConfig): Misfit | undefined => firstBroken(vaeRequirements(vae));

function firstBroken(requirements: readonly Requirement[]): Misfit | undefined {
  const broken = requirements.find(([holds]) => !holds);
  if (broken === undefined) return undefined;
  const [, part, fields, reason] = broken;
  return { part, fields: fields.map((field) => (field.includes('/') ? field : `${part}/${field}`)), reason };
}

function unetRequirements({ blockOutChannels, normNumGroups, addition }: UNetConfig): readonly Requirement[] {
  const most = addition === undefined ? MOST_UNET_LEVELS.plain : MOST_UNET_LEVELS.withSizes;
  const { length } = blockOutChannels;
  const odd = 'the first width of the UNet is odd';
  return [
    [length <= most, 'unet', [WIDTHS], `the UNet has ${length} levels; the most that its family has are ${most}`],
    [(blockOutChannels[0] ?? 0) % 2 === 0, 'unet', [WIDTHS], odd],
    ...dividing('unet', 'UNet', blockOutChannels, normNumGroups),
  ];
}

function vaeRequirements(vae: VaeConfig): readonly Requirement[] {
  const { length } = vae.blockOutChannels;
  const rgb = vae.inChannels === 3 && vae.outChannels === 3;
  return [
    [rgb, 'vae', ['in_channels', 'out_channels'], 'the VAE is not made for RGB pictures'],
    [length === VAE_LEVELS, 'vae', [WIDTHS], `the VAE has ${length} levels, not ${VAE_LEVELS}`],
    [vae.scalingFactor > 0, 'vae', ['scaling_factor'], `the VAE multiplies its latents by ${vae.scalingFactor}`],
    ...dividing('vae', 'VAE', vae.blockOutChannels, vae.normNumGroups),
  ];
}

const dividing = (part: PartName, network: string, widths: readonly number[], groups: number): Requirement[] =>
  widths.map((width) => [
    width % groups === 0,
    part,
    [WIDTHS, 'norm_num_groups'],
    `a ${network} width of ${width} does not divide into ${groups} groups`,
  ]);

function encoderRequirements(
  { maxPositionEmbeddings: window, vocabSize }: TextEncoderConfig,
  index: number,
): readonly Requirement[] {
  const part = must(TEXT_ENCODER_PARTS[index], 'a text encoder');
  const most = CLIP_PAD_TOKEN + 1;
  return [
    [
      window === WINDOW,
      part,
      ['max_position_embeddings'],
      `a text encoder reads ${window} tokens at once, not ${WINDOW}`,
    ],
    [vocabSize >= most, part, ['vocab_size'], `a text encoder knows ${vocabSize} tokens, but CLIP has ${most}`],
  ];
}

/** Where networks meet. */
function joints(unet: UNetConfig, vae: VaeConfig, encoders: readonly TextEncoderConfig[]): readonly Requirement[] {
  const { inChannels, outChannels, crossAttentionDim, addition } = unet;
  const latent = vae.latentChannels;
  const text = encoders.reduce((sum, { hiddenSize }) => sum + hiddenSize, 0);
  const pooled = encoders.at(-1)?.projectionDim ?? 0;
  const sizes = addition?.timeEmbedDim ?? 0;
  const added = addition?.projectionInputDim ?? 0;
  const textWidths = encoders.map((_, index) => `${TEXT_ENCODER_PARTS[index] ?? ''}/hidden_size`);
  return [
    [
      inChannels === latent && outChannels === latent,
      'unet',
      ['in_channels', 'out_channels', 'vae/latent_channels'],
      `the UNet takes ${inChannels} and gives ${outChannels} channels, but the VAE's latents have ${latent}`,
    ],
    [
      crossAttentionDim === text,
      'unet',
      ['cross_attention_dim', ...textWidths],
      `the UNet expects text of width ${crossAttentionDim}, but the text encoders give ${text}`,
    ],
    [
      (addition === undefined) === (encoders.length === 1),
      'unet',
      ['addition_embed_type'],
      `a UNet ${addition === undefined ? 'without' : 'with'} an added embedding has ${encoders.length} text encoder(s)`,
    ],
    [
      addition === undefined || (sizes > 0 && sizes % 2 === 0 && pooled + 6 * sizes === added),
      'unet',
      ['projection_class_embeddings_input_dim', 'addition_time_embed_dim', 'text_encoder_2/projection_dim'],
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
