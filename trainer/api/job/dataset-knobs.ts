/**
 * Settings of the images, their captions and their buckets. Names are sd-scripts' arguments, labels are those of
 * Kohya's GUI.
 */
import { flag, numberChoice, real, separator, size, stepShare, text, whole } from './knob.ts';

export const DATASET_KNOBS = {
  resolution: size({
    group: 'Dataset',
    label: 'Max resolution',
    help: 'Size to train at: one side, or "width,height". With buckets it gives the area, and each image keeps about its own shape.',
    default: { width: 512, height: 512 },
  }),
  instance_prompt: text({
    group: 'Dataset',
    label: 'Instance prompt',
    help: 'Makes train_data_dir one plain folder of images and is the caption of those that have none, such as "photo of sks dog". (Of LoRA Loom, not of sd-scripts.)',
    default: undefined,
  }),
  num_repeats: whole({
    group: 'Dataset',
    label: 'Repeats',
    help: 'How often an epoch shows each image of a plain folder. Folders named "<repeats>_<name>" say it themselves.',
    min: 1,
    max: 100_000,
    default: 1,
  }),
  train_batch_size: whole({
    group: 'Dataset',
    label: 'Train batch size',
    help: 'Images in one pass. More is steadier and needs more memory.',
    min: 1,
    max: 256,
    default: 1,
  }),
  cache_latents: flag({
    group: 'Dataset',
    label: 'Cache latents',
    help: 'Encodes each image once and keeps the result in memory: much faster. Left out, on unless random_crop or color_aug is on.',
    default: true,
  }),
  cache_latents_to_disk: flag({
    group: 'Dataset',
    label: 'Cache latents to disk',
    help: 'Keeps the encoded images on disk too, so that the next run starts at once.',
    default: false,
  }),
  flip_aug: flag({
    group: 'Dataset',
    label: 'Flip augmentation',
    help: 'Mirrors images at random. Not for subjects that are not symmetric, such as text or a parting.',
    default: false,
  }),
  color_aug: flag({
    group: 'Dataset',
    label: 'Color augmentation',
    help: 'Changes the colours of one visit in three: the hue by up to 16 degrees, or the brightness. Not where the colour matters. Needs cache_latents off.',
    default: false,
  }),
  random_crop: flag({
    group: 'Dataset',
    label: 'Random crop instead of center crop',
    help: 'Cuts a random part of each image instead of its middle. Needs cache_latents off.',
    default: false,
  }),
} as const;

const EPOCHS = { min: 0, default: undefined, zeroIsOff: true } as const;

export const CAPTION_KNOBS = {
  caption_extension: text({
    group: 'Captions',
    label: 'Caption file extension',
    help: 'Extension of the caption files beside the images. (sd-scripts itself takes .caption when this is left out.)',
    default: '.txt',
  }),
  caption_separator: separator({
    group: 'Captions',
    label: 'Caption separator',
    help: 'What stands between the tags of a caption.',
    default: ',',
  }),
  shuffle_caption: flag({
    group: 'Captions',
    label: 'Shuffle caption',
    help: 'Shuffles the tags of a caption each time it is used.',
    default: false,
  }),
  keep_tokens: whole({
    group: 'Captions',
    label: 'Keep n tokens',
    help: 'The first N tags stay in front and are never shuffled or dropped.',
    min: 0,
    max: 255,
    default: 0,
  }),
  keep_tokens_separator: separator({
    group: 'Captions',
    label: 'Keep tokens separator',
    help: 'Text that marks the end of the part that stays in front, instead of a count; a second one marks a fixed end.',
    default: undefined,
  }),
  secondary_separator: separator({
    group: 'Captions',
    label: 'Secondary separator',
    help: 'Keeps tags together while they are shuffled or dropped, and becomes the caption separator after that.',
    default: undefined,
  }),
  enable_wildcard: flag({
    group: 'Captions',
    label: 'Enable wildcard',
    help: 'Each use of a caption takes one of its lines, and of "{a|b|c}" one part; {{ and }} stand for braces.',
    default: false,
  }),
  caption_prefix: text({
    group: 'Captions',
    label: 'Caption prefix',
    help: 'Text put before every caption.',
    default: undefined,
  }),
  caption_suffix: text({
    group: 'Captions',
    label: 'Caption suffix',
    help: 'Text put after every caption.',
    default: undefined,
  }),
  caption_dropout_rate: real({
    group: 'Captions',
    label: 'Rate of caption dropout',
    help: 'How often an image is shown without its caption.',
    min: 0,
    max: 1,
    default: 0,
  }),
  caption_dropout_every_n_epochs: whole({
    ...EPOCHS,
    group: 'Captions',
    label: 'Dropout caption every n epochs',
    help: 'Shows all images without captions in every Nth epoch.',
  }),
  caption_tag_dropout_rate: real({
    group: 'Captions',
    label: 'Rate of tag dropout',
    help: 'How often each tag is left out of a caption.',
    min: 0,
    max: 1,
    default: 0,
  }),
  token_warmup_min: whole({
    group: 'Captions',
    label: 'Token warmup min',
    help: 'Tags that are used at the first step where token_warmup_step lets their number grow.',
    min: 0,
    default: 1,
  }),
  token_warmup_step: stepShare({
    group: 'Captions',
    label: 'Token warmup step',
    help: 'Steps until all tags of a caption are used, first ones first. 0 is off.',
    default: { steps: 0 },
  }),
  max_token_length: numberChoice({
    group: 'Captions',
    label: 'Max Token Length',
    help: 'Tokens of a caption that are read; the rest is cut.',
    choices: [75, 150, 225],
    default: 75,
  }),
} as const;

export const BUCKET_KNOBS = {
  enable_bucket: flag({
    group: 'Buckets',
    label: 'Enable buckets',
    help: 'Trains each image at about its own shape. Off, every image is cropped to resolution.',
    default: true,
  }),
  min_bucket_reso: whole({
    group: 'Buckets',
    label: 'Minimum bucket resolution',
    help: 'Shortest side of a bucket in pixels.',
    min: 64,
    max: 8192,
    default: 256,
  }),
  max_bucket_reso: whole({
    group: 'Buckets',
    label: 'Maximum bucket resolution',
    help: 'Longest side of a bucket in pixels.',
    min: 64,
    max: 8192,
    default: 1024,
  }),
  bucket_reso_steps: whole({
    group: 'Buckets',
    label: 'Bucket resolution steps',
    help: 'Sides of buckets are multiples of this: 64, for SDXL 32 too.',
    min: 32,
    max: 1024,
    default: 64,
  }),
  bucket_no_upscale: flag({
    group: 'Buckets',
    label: "Don't upscale bucket resolution",
    help: 'Never enlarges an image that is smaller than its bucket; the bucket shrinks instead.',
    default: false,
  }),
} as const;
