/**
 * Settings of the model, the folders, and what the run leaves behind. Names are sd-scripts' arguments, labels are those
 * of Kohya's GUI.
 */
import { choice, fileName, flag, path, real, replaceablePath, requiredPath, text, whole } from './knob.ts';

export const MODEL_KNOBS = {
  pretrained_model_name_or_path: replaceablePath({
    group: 'Model',
    label: 'Pretrained model name or path',
    help: 'The checkpoint to train, or to train a LoRA against: a .safetensors file (Stable Diffusion 1.x, 2.x or XL) or a diffusers folder; "bundled:model" is the small one of LoRA Loom, where it is installed. Only model_config takes its place, and vae where method = "autoencoder".',
    picks: 'file or folder',
    replacedBy: [{ key: 'model_config' }, { key: 'vae', method: 'autoencoder' }],
  }),
  vae: path({
    group: 'Model',
    label: 'VAE',
    help: 'A separate VAE file or folder. Left out, the VAE inside the checkpoint is used.',
    picks: 'file or folder',
    default: undefined,
  }),
  v2: flag({
    group: 'Model',
    label: 'v2',
    help: 'States that the checkpoint is Stable Diffusion 2.x. The family is detected anyway, and a wrong statement is an error; only a VAE alone (method = "autoencoder") does not tell it.',
    default: undefined,
  }),
  sdxl: flag({
    group: 'Model',
    label: 'SDXL',
    help: 'States that the checkpoint is SDXL. The family is detected anyway, and a wrong statement is an error; only a VAE alone (method = "autoencoder") does not tell it.',
    default: undefined,
  }),
  v_parameterization: flag({
    group: 'Model',
    label: 'v_param',
    help: "The model predicts velocity instead of noise (the 768 px models of Stable Diffusion 2). Left out, a diffusers folder's scheduler settings or a single file's marks (v_pred, modelspec) decide; a file without counts as noise prediction.",
    default: undefined,
  }),
  clip_skip: whole({
    group: 'Model',
    label: 'Clip skip',
    help: "Takes the text encoder's hidden state this many layers from the end. 1 is the normal output; anime models often want 2. SDXL ignores it.",
    min: 1,
    max: 12,
    default: 1,
  }),
} as const;

export const FOLDER_KNOBS = {
  train_data_dir: requiredPath({
    group: 'Folders',
    label: 'Image folder',
    help: 'The folder that holds folders of images named "<repeats>_<name>", such as "10_sks dog"; or, with instance_prompt, one plain folder of images.',
    picks: 'folder',
  }),
  reg_data_dir: path({
    group: 'Folders',
    label: 'Regularisation directory',
    help: 'The folder that holds folders of class images named "<repeats>_<class>". They keep the model from forgetting what the class looks like.',
    picks: 'folder',
    default: undefined,
  }),
  output_dir: requiredPath({
    group: 'Folders',
    label: 'Output directory for trained model',
    help: 'Each run makes its own folder in here, named by output_name.',
    picks: 'folder',
  }),
  output_name: fileName({
    group: 'Folders',
    label: 'Trained Model output name',
    help: "Name of the run's folder and of what is saved in it, without extension.",
    default: 'last',
  }),
} as const;

const EPOCHS = { group: 'Saving', min: 0, default: undefined, zeroIsOff: true } as const;

export const SAVING_KNOBS = {
  save_every_n_epochs: whole({
    ...EPOCHS,
    label: 'Save every N epochs',
    help: "Saves what is trained after every N epochs. The last epoch's is the final one.",
  }),
  save_every_n_steps: whole({
    ...EPOCHS,
    label: 'Save every N steps',
    help: 'Saves what is trained after every N optimizer steps.',
  }),
  save_last_n_epochs: whole({
    ...EPOCHS,
    label: 'Save last N epochs',
    help: 'Keeps what was saved in the last N epochs only and deletes what this run saved before.',
  }),
  save_last_n_steps: whole({
    ...EPOCHS,
    label: 'Save last N steps',
    help: 'Keeps what was saved in the last N steps only and deletes what this run saved before.',
  }),
  save_precision: choice({
    group: 'Saving',
    label: 'Save precision',
    help: 'Number type of what is saved. fp16 halves the size and is what most programs expect.',
    choices: ['float', 'fp16', 'bf16'],
    default: 'float',
  }),
  save_model_as: choice({
    group: 'Saving',
    label: 'Save trained model as',
    help: 'File format of what is trained. A LoRA is always one safetensors file; a whole model is one too, or a diffusers folder. Left out, a model is saved in the layout that it came in.',
    choices: ['safetensors', 'diffusers'],
    spellings: { diffusers_safetensors: 'diffusers' },
    default: undefined,
  }),
} as const;

const SAMPLES = { group: 'Samples' } as const;

export const SAMPLE_KNOBS = {
  sample_prompts: path({
    ...SAMPLES,
    label: 'Sample prompts',
    help: "A .txt file with one prompt a line and Kohya's flags after it (--n negative, --w, --h, --d seed, --l CFG scale, --s steps, --ss sampler), or the same as .toml or .json. It is read again at every round.",
    picks: 'file',
    default: undefined,
  }),
  sample_every_n_steps: whole({
    ...SAMPLES,
    label: 'Sample every n steps',
    help: 'Draws the sample prompts after every N optimizer steps.',
    min: 0,
    default: undefined,
    zeroIsOff: true,
  }),
  sample_every_n_epochs: whole({
    ...SAMPLES,
    label: 'Sample every n epochs',
    help: 'Draws the sample prompts after every N epochs. Wins over sample_every_n_steps.',
    min: 0,
    default: undefined,
    zeroIsOff: true,
  }),
  sample_at_first: flag({
    ...SAMPLES,
    label: 'Sample at first',
    help: 'Draws the sample prompts before the first step too, to compare with.',
    default: false,
  }),
  sample_sampler: choice({
    ...SAMPLES,
    label: 'Sample sampler',
    help: 'The sampler of prompts that name none. "dpmsolver++" is another name of "dpmpp_2m" (DPM++ 2M).',
    choices: ['ddim', 'euler', 'euler_a', 'dpmpp_2m', 'dpmpp_2m_karras'],
    spellings: { k_euler: 'euler', k_euler_a: 'euler_a', 'dpmsolver++': 'dpmpp_2m' },
    default: 'ddim',
  }),
} as const;

const METADATA = { group: 'Metadata', default: undefined } as const;

export const METADATA_KNOBS = {
  metadata_title: text({
    ...METADATA,
    label: 'Metadata title',
    help: 'Title in the file. Left out, output_name.',
  }),
  metadata_author: text({ ...METADATA, label: 'Metadata author', help: 'Author in the file.' }),
  metadata_description: text({ ...METADATA, label: 'Metadata description', help: 'Description in the file.' }),
  metadata_license: text({ ...METADATA, label: 'Metadata license', help: 'Licence in the file.' }),
  metadata_tags: text({ ...METADATA, label: 'Metadata tags', help: 'Tags in the file, separated by commas.' }),
  training_comment: text({ ...METADATA, label: 'Training comment', help: 'A comment kept in the LoRA file.' }),
  no_metadata: flag({
    ...METADATA,
    label: 'No metadata',
    help: 'Leaves out all metadata but what programs need to load the file: no folder names, no tags, no settings.',
    default: false,
  }),
} as const;

export const ENGINE_KNOBS = {
  engine: choice({
    group: 'Engine',
    label: 'Engine',
    help: 'What computes. "lora-loom engines" lists those that work on this machine. (Of LoRA Loom, not of sd-scripts.)',
    choices: ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'],
    default: 'cpu',
  }),
  threads: whole({
    group: 'Engine',
    label: 'Threads',
    help: 'Processor threads to compute with. 0 takes one for each core. (Of LoRA Loom, not of sd-scripts.)',
    min: 0,
    max: 1024,
    default: undefined,
    zeroIsOff: true,
  }),
  mixed_precision: choice({
    group: 'Engine',
    label: 'Mixed precision',
    help: 'Number type of the computation. Everything is computed in 32 bits ("no"); "fp16" and "bf16" are accepted without effect.',
    choices: ['no'],
    spellings: { fp16: 'no', bf16: 'no' },
    default: 'no',
  }),
  gradient_checkpointing: flag({
    group: 'Engine',
    label: 'Gradient checkpointing',
    help: 'Computes parts of the network twice instead of keeping their values: less memory, slower steps, the same result.',
    default: false,
  }),
  vae_batch_size: whole({
    group: 'Engine',
    label: 'VAE batch size',
    help: 'Images that the VAE encodes at once. More is faster and needs more memory.',
    min: 0,
    max: 64,
    default: 1,
    zeroIsOff: true,
  }),
} as const;

export const NOISE_KNOBS = {
  zero_terminal_snr: flag({
    group: 'Noise and loss',
    label: 'Zero terminal SNR',
    help: 'Rescales the noise schedule so that its last step is pure noise (arXiv:2305.08891); only for models that predict velocity. Left out, as the checkpoint says.',
    default: undefined,
  }),
  noise_schedule: choice({
    group: 'Noise and loss',
    label: 'Noise schedule',
    help: 'How the noise grows with the timestep. Left out, as the checkpoint was trained, which is "scaled_linear" for every published Stable Diffusion; another one is for training whole networks. (Of LoRA Loom, not of sd-scripts.)',
    choices: ['linear', 'scaled_linear', 'cosine', 'sigmoid'],
    spellings: { squaredcos_cap_v2: 'cosine' },
    default: undefined,
  }),
  beta_start: real({
    group: 'Noise and loss',
    label: 'Beta start',
    help: "Noise added at the first timestep. Left out, the checkpoint's, or what is usual for noise_schedule: 0.00085 for scaled_linear, 0.0001 for linear and sigmoid; cosine has its own. (Of LoRA Loom, not of sd-scripts.)",
    min: 1e-6,
    max: 0.999,
    default: undefined,
  }),
  beta_end: real({
    group: 'Noise and loss',
    label: 'Beta end',
    help: "Noise added at the last timestep. Left out, the checkpoint's, or what is usual for noise_schedule: 0.012 for scaled_linear, 0.02 for linear and sigmoid; cosine has its own. (Of LoRA Loom, not of sd-scripts.)",
    min: 1e-6,
    max: 0.999,
    default: undefined,
  }),
  min_snr_gamma: real({
    group: 'Noise and loss',
    label: 'Min SNR gamma',
    help: 'Weighs timesteps so that nearly clean images do not dominate (arXiv:2303.09556). 5 is recommended; 0 is off.',
    min: 0,
    max: 1000,
    default: undefined,
    zeroIsOff: true,
  }),
  noise_offset: real({
    group: 'Noise and loss',
    label: 'Noise offset',
    help: 'Adds one random brightness per image and channel to the noise, so that very dark and very bright pictures can be learned. 0.05 to 0.15 is usual; 0 is off.',
    min: 0,
    max: 1,
    default: undefined,
    zeroIsOff: true,
  }),
  noise_offset_random_strength: flag({
    group: 'Noise and loss',
    label: 'Noise offset random strength',
    help: 'Draws the noise offset anew each time, from 0 to noise_offset.',
    default: false,
  }),
  adaptive_noise_scale: real({
    group: 'Noise and loss',
    label: 'Adaptive noise scale',
    help: 'Adds this times the mean brightness of each latent channel to noise_offset. 0 is off.',
    min: -1,
    max: 1,
    default: undefined,
    zeroIsOff: true,
  }),
  multires_noise_iterations: whole({
    group: 'Noise and loss',
    label: 'Multires noise iterations',
    help: 'Mixes coarser and coarser noise in, this many times: an alternative to noise_offset. 6 to 10 is usual; 0 is off.',
    min: 0,
    max: 64,
    default: undefined,
    zeroIsOff: true,
  }),
  multires_noise_discount: real({
    group: 'Noise and loss',
    label: 'Multires noise discount',
    help: 'How fast the coarser noises of multires_noise_iterations fade: each counts this times the one before.',
    min: 0,
    max: 1,
    default: 0.3,
  }),
  ip_noise_gamma: real({
    group: 'Noise and loss',
    label: 'IP noise gamma',
    help: 'Gives the network this much more noise than it is asked to find (arXiv:2301.11706). 0.1 is recommended; 0 is off.',
    min: 0,
    max: 1,
    default: undefined,
    zeroIsOff: true,
  }),
  ip_noise_gamma_random_strength: flag({
    group: 'Noise and loss',
    label: 'IP noise gamma random strength',
    help: 'Draws ip_noise_gamma anew each time, from 0 to its value.',
    default: false,
  }),
  debiased_estimation_loss: flag({
    group: 'Noise and loss',
    label: 'Debiased Estimation loss',
    help: 'Weighs timesteps by 1/sqrt(SNR) (arXiv:2310.08442).',
    default: false,
  }),
  scale_v_pred_loss_like_noise_pred: flag({
    group: 'Noise and loss',
    label: 'Scale v prediction loss',
    help: 'Weighs timesteps of a model that predicts velocity as for one that predicts noise.',
    default: false,
  }),
  v_pred_like_loss: real({
    group: 'Noise and loss',
    label: 'V Pred like loss',
    help: 'Adds this much of a velocity loss to a model that predicts noise. 0 is off.',
    min: 0,
    max: 1,
    default: undefined,
    zeroIsOff: true,
  }),
  prior_loss_weight: real({
    group: 'Noise and loss',
    label: 'Prior loss weight',
    help: "Weight of the regularisation images' loss. 0 ignores them.",
    min: 0,
    max: 100,
    default: 1,
  }),
  prior_target: choice({
    group: 'Noise and loss',
    label: 'Prior target',
    help: 'What the regularisation images are trained towards: themselves ("noise", as in DreamBooth), or what the model says of them without the training ("frozen_model"): it then stays as it is for the class and does not learn those pictures. Costs one more forward pass, and for whole networks the memory of a second copy. (sd-scripts: the attribute diff_output_preservation of a subset.)',
    choices: ['noise', 'frozen_model'],
    default: 'noise',
  }),
  diff_output_preservation_class: text({
    group: 'Noise and loss',
    label: 'Preserved class',
    help: 'Keeps the class without any regularisation images: each picture is shown a second time in the same pass, with these words, such as "dog", in the place of trigger_words, and must be seen as by the model without the training. Weighs prior_loss_weight; doubles the batch. (As in ai-toolkit; not of sd-scripts.)',
    default: undefined,
  }),
  trigger_words: text({
    group: 'Noise and loss',
    label: 'Trigger words',
    help: 'The words in the captions that name the subject, such as "sks dog", which diff_output_preservation_class takes the place of. A caption without them, or all where this is left out, becomes diff_output_preservation_class alone. (Of LoRA Loom, not of sd-scripts.)',
    default: undefined,
  }),
  min_timestep: whole({
    group: 'Noise and loss',
    label: 'Min Timestep',
    help: 'Lowest timestep that is trained. 0 is nearly clean.',
    min: 0,
    max: 999,
    default: 0,
  }),
  max_timestep: whole({
    group: 'Noise and loss',
    label: 'Max Timestep',
    help: 'End of the timesteps that are trained, itself not included. 1000 is pure noise.',
    min: 1,
    max: 1000,
    default: 1000,
  }),
} as const;
