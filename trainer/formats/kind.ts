/**
 * The nearest guess of what a safetensors file is, from its names and a few shapes. For error messages and `inspect`.
 */
import type { SafetensorsHeader } from './safetensors/header.ts';

export type KindName =
  | 'sd1'
  | 'sd2'
  | 'sdxl'
  | 'refiner'
  | 'inpainting'
  | 'instruct-pix2pix'
  | 'sd3'
  | 'flux'
  | 'cascade'
  | 'lora'
  | 'lycoris'
  | 'controlnet'
  | 'textual-inversion'
  | 'ema-only'
  | 'unet'
  | 'vae'
  | 'text-encoder'
  | 'upscaler'
  | 'unknown';

export interface Kind {
  readonly name: KindName;
  /** With its article: "a LoRA". */
  readonly title: string;
  /** What to do when a base model was expected. */
  readonly advice: string;
}

const CHOOSE = 'Choose the checkpoint of a base model: SD 1.x, SD 2.x or SDXL.';

const KINDS: Readonly<Record<KindName, Omit<Kind, 'name'>>> = {
  sd1: { title: 'an SD 1.x checkpoint', advice: 'Get the complete and unmodified file.' },
  sd2: { title: 'an SD 2.x checkpoint', advice: 'Get the complete and unmodified file.' },
  sdxl: { title: 'an SDXL checkpoint', advice: 'Get the complete and unmodified file.' },
  refiner: { title: 'the SDXL refiner', advice: 'LoRAs are trained on the SDXL base model: choose that.' },
  inpainting: {
    title: 'an inpainting model (9 input channels)',
    advice: 'Train on the ordinary version of the model; the LoRA works with the inpainting version too.',
  },
  'instruct-pix2pix': { title: 'an InstructPix2Pix model (8 input channels)', advice: CHOOSE },
  sd3: { title: 'an SD 3 model', advice: `SD 3 is not supported. ${CHOOSE}` },
  flux: { title: 'a FLUX model', advice: `FLUX is not supported. ${CHOOSE}` },
  cascade: { title: 'a Stable Cascade model', advice: `Stable Cascade is not supported. ${CHOOSE}` },
  lora: { title: 'a LoRA', advice: 'A LoRA goes in network_weights (or --lora); here the base model is needed.' },
  lycoris: { title: 'a LyCORIS network (LoHa, LoKr, OFT, …)', advice: CHOOSE },
  controlnet: { title: 'a ControlNet or T2I adapter', advice: CHOOSE },
  'textual-inversion': { title: 'a textual inversion embedding', advice: CHOOSE },
  'ema-only': { title: 'a file of EMA weights alone', advice: 'Get the pruned or the full version of the model.' },
  unet: {
    title: 'a UNet without its text encoder',
    advice: 'A base model also needs text encoder and VAE: choose the full checkpoint.',
  },
  vae: { title: 'a VAE alone', advice: 'A VAE goes in the setting "vae"; here the base model is needed.' },
  'text-encoder': { title: 'a text encoder alone', advice: CHOOSE },
  upscaler: { title: 'an upscaler', advice: CHOOSE },
  unknown: { title: 'a file of a kind that LoRA Loom does not know', advice: CHOOSE },
};

type Facts = {
  readonly has: (pattern: RegExp) => boolean;
  readonly side: (name: string, axis: number) => number | undefined;
  readonly tensorCount: number;
};

const UNET_INPUT = 'model.diffusion_model.input_blocks.0.0.weight';

/** In the order in which they are asked: the first that holds. */
const TESTS: readonly (readonly [KindName, (facts: Facts) => boolean])[] = [
  [
    'lycoris',
    ({ has }) => has(/\.(hada_w1_a|lokr_w[12](_a)?|oft_blocks|oft_diag|boft_blocks|dora_scale|on_input|a1\.weight)$/),
  ],
  [
    'lora',
    ({ has }) => has(/(\.lora_(up|down|A|B|linear_layer\.(up|down))(\.\w+)?\.weight|[._]lora\.(up|down)\.weight)$/),
  ],
  [
    'textual-inversion',
    ({ has, tensorCount }) => tensorCount <= 4 && has(/^(emb_params|string_to_param|clip_[lg]|<.*>)/),
  ],
  ['controlnet', ({ has }) => has(/^(control_model\.|controlnet_|zero_convs\.|adapter\.|input_hint_block\.)/)],
  ['sd3', ({ has }) => has(/(^|\.)joint_blocks\.\d+\./)],
  ['flux', ({ has }) => has(/(^|\.)(double_blocks|single_transformer_blocks)\.\d+\./)],
  ['cascade', ({ has }) => has(/(^|\.)(clip_txt_mapper|clip_mapper|effnet_mapper)\./)],
  ['upscaler', ({ has }) => has(/^(body\.\d+\.rdb1\.|model\.1\.sub\.|conv_first\.|RRDB_trunk)/)],
  ['inpainting', ({ side }) => side(UNET_INPUT, 1) === 9 || side('conv_in.weight', 1) === 9],
  ['instruct-pix2pix', ({ side }) => side(UNET_INPUT, 1) === 8],
  ['sdxl', ({ has }) => has(/^conditioner\.embedders\.1\.model\./) && has(/^model\.diffusion_model\./)],
  ['refiner', ({ has }) => has(/^conditioner\.embedders\.0\.model\./)],
  ['sd2', ({ has }) => has(/^cond_stage_model\.model\./) && has(/^model\.diffusion_model\./)],
  ['sd1', ({ has }) => has(/^cond_stage_model\.transformer\./) && has(/^model\.diffusion_model\./)],
  [
    'unet',
    ({ has }) => has(/^(model\.diffusion_model\.)?input_blocks\.0\.0\.weight$/) || has(/^down_blocks\.0\.resnets\./),
  ],
  ['ema-only', ({ has }) => has(/^model_ema\./)],
  ['vae', ({ has }) => has(/^(first_stage_model\.|vae\.)?encoder\.(down|down_blocks)\.0\./)],
  [
    'text-encoder',
    ({ has }) => has(/(^|\.)(text_model\.)?encoder\.layers\.0\.self_attn\.|(^|\.)transformer\.resblocks\.0\.attn\./),
  ],
];

/** A kind that was recognised by other means. */
export const kindNamed = (name: KindName): Kind => ({ name, ...KINDS[name] });

export function guessKind(header: SafetensorsHeader): Kind {
  const names = [...header.tensors.keys()];
  const facts: Facts = {
    has: (pattern) => names.some((name) => pattern.test(name)),
    side: (name, axis) => header.tensors.get(name)?.shape[axis],
    tensorCount: names.length,
  };
  const name = TESTS.find(([, holds]) => holds(facts))?.[0] ?? 'unknown';
  return kindNamed(name);
}
