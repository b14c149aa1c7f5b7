/**
 * Settings of what is trained, beside a LoRA: whole networks, or an autoencoder. sd-scripts has a script for each kind of
 * training and none for the autoencoder, so these names are of LoRA Loom; those of the autoencoder are the LDM code's.
 */
import { choice, flag, path, real, whole } from './knob.ts';

export const METHOD_KNOBS = {
  method: choice({
    group: 'Model',
    label: 'Method',
    help: 'What is trained: a LoRA beside the model ("lora"), the UNet and the text encoder themselves ("finetune"), or the autoencoder between pictures and latents ("autoencoder"). (Of LoRA Loom, not of sd-scripts.)',
    choices: ['lora', 'finetune', 'autoencoder'],
    default: 'lora',
  }),
  model_config: path({
    group: 'Model',
    label: 'Model config',
    help: 'Trains from scratch: a folder with unet/config.json, text_encoder/config.json and so on, as in a diffusers model but without weights. The networks start from random numbers. Takes the place of pretrained_model_name_or_path. (Of LoRA Loom, not of sd-scripts.)',
    picks: 'folder',
    default: undefined,
  }),
} as const;

export const AVERAGE_KNOBS = {
  ema_decay: real({
    group: 'Optimizer',
    label: 'EMA decay',
    help: 'Keeps a running mean of what is trained, and saves and samples that: after each step it moves by one minus this towards the new values. 0.999 to 0.9999 is usual for whole networks; 0 is off. (Of LoRA Loom, not of sd-scripts.)',
    min: 0,
    max: 0.999_999,
    default: undefined,
    zeroIsOff: true,
  }),
} as const;

const AUTOENCODER = { group: 'Autoencoder' } as const;

export const AUTOENCODER_KNOBS = {
  reconstruction_loss: choice({
    ...AUTOENCODER,
    label: 'Reconstruction loss',
    help: 'How far a reconstruction is from its picture: mean absolute ("l1"), squared ("l2"), or smooth near 0 ("charbonnier").',
    choices: ['l1', 'l2', 'charbonnier'],
    default: 'l1',
  }),
  loss_averaging: choice({
    ...AUTOENCODER,
    label: 'Loss averaging',
    help: "Whether a picture's loss is the sum over its pixels, as in the LDM paper's code (then kl_weight is about 1e-6), or their mean (then about 1e-3).",
    choices: ['sum', 'mean'],
    default: 'sum',
  }),
  kl_weight: real({
    ...AUTOENCODER,
    label: 'KL weight',
    help: 'Pulls latents towards a normal distribution. Higher makes them smoother and reconstructions blurrier.',
    min: 0,
    max: 1000,
    default: 1e-6,
  }),
  freeze_encoder: flag({
    ...AUTOENCODER,
    label: 'Freeze encoder',
    help: 'Trains the decoder alone. Latents stay what they were, so every UNet that was made for this autoencoder goes on working, and its pictures become sharper.',
    default: false,
  }),
  learned_logvar: flag({
    ...AUTOENCODER,
    label: 'Learned log-variance',
    help: 'Learns one number that scales the reconstruction loss against the others, as in the LDM code.',
    default: false,
  }),
  disc_weight: real({
    ...AUTOENCODER,
    label: 'Discriminator weight',
    help: 'Weight of the patch discriminator, a network that learns to tell real pictures from reconstructed ones and so makes them sharper. 0.5 is usual; 0 is off.',
    min: 0,
    max: 100,
    default: undefined,
    zeroIsOff: true,
  }),
  disc_start: whole({
    ...AUTOENCODER,
    label: 'Discriminator start',
    help: 'Optimizer step at which the discriminator begins to count. Reconstructions should be good by then.',
    min: 0,
    default: 0,
  }),
  disc_channels: whole({
    ...AUTOENCODER,
    label: 'Discriminator channels',
    help: "Width of the discriminator's first layer.",
    min: 1,
    max: 1024,
    default: 64,
  }),
  disc_layers: whole({
    ...AUTOENCODER,
    label: 'Discriminator layers',
    help: 'Layers that halve the picture. 3 judges patches of 70 pixels, 2 of 34, 1 of 16.',
    min: 1,
    max: 6,
    default: 3,
  }),
} as const;
