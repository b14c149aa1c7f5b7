/**
 * Settings of the class images that LoRA Loom draws itself, for the regularisation of a DreamBooth training. Names are
 * the arguments of diffusers' train_dreambooth.py where it has them; the others begin with `class_`.
 *
 * Source: Ruiz et al. 2022, arXiv:2208.12242 (200 class images for each of the subject, in its supplement; why our
 * default is another: docs/decisions/0031-class-image-count.md).
 */
import * as z from 'zod';
import { choice, flag, optionalSize, real, text, whole, type Knob } from './knob.ts';

const CLASSES = { group: 'Class images' } as const;

const MOST_CLASS_IMAGES = 100_000;
const AS_USED = 'as used';
const PER_IMAGE = /^\s*(\d{1,6})\s+per\s+image\s*$/i;
const NUMBER = /^\s*\d{1,6}\s*$/;

/** How many class images there are to be. */
export type ClassImageCount =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'per image'; readonly count: number }
  /** As many as an epoch shows, each once. */
  | { readonly kind: 'as used' };

/** "200", "200 per image", "as used"; undefined for anything else. */
export function classImageCount(value: string): ClassImageCount | undefined {
  if (value.trim().toLowerCase() === AS_USED) return { kind: 'as used' };
  const perImage = PER_IMAGE.exec(value)?.[1];
  const count = Number(perImage ?? (NUMBER.test(value) ? value : 0));
  if (count < 1 || count > MOST_CLASS_IMAGES) return undefined;
  return { kind: perImage === undefined ? 'count' : 'per image', count };
}

/** `200`, `"200"`, `"200 per image"` or `"as used"`. */
function imageCount(help: string): Knob<string> {
  const schema = z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z.string().refine((value) => classImageCount(value) !== undefined),
  );
  const expects = `a whole number from 1 to ${MOST_CLASS_IMAGES}, a number "per image" such as "200 per image", or "as used"`;
  return {
    ...CLASSES,
    kind: 'text',
    label: 'Number of class images',
    help,
    default: AS_USED,
    required: false,
    expects,
    example: '"200 per image"',
    schema,
  };
}

export const CLASS_IMAGE_KNOBS = {
  with_prior_preservation: flag({
    ...CLASSES,
    label: 'Make class images',
    help: 'Draws class images into reg_data_dir before the training begins, where they are not there yet. The training uses them as any regularisation images.',
    default: false,
  }),
  class_prompt: text({
    ...CLASSES,
    label: 'Class prompt',
    help: 'What class images show, such as "a dog" for the subject "sks dog". It names their folder in reg_data_dir, "1_a dog", and is their caption.',
    default: undefined,
  }),
  num_class_images: imageCount(
    'How many there are to be: a number; a number for each image of the subject, such as "200 per image" as in the paper of DreamBooth; or "as used", as many as an epoch shows. Missing ones are drawn, surplus ones are set aside.',
  ),
  class_negative_prompt: text({
    ...CLASSES,
    label: 'Negative class prompt',
    help: 'What class images do not show.',
    default: '',
  }),
  class_sampler: choice({
    ...CLASSES,
    label: 'Class sampler',
    help: 'The sampler of class images.',
    choices: ['ddim', 'euler', 'euler_a', 'dpmpp_2m', 'dpmpp_2m_karras'],
    spellings: { k_euler: 'euler', k_euler_a: 'euler_a', 'dpmsolver++': 'dpmpp_2m' },
    default: 'ddim',
  }),
  class_steps: whole({
    ...CLASSES,
    label: 'Class steps',
    help: 'How often the model is asked for a class image.',
    min: 1,
    max: 1000,
    default: 30,
  }),
  class_guidance_scale: real({
    ...CLASSES,
    label: 'Class guidance',
    help: 'How closely class images follow the prompt (CFG scale). 1 is without guidance.',
    min: 0,
    max: 1000,
    default: 7.5,
  }),
  class_size: optionalSize({
    ...CLASSES,
    label: 'Size of class images',
    help: 'One side, or "width,height". Left out, class images have the sizes of the buckets that the subject is trained at, as often as these come up.',
    default: undefined,
  }),
  class_seed: whole({
    ...CLASSES,
    label: 'Class seed',
    help: 'The same seed gives the same class images, however often the drawing was stopped and went on.',
    min: 0,
    max: 2 ** 32 - 1,
    default: 0,
  }),
  sample_batch_size: whole({
    ...CLASSES,
    label: 'Class images at once',
    help: 'Class images that are drawn in one batch. Left out, as many as make it faster at their size. The pictures are the same, but for rounding.',
    min: 1,
    max: 256,
    default: undefined,
  }),
  replace_removed_class_images: flag({
    ...CLASSES,
    label: 'Replace removed class images',
    help: 'Draws another picture, of another seed, for each class image that you removed. Off, there is one less.',
    default: true,
  }),
} as const;
