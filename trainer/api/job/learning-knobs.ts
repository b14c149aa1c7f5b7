/**
 * Settings of the network that is trained, its learning rates, the optimizer and the length of the run. Names are
 * sd-scripts' arguments, labels are those of Kohya's GUI.
 */
import { nameValueList } from './name-value-list.ts';
import { betas, choice, flag, path, rateOrList, real, stepShare, text, whole } from './knob.ts';

const RATE = { min: 0, max: 1, default: undefined, zeroIsOff: true } as const;

/** What `network_args` may hold. */
export const NETWORK_ARGUMENTS = {
  conv_dim: whole({
    group: 'Network',
    label: 'Convolution Rank (Dimension)',
    help: 'Rank of the 3x3 convolutions (Kohya LoCon). Left out, they are not trained.',
    min: 0,
    max: 512,
    default: undefined,
    zeroIsOff: true,
  }),
  conv_alpha: real({
    group: 'Network',
    label: 'Convolution Alpha',
    help: 'Alpha of the 3x3 convolutions; their changes are scaled by alpha / rank.',
    min: 0,
    max: 1024,
    default: 1,
  }),
  rank_dropout: real({
    ...RATE,
    group: 'Network',
    label: 'Rank dropout',
    help: 'How often each rank is left out of a step. 0.1 to 0.3 is usual.',
  }),
  module_dropout: real({
    ...RATE,
    group: 'Network',
    label: 'Module dropout',
    help: 'How often a whole module is left out of a step. 0.1 to 0.3 is usual.',
  }),
} as const;

/** What `lr_scheduler_args` may hold. */
export const LR_SCHEDULER_ARGUMENTS = {
  step_rules: text({
    group: 'Learning rate',
    label: 'Step rules',
    help: 'Factors of the learning rate and the steps before which they hold: "1:100,0.1:200,0.01" is the full rate before step 100, a tenth before step 200, then a hundredth.',
    default: undefined,
  }),
} as const;

/** What `optimizer_args` may hold; which of them an optimizer takes is a rule of the job. */
export const OPTIMIZER_ARGUMENTS = {
  betas: betas({
    group: 'Optimizer',
    label: 'Betas',
    help: 'Decay of the running means. Left out: 0.9,0.999 for AdamW, 0.9,0.99 for Lion.',
  }),
  eps: real({
    group: 'Optimizer',
    label: 'Epsilon',
    help: 'Keeps AdamW from dividing by zero. Left out: 1e-8.',
    min: 0,
    max: 1,
    default: undefined,
  }),
  momentum: real({
    group: 'Optimizer',
    label: 'Momentum',
    help: 'Momentum of SGDNesterov and SGD. Left out: 0.9 for SGDNesterov, 0 for SGD.',
    min: 0,
    max: 1,
    default: undefined,
  }),
  weight_decay: real({
    group: 'Optimizer',
    label: 'Weight decay',
    help: 'Pulls the weights towards zero. Left out: 0.01 for AdamW, 0 for Lion, SGDNesterov and SGD.',
    min: 0,
    max: 100,
    default: undefined,
  }),
} as const;

export const NETWORK_KNOBS = {
  network_module: choice({
    group: 'Network',
    label: 'LoRA type',
    help: 'Kind of network. "networks.lora" is Kohya\'s Standard, and LoCon when network_args has conv_dim.',
    choices: ['networks.lora'],
    default: 'networks.lora',
  }),
  network_dim: whole({
    group: 'Network',
    label: 'Network Rank (Dimension)',
    help: 'Size of the LoRA. Bigger learns more detail and makes a bigger file.',
    min: 1,
    max: 512,
    default: 4,
  }),
  network_alpha: real({
    group: 'Network',
    label: 'Network Alpha',
    help: "The LoRA's changes are scaled by alpha / rank. 0 means the same as the rank.",
    min: 0,
    max: 1024,
    default: 1,
  }),
  network_dropout: real({
    ...RATE,
    group: 'Network',
    label: 'Network dropout',
    help: "How often each value between the LoRA's two matrices is left out. 0.1 to 0.5 is usual.",
  }),
  network_args: nameValueList({
    group: 'Network',
    label: 'Network arguments',
    help: 'More settings of the network as "name=value".',
    inner: NETWORK_ARGUMENTS,
    example: '["conv_dim=4", "conv_alpha=1"]',
  }),
  network_weights: path({
    group: 'Network',
    label: 'Network weights',
    help: 'A LoRA file to continue from.',
    picks: 'file',
    default: undefined,
  }),
  dim_from_weights: flag({
    group: 'Network',
    label: 'DIM from weights',
    help: 'Takes ranks and alphas from the file in network_weights.',
    default: false,
  }),
  network_train_unet_only: flag({
    group: 'Network',
    label: 'Train UNet only',
    help: 'The text encoder is not trained.',
    default: false,
  }),
  network_train_text_encoder_only: flag({
    group: 'Network',
    label: 'Train text encoder only',
    help: 'The UNet is not trained.',
    default: false,
  }),
  scale_weight_norms: real({
    group: 'Network',
    label: 'Scale weight norms',
    help: 'Caps the norm of each module after every step. 1 is recommended; 0 is off.',
    min: 0,
    max: 1000,
    default: undefined,
    zeroIsOff: true,
  }),
} as const;

export const LEARNING_RATE_KNOBS = {
  learning_rate: real({
    group: 'Learning rate',
    label: 'Learning rate',
    help: 'Learning rate of every part that has none of its own. (sd-scripts itself takes 2e-6 when this is left out, at which a LoRA hardly learns.)',
    min: 0,
    max: 10,
    default: 1e-4,
  }),
  unet_lr: real({
    group: 'Learning rate',
    label: 'Unet learning rate',
    help: 'Learning rate of the UNet. Left out, learning_rate; 0 does not train it.',
    min: 0,
    max: 10,
    default: undefined,
  }),
  text_encoder_lr: rateOrList({
    group: 'Learning rate',
    label: 'Text Encoder learning rate',
    help: 'Learning rate of the text encoder. Left out, learning_rate; 0 does not train it.',
  }),
  stop_text_encoder_training: whole({
    group: 'Learning rate',
    label: 'Stop TE training',
    help: 'Optimizer steps after which the text encoder stays as it is by then, while the UNet goes on. -1 or 0 does not train it at all; left out, it is trained to the end. For a LoRA as for whole networks. (sd-scripts has it in train_db.py alone.)',
    min: -1,
    default: undefined,
  }),
  lr_scheduler: choice({
    group: 'Learning rate',
    label: 'LR Scheduler',
    help: 'How the learning rates change over the run.',
    choices: [
      'constant',
      'constant_with_warmup',
      'linear',
      'cosine',
      'cosine_with_restarts',
      'polynomial',
      'inverse_sqrt',
      'cosine_with_min_lr',
      'warmup_stable_decay',
      'piecewise_constant',
    ],
    default: 'constant',
  }),
  lr_scheduler_args: nameValueList({
    group: 'Learning rate',
    label: 'LR scheduler extra arguments',
    help: 'More settings of the scheduler as "name=value": piecewise_constant takes its rules here.',
    inner: LR_SCHEDULER_ARGUMENTS,
    example: '["step_rules=1:100,0.1:200,0.01"]',
  }),
  lr_warmup_steps: stepShare({
    group: 'Learning rate',
    label: 'LR warmup',
    help: 'Steps in which the learning rates grow from 0.',
    default: { steps: 0 },
  }),
  lr_decay_steps: stepShare({
    group: 'Learning rate',
    label: 'LR decay steps',
    help: 'Last steps, in which warmup_stable_decay lets the learning rates fall.',
    default: { steps: 0 },
  }),
  lr_scheduler_num_cycles: whole({
    group: 'Learning rate',
    label: 'LR # cycles',
    help: 'Restarts of cosine_with_restarts; cosine_with_min_lr and warmup_stable_decay take half of it as their waves.',
    min: 1,
    max: 10_000,
    default: 1,
  }),
  lr_scheduler_power: real({
    group: 'Learning rate',
    label: 'LR power',
    help: 'Power of polynomial.',
    min: 0,
    max: 100,
    default: 1,
  }),
  lr_scheduler_timescale: whole({
    group: 'Learning rate',
    label: 'LR timescale',
    help: 'Timescale of inverse_sqrt. Left out, the warmup steps.',
    min: 1,
    default: undefined,
  }),
  lr_scheduler_min_lr_ratio: real({
    group: 'Learning rate',
    label: 'LR minimum ratio',
    help: 'Where cosine_with_min_lr and warmup_stable_decay end, as a part of the learning rate.',
    min: 0,
    max: 1,
    default: undefined,
  }),
} as const;

export const OPTIMIZER_KNOBS = {
  optimizer_type: choice({
    group: 'Optimizer',
    label: 'Optimizer',
    help: 'The rule that turns gradients into changes.',
    choices: ['AdamW', 'SGDNesterov', 'SGD', 'Lion'],
    spellings: {
      adamw: 'AdamW',
      adamw8bit: 'AdamW',
      pagedadamw: 'AdamW',
      pagedadamw8bit: 'AdamW',
      pagedadamw32bit: 'AdamW',
      sgdnesterov: 'SGDNesterov',
      sgdnesterov8bit: 'SGDNesterov',
      sgd: 'SGD',
      lion: 'Lion',
      lion8bit: 'Lion',
      pagedlion8bit: 'Lion',
    },
    default: 'AdamW',
  }),
  optimizer_args: nameValueList({
    group: 'Optimizer',
    label: 'Optimizer extra arguments',
    help: 'More settings of the optimizer as "name=value".',
    inner: OPTIMIZER_ARGUMENTS,
    example: '["weight_decay=0.1", "betas=0.9,0.99"]',
  }),
  max_grad_norm: real({
    group: 'Optimizer',
    label: 'Max grad norm',
    help: 'Clips the gradients of a step to this norm. 0 does not clip.',
    min: 0,
    default: 1,
  }),
} as const;

export const TRAINING_KNOBS = {
  max_train_steps: whole({
    group: 'Training',
    label: 'Max train steps',
    help: 'Optimizer steps of the run. Left out, 1600 unless max_train_epochs is set.',
    min: 0,
    max: 100_000_000,
    default: undefined,
    zeroIsOff: true,
  }),
  max_train_epochs: whole({
    group: 'Training',
    label: 'Max train epoch',
    help: 'Length of the run in epochs, instead of max_train_steps.',
    min: 0,
    max: 1_000_000,
    default: undefined,
    zeroIsOff: true,
  }),
  gradient_accumulation_steps: whole({
    group: 'Training',
    label: 'Gradient accumulate steps',
    help: 'Passes whose gradients are averaged into one optimizer step: like a bigger batch, without its memory.',
    min: 1,
    max: 1024,
    default: 1,
  }),
  seed: whole({
    group: 'Training',
    label: 'Seed',
    help: "The same seed gives the same run. Left out, one is drawn and written into the run's job.toml.",
    min: 0,
    max: 4_294_967_295,
    default: undefined,
  }),
} as const;
